// Writes the protobuf wire format: varints, fixed 64 bits, text, messages in messages. Numbers are whole.

const VARINT = 0;
const FIXED64 = 1;
const DELIMITED = 2;

/** A message's length is written once it is known, into this many bytes: up to 2^28 − 1. */
const LENGTH_BYTES = 4;

export class ProtobufWriter {
  private bytes = new Uint8Array(1 << 16);
  private view = new DataView(this.bytes.buffer);
  length = 0;

  /** What was written; good until more is written. */
  written(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  clear(): void {
    this.length = 0;
  }

  /** uint32, uint64, int32, int64 and enums. */
  int(field: number, value: number): void {
    this.room(20);
    this.varint(field * 8 + VARINT);
    this.varint(value);
  }

  /** 0..2^53. */
  fixed64(field: number, value: number): void {
    this.room(20);
    this.varint(field * 8 + FIXED64);
    this.view.setUint32(this.length, value % 2 ** 32, true);
    this.view.setUint32(this.length + 4, Math.floor(value / 2 ** 32), true);
    this.length += 8;
  }

  /** As UTF-8; a lone surrogate becomes U+FFFD. */
  string(field: number, text: string): void {
    const encoded = Buffer.from(text, 'utf8');
    this.room(20 + encoded.length);
    this.varint(field * 8 + DELIMITED);
    this.varint(encoded.length);
    this.bytes.set(encoded, this.length);
    this.length += encoded.length;
  }

  /** `fill` writes the fields of the message. */
  message(field: number, fill: () => void): void {
    this.room(20);
    this.varint(field * 8 + DELIMITED);
    const at = this.length;
    this.length += LENGTH_BYTES;
    fill();
    let rest = this.length - at - LENGTH_BYTES;
    for (let k = 0; k < LENGTH_BYTES; k++) {
      this.bytes[at + k] = (rest & 0x7f) | (k < LENGTH_BYTES - 1 ? 0x80 : 0);
      rest >>>= 7;
    }
  }

  /** Below 0 in two's complement of 64 bits, ten bytes. */
  private varint(value: number): void {
    if (value < 0) {
      let bits = BigInt.asUintN(64, BigInt(value));
      for (; bits > 0x7fn; bits >>= 7n) this.bytes[this.length++] = Number(bits & 0x7fn) | 0x80;
      this.bytes[this.length++] = Number(bits);
      return;
    }
    let rest = value;
    while (rest > 0x7f) {
      this.bytes[this.length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.bytes[this.length++] = rest;
  }

  private room(bytes: number): void {
    if (this.length + bytes <= this.bytes.length) return;
    const wider = new Uint8Array(Math.max(this.bytes.length * 2, this.length + bytes));
    wider.set(this.bytes.subarray(0, this.length));
    this.bytes = wider;
    this.view = new DataView(wider.buffer);
  }
}
