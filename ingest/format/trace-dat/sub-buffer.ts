// One page of a ring buffer ("sub-buffer" in the kernel): its header, and its records one after the other (include/linux/ring_buffer.h).
import type { PageLayout } from './header.ts';

const TWO_27 = 134217728;
const TWO_32 = 4294967296;
/** Bits of `commit` that are the size, and the kernel's flags above them (RB_MISSED_EVENTS, RB_MISSED_STORED). */
const COMMIT_SIZE = 0x07ffffff;
const MISSED = 0x80000000;
const MISSED_STORED = 0x40000000;
/** Absolute timestamps in records have 59 bits; the rest comes from the page. */
const TOP_BITS = 0xf8000000;

const PADDING = 29;
const TIME_EXTEND = 30;
const TIME_STAMP = 31;

/** Times further than this from the origin are taken for damage: 52 days of nanoseconds. */
export const PLAUSIBLE = 2 ** 52;

export const NOTHING_MISSED = 0;
export const MISSED_UNKNOWN = -1;

export class SubBuffer {
  view: DataView = new DataView(new ArrayBuffer(0));
  /** The current record's payload. */
  index = 0;
  length = 0;
  /** Time of the page, then of the current record, as recorded, relative to the origin. */
  time = 0;
  /** Records lost before this page: a count, MISSED_UNKNOWN, or NOTHING_MISSED. */
  missed = NOTHING_MISSED;
  /** Why the page's records end early; null when they do not. */
  damage: string | null = null;
  private at = 0;
  private end = 0;
  private topBits = 0;
  private readonly littleEndian: boolean;
  private readonly layout: PageLayout;
  private readonly originHigh: number;
  private readonly originLow: number;

  constructor(littleEndian: boolean, layout: PageLayout, originHigh: number, originLow: number) {
    this.littleEndian = littleEndian;
    this.layout = layout;
    this.originHigh = originHigh;
    this.originLow = originLow;
  }

  private u32(at: number): number {
    return this.view.getUint32(at, this.littleEndian);
  }

  /** Begins with the page of `size` bytes at `at`. False when there is nothing in it, or when it is damaged (see `damage`). */
  open(view: DataView, at: number, size: number): boolean {
    const { littleEndian, layout } = this;
    const { dataOffset, longSize } = layout;
    this.view = view;
    this.at = this.end = 0;
    this.damage = null;
    this.missed = NOTHING_MISSED;
    if (size < dataOffset) {
      this.damage = 'a page that is cut off';
      return false;
    }
    const low = this.u32(littleEndian ? at : at + 4);
    const high = this.u32(littleEndian ? at + 4 : at);
    const commit = this.u32(longSize === 8 && !littleEndian ? at + 12 : at + 8);
    if (low === 0 && high === 0 && commit === 0) return false;
    const used = commit & COMMIT_SIZE;
    const data = at + dataOffset;
    this.time = (high - this.originHigh) * TWO_32 + (low - this.originLow);
    this.topBits = (high & TOP_BITS) >>> 0;
    if (!(Math.abs(this.time) <= PLAUSIBLE)) {
      this.damage = 'a page with an impossible time';
      return false;
    }
    if (used > size - dataOffset) {
      this.damage = `a page that claims ${used} bytes of records`;
      return false;
    }
    if ((commit & MISSED) !== 0) {
      const stored = (commit & MISSED_STORED) !== 0 && dataOffset + used + longSize <= size;
      this.missed = stored ? this.count(data + used) : MISSED_UNKNOWN;
    }
    this.at = data;
    this.end = data + used;
    return true;
  }

  /** How many were missed, a long behind the records. */
  private count(at: number): number {
    const { littleEndian, layout } = this;
    if (layout.longSize === 4) return this.u32(at) >= 0x80000000 ? MISSED_UNKNOWN : this.u32(at) || MISSED_UNKNOWN;
    const count = this.u32(littleEndian ? at + 4 : at) * TWO_32 + this.u32(littleEndian ? at : at + 4);
    return count > 0 && count <= Number.MAX_SAFE_INTEGER ? count : MISSED_UNKNOWN;
  }

  /** Goes to the next record; false at the end of the page, or where damage ends it. */
  next(): boolean {
    const { end, littleEndian } = this;
    let { at } = this;
    while (at + 4 <= end) {
      const word = this.u32(at);
      const type = littleEndian ? word & 31 : word >>> 27;
      const delta = littleEndian ? word >>> 5 : word & 0x7ffffff;
      at += 4;
      if (type >= 1 && type < PADDING) {
        this.time += delta;
        this.index = at;
        this.length = type * 4;
        this.at = at + type * 4;
        return this.check();
      }
      if (type === PADDING && delta === 0) break; // the rest of the page is unused
      if (at + 4 > end) return this.fail('a record that is cut off');
      const array = this.u32(at);
      if (type === TIME_EXTEND) {
        this.time += delta + array * TWO_27;
        at += 4;
      } else if (type === TIME_STAMP) {
        const high = ((array >>> 5) | this.topBits) >>> 0;
        const low = ((array << 27) | delta) >>> 0;
        this.time = (high - this.originHigh) * TWO_32 + (low - this.originLow);
        at += 4;
      } else {
        // the length counts itself; a discarded record keeps its place in time
        this.time += delta;
        if (array < 4 || array > end - at) return this.fail('a record that is longer than its page');
        const next = at + ((array + 3) & ~3);
        if (type === 0) {
          this.index = at + 4;
          this.length = array - 4;
          this.at = next;
          return this.check();
        }
        at = next;
      }
    }
    this.at = this.end;
    return false;
  }

  private check(): boolean {
    if (this.index + this.length > this.end) return this.fail('a record that is longer than its page');
    if (!(Math.abs(this.time) <= PLAUSIBLE)) return this.fail('a record with an impossible time');
    return true;
  }

  private fail(reason: string): false {
    this.damage = reason;
    this.at = this.end;
    return false;
  }
}
