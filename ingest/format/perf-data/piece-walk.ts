// Walks records that come in pieces cut anywhere, as decompression gives them; what is not whole yet waits for the next piece.
const HEADER = 8;
const LAST_KERNEL_RECORD = 22;
const CHAIN = 3;

export class PieceWalk {
  view: DataView = new DataView(new ArrayBuffer(0));
  bytes: Uint8Array = new Uint8Array(0);
  index = 0;
  size = 0;
  type = 0;
  /** Stretches that held no records since this was last set to 0. */
  damaged = 0;
  private at = 0;
  private lost = false;
  private readonly littleEndian: boolean;

  constructor(littleEndian: boolean) {
    this.littleEndian = littleEndian;
  }

  /** Bytes that wait for the rest of their record. */
  get waiting(): number {
    return this.bytes.length - this.at;
  }

  feed(piece: Uint8Array): void {
    const rest = this.bytes.subarray(this.at);
    if (rest.length === 0) this.bytes = piece;
    else {
      this.bytes = new Uint8Array(rest.length + piece.length);
      this.bytes.set(rest);
      this.bytes.set(piece, rest.length);
    }
    this.at = 0;
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength);
  }

  /** Moves to the next whole record; false when more bytes are needed. */
  next(): boolean {
    if (this.lost && !this.resync()) return false;
    for (;;) {
      if (this.waiting < HEADER) return false;
      const size = this.sizeAt(this.at);
      if (size < 0) {
        this.damaged++;
        this.lost = true;
        this.at += HEADER;
        if (!this.resync()) return false;
        continue;
      }
      if (this.waiting < size) return false;
      this.index = this.at;
      this.size = size;
      this.type = this.view.getUint32(this.at, this.littleEndian);
      this.at += size;
      return true;
    }
  }

  /** Size that a header claims, -1 when it is none. Only the kernel's records are compressed, and the kernel pads to 8. */
  private sizeAt(at: number): number {
    const type = this.view.getUint32(at, this.littleEndian);
    const size = this.view.getUint16(at + 6, this.littleEndian);
    return type === 0 || type > LAST_KERNEL_RECORD || size < HEADER || size % 8 !== 0 ? -1 : size;
  }

  /** Goes on at the next chain of plausible headers; false when the bytes at hand hold none. */
  private resync(): boolean {
    for (; this.waiting >= HEADER; this.at += 8) {
      let good = 0;
      let probe = this.at;
      while (good < CHAIN && probe + HEADER <= this.bytes.length) {
        const size = this.sizeAt(probe);
        if (size < 0) break;
        probe += size;
        good++;
      }
      if (good === CHAIN) {
        this.lost = false;
        return true;
      }
    }
    return false;
  }
}
