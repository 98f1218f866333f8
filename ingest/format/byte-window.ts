// A window that slides over a ByteSource, so that decoders can use one DataView on a bounded piece of a file of any size.
import type { ByteSource } from './format.ts';

const CHUNK = 1 << 20;
/** Bytes kept before the wanted offset, so that looking back a record does not move the window. */
const BEHIND = 1 << 16;

export class ByteWindow {
  view: DataView = new DataView(new ArrayBuffer(0));
  bytes: Uint8Array = new Uint8Array(0);
  private readonly source: ByteSource;
  private own: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  private ownView: DataView = new DataView(this.own.buffer);
  private start = 0;
  private end = 0;

  constructor(source: ByteSource) {
    this.source = source;
  }

  get size(): number {
    return this.source.size;
  }

  /** Index in `view` of file offset `offset` with `length` bytes behind it, or -1 when the file ends before. Moves the window if needed. */
  at(offset: number, length: number): number {
    if (offset < this.start || offset + length > this.end) {
      if (offset < 0 || offset + length > this.source.size) return -1;
      const start = Math.max(0, offset - BEHIND);
      this.load(start, Math.max(CHUNK, offset - start + length), offset - start + length);
      if (offset + length > this.end) return -1;
    }
    return offset - this.start;
  }

  private load(start: number, length: number, least: number): void {
    if (this.source.readInto === undefined) {
      const bytes = this.source.read(start, length, least);
      this.bytes = bytes;
      this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    } else {
      // the same memory again and again: new pages for each piece cost as much as reading it
      if (this.own.length < length) {
        this.own = new Uint8Array(length);
        this.ownView = new DataView(this.own.buffer);
      }
      const filled = this.source.readInto(this.own, start);
      this.bytes = filled === this.own.length ? this.own : this.own.subarray(0, filled);
      this.view = filled === this.own.length ? this.ownView : new DataView(this.own.buffer, 0, filled);
    }
    this.start = start;
    this.end = start + this.bytes.length;
  }

  /** To be called when others have read from the source: the bytes in view may be theirs by now. */
  forget(): void {
    this.start = this.end = 0;
  }

  /** A copy of a byte range, shorter when the file ends before. */
  copy(offset: number, length: number): Uint8Array {
    const available = Math.max(0, Math.min(length, this.source.size - offset));
    this.forget();
    // not slice(): a Buffer's shares its bytes, which live only until the next read
    return available === 0 ? new Uint8Array(0) : new Uint8Array(this.source.read(offset, available));
  }
}

/** Numbers and strings one after the other. Every read is checked: a RangeError tells that there is nothing more to read. */
export interface FieldReader {
  offset: number;
  readonly remaining: number;
  u8(): number;
  u32(): number;
  u64(): number;
  cString(): string;
  slice(length: number): Uint8Array;
}

/** Reads numbers and strings from a small block. */
export class BlockReader implements FieldReader {
  readonly bytes: Uint8Array;
  offset = 0;
  private readonly view: DataView;
  private readonly littleEndian: boolean;

  constructor(bytes: Uint8Array, littleEndian: boolean) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.littleEndian = littleEndian;
  }

  get remaining(): number {
    return this.bytes.length - this.offset;
  }

  u8(): number {
    return this.view.getUint8(this.advance(1));
  }

  u16(): number {
    return this.view.getUint16(this.advance(2), this.littleEndian);
  }

  u32(): number {
    return this.view.getUint32(this.advance(4), this.littleEndian);
  }

  /** A u64 as a number; meant for sizes and offsets, rounded above 2^53. */
  u64(): number {
    const at = this.advance(8);
    const first = this.view.getUint32(at, this.littleEndian);
    const second = this.view.getUint32(at + 4, this.littleEndian);
    return this.littleEndian ? second * 4294967296 + first : first * 4294967296 + second;
  }

  bigU64(): bigint {
    return this.view.getBigUint64(this.advance(8), this.littleEndian);
  }

  /** Bytes up to a NUL, which is passed over. */
  cString(): string {
    const end = this.bytes.indexOf(0, this.offset);
    if (end < 0) throw new RangeError('string without end');
    const text = latin1(this.bytes.subarray(this.offset, end));
    this.offset = end + 1;
    return text;
  }

  text(length: number): string {
    return latin1(this.slice(length));
  }

  slice(length: number): Uint8Array {
    const at = this.advance(length);
    return this.bytes.subarray(at, at + length);
  }

  private advance(length: number): number {
    if (!(length >= 0 && length <= this.remaining))
      throw new RangeError(`needs ${length} bytes, ${this.remaining} are left`);
    const at = this.offset;
    this.offset += length;
    return at;
  }
}

/** Bytes as text, one character a byte: nothing is lost whatever the bytes are. */
export function latin1(bytes: Uint8Array): string {
  let text = '';
  // apply(): twice as fast as spreading
  for (let i = 0; i < bytes.length; i += 8192)
    text += String.fromCharCode.apply(null, bytes.subarray(i, i + 8192) as unknown as number[]);
  return text;
}

const utf8 = new TextDecoder('utf-8', { fatal: false });

/** A NUL-padded name as text: UTF-8 where it is valid, replacement characters where not. */
export function paddedString(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return utf8.decode(end < 0 ? bytes : bytes.subarray(0, end));
}
