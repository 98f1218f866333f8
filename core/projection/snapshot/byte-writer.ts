// Bytes of a snapshot as they are written: numbers in few bytes, most of them as the difference to the one before in the same field.
import { NEAR, NEAR_END, SMALL, Tag } from './tags.ts';

const encoder = new TextEncoder();
/** Most bytes that one number takes, with its tag. */
const WIDEST = 10;

export class ByteWriter {
  private bytes = new Uint8Array(1 << 14);
  private view = new DataView(this.bytes.buffer);
  private at = 0;
  /** The number last written in each field. */
  private readonly last: number[] = [];

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.at++] = value;
  }

  /** A whole number from 0 to 2^53. */
  count(value: number): void {
    this.reserve(WIDEST);
    let rest = value;
    while (rest >= 128) {
      this.bytes[this.at++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.bytes[this.at++] = rest;
  }

  number(value: number, slot: number): void {
    if (!Number.isSafeInteger(value)) {
      this.special(value);
      return;
    }
    const step = value - (this.last[slot] ?? 0);
    this.last[slot] = value;
    if (value >= 0 && value < SMALL) this.byte(value);
    else if (step >= SMALL - NEAR && step < NEAR_END - NEAR) this.byte(NEAR + step);
    else if (Math.abs(step) < Math.abs(value)) this.tagged(step < 0 ? Tag.back : Tag.further, Math.abs(step));
    else this.tagged(value < 0 ? Tag.below : Tag.above, Math.abs(value));
  }

  text(value: string): void {
    const bytes = encoder.encode(value);
    this.count(bytes.length);
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
  }

  tagged(tag: number, count: number): void {
    this.byte(tag);
    this.count(count);
  }

  /** All that was written, as a copy. */
  finish(): Uint8Array {
    return this.bytes.slice(0, this.at);
  }

  private special(value: number): void {
    if (Number.isNaN(value)) this.byte(Tag.nan);
    else if (value === Number.POSITIVE_INFINITY) this.byte(Tag.infinity);
    else if (value === Number.NEGATIVE_INFINITY) this.byte(Tag.minusInfinity);
    else {
      this.byte(Tag.double);
      this.reserve(8);
      this.view.setFloat64(this.at, value, true);
      this.at += 8;
    }
  }

  private reserve(more: number): void {
    if (this.at + more <= this.bytes.length) return;
    const wider = new Uint8Array(Math.max(this.bytes.length * 2, this.at + more));
    wider.set(this.bytes);
    this.bytes = wider;
    this.view = new DataView(wider.buffer);
  }
}
