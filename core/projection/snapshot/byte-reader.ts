// Bytes of a snapshot as they are read back. They may be damaged: nothing is read beyond their end.
import { NEAR, NEAR_END, SMALL, Tag } from './tags.ts';

/** The bytes are no snapshot that this acceptq wrote. */
export class SnapshotError extends Error {}

export class ByteReader {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly last: number[] = [];
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  byte(): number {
    if (this.at >= this.bytes.length) throw new SnapshotError('a snapshot ends too early');
    return this.bytes[this.at++];
  }

  count(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      if (scale > 2 ** 53) throw new SnapshotError('a snapshot has a number that is too long');
    }
  }

  /** How many things follow, each of at least one byte. */
  length(): number {
    const length = this.count();
    if (length > this.left) throw new SnapshotError('a snapshot ends too early');
    return length;
  }

  /** The number that begins with this tag; undefined: the tag begins something else. */
  number(tag: number, slot: number): number | undefined {
    let value: number;
    if (tag < SMALL) value = tag;
    else if (tag < NEAR_END) value = (this.last[slot] ?? 0) + tag - NEAR;
    else if (tag === Tag.further) value = (this.last[slot] ?? 0) + this.count();
    else if (tag === Tag.back) value = (this.last[slot] ?? 0) - this.count();
    else if (tag === Tag.above) value = this.count();
    else if (tag === Tag.below) value = -this.count();
    else return this.special(tag);
    this.last[slot] = value;
    return value;
  }

  text(): string {
    const length = this.length();
    this.at += length;
    return new TextDecoder().decode(this.bytes.subarray(this.at - length, this.at));
  }

  private special(tag: number): number | undefined {
    if (tag === Tag.nan) return Number.NaN;
    if (tag === Tag.infinity) return Number.POSITIVE_INFINITY;
    if (tag === Tag.minusInfinity) return Number.NEGATIVE_INFINITY;
    if (tag !== Tag.double) return undefined;
    if (this.left < 8) throw new SnapshotError('a snapshot ends too early');
    this.at += 8;
    return this.view.getFloat64(this.at - 8, true);
  }
}
