// Reads a large file front to back by fields, as version 6 is laid out: the same interface as a BlockReader, over a window.
import { type ByteWindow, type FieldReader, latin1 } from '../byte-window.ts';

const MAX_NAME = 4096;
const MAX_SLICE = 64 << 20;
const IN_WINDOW = 1 << 19;

export class FileCursor implements FieldReader {
  offset: number;
  private readonly window: ByteWindow;
  private readonly littleEndian: boolean;

  constructor(window: ByteWindow, littleEndian: boolean, offset: number) {
    this.window = window;
    this.littleEndian = littleEndian;
    this.offset = offset;
  }

  get remaining(): number {
    return this.window.size - this.offset;
  }

  u8(): number {
    const at = this.advance(1);
    return this.window.view.getUint8(at);
  }

  u16(): number {
    const at = this.advance(2);
    return this.window.view.getUint16(at, this.littleEndian);
  }

  u32(): number {
    const at = this.advance(4);
    return this.window.view.getUint32(at, this.littleEndian);
  }

  /** A u64 as a number; meant for sizes and offsets, rounded above 2^53. */
  u64(): number {
    const first = this.u32();
    const second = this.u32();
    return this.littleEndian ? second * 4294967296 + first : first * 4294967296 + second;
  }

  /** Bytes up to a NUL, which is passed over. */
  cString(): string {
    const length = Math.min(MAX_NAME, this.remaining);
    const at = length <= 0 ? -1 : this.window.at(this.offset, length);
    const end = at < 0 ? -1 : this.window.bytes.indexOf(0, at);
    if (end < 0 || end >= at + length) throw new RangeError('string without end');
    this.offset += end - at + 1;
    return latin1(this.window.bytes.subarray(at, end));
  }

  slice(length: number): Uint8Array {
    if (!(length >= 0 && length <= this.remaining && length <= MAX_SLICE))
      throw new RangeError(`needs ${length} bytes, ${this.remaining} are left`);
    const { offset } = this;
    this.offset += length;
    const at = length <= IN_WINDOW ? this.window.at(offset, length) : -1;
    return at < 0 ? this.window.copy(offset, length) : new Uint8Array(this.window.bytes.subarray(at, at + length));
  }

  /** Passes over bytes without reading them. */
  skip(length: number): void {
    if (!(length >= 0 && length <= this.remaining))
      throw new RangeError(`needs ${length} bytes, ${this.remaining} are left`);
    this.offset += length;
  }

  private advance(length: number): number {
    const at = this.window.at(this.offset, length);
    if (at < 0) throw new RangeError(`needs ${length} bytes, ${Math.max(0, this.remaining)} are left`);
    this.offset += length;
    return at;
  }
}
