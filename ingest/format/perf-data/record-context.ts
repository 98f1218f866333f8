// What decoding one record needs to know: the bytes in view, the byte order, the time base, where rows go.
import type { Dictionaries } from '../../../core/event/dictionary.ts';
import { EventBatch } from '../../../core/event/event-batch.ts';
import { BEFORE_START } from '../format.ts';
import type { TrailerLayout } from './sample-layout.ts';

const HALF = 0x80000000;
const TWO_32 = 4294967296;
/** Without a recorded time span, a time further than this from the first one is taken for damage: 30 days. */
const PLAUSIBLE_SPAN_NS = 30 * 86400 * 1e9;
/** Side-band and losses may lie a little outside the span of the samples. */
const SLACK_NS = 60e9;

export class RecordContext {
  view: DataView = new DataView(new ArrayBuffer(0));
  bytes: Uint8Array = new Uint8Array(0);
  rows: EventBatch = new EventBatch(1);
  /** Time of the last record that had one, relative to the base. */
  lastTime = BEFORE_START;
  readonly littleEndian: boolean;
  readonly dictionaries: Dictionaries;
  readonly trailer: TrailerLayout;
  private baseHigh = -1;
  private baseLow = 0;
  private earliest = -PLAUSIBLE_SPAN_NS;
  private latest = PLAUSIBLE_SPAN_NS;

  constructor(littleEndian: boolean, dictionaries: Dictionaries, trailer: TrailerLayout) {
    this.littleEndian = littleEndian;
    this.dictionaries = dictionaries;
    this.trailer = trailer;
  }

  /** Times are relative to this clock value; null until one was seen. */
  get base(): bigint | null {
    return this.baseHigh < 0 ? null : (BigInt(this.baseHigh) << 32n) | BigInt(this.baseLow);
  }

  /**
   * Sets what times are plausible, from the times of some samples and the recorder's own account of the first and last one:
   * either may be damaged, so the account counts only when most of the samples lie within it.
   */
  setTimes(some: readonly bigint[], span: { first: bigint; last: bigint } | null): void {
    if (some.length === 0) return;
    const within = span === null ? 0 : some.filter((time) => time >= span.first && time <= span.last).length;
    const sorted = [...some].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    let base = sorted[sorted.length >> 1];
    if (span !== null && within * 2 > some.length && span.last - span.first < BigInt(PLAUSIBLE_SPAN_NS)) {
      base = span.first;
      this.earliest = -SLACK_NS;
      this.latest = Number(span.last - span.first) + SLACK_NS;
    }
    this.baseHigh = Number(base >> 32n);
    this.baseLow = Number(base & 0xffffffffn);
  }

  /** A u64 as a number, rounded above 2^53. */
  u64(at: number): number {
    const low = this.view.getUint32(this.littleEndian ? at : at + 4, this.littleEndian);
    const high = this.view.getUint32(this.littleEndian ? at + 4 : at, this.littleEndian);
    return high * TWO_32 + low;
  }

  /** The time at `at` relative to the base; BEFORE_START for 0, NaN for one that cannot be right. */
  timeAt(at: number): number {
    const low = this.view.getUint32(this.littleEndian ? at : at + 4, this.littleEndian);
    const high = this.view.getUint32(this.littleEndian ? at + 4 : at, this.littleEndian);
    if (low === 0 && high === 0) return BEFORE_START;
    if (this.baseHigh < 0) {
      if (high >= HALF) return Number.NaN;
      this.baseHigh = high;
      this.baseLow = low;
    }
    const relative = (high - this.baseHigh) * TWO_32 + (low - this.baseLow);
    if (relative < this.earliest || relative > this.latest) return Number.NaN;
    this.lastTime = relative;
    return relative;
  }
}
