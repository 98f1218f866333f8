// Puts events of many per-CPU buffers in time order with bounded memory, by the rounds in which the recorder drained them.
import { EventBatch } from '../../core/event/event-batch.ts';
import type { RowSink } from '../format/format.ts';

/*
 * perf drains all buffers one after the other and then writes FINISHED_ROUND. What a buffer held at its turn is older than
 * what any buffer is given after the round ended, so:
 *
 *   round 1          | round 2          | round 3
 *   cpu0 ####        |     ######       |           ####
 *   cpu1   #####     |        ######    |               #####
 *        newest = N1 ^         newest = N2 ^  <- nothing older than N1 can come any more: rows up to N1 are released
 */

/** More waiting rows than this are released in part, oldest first, rather than held: about 100 MB. */
export const MAX_WAITING = 1 << 20;
/** Fewer waiting rows than this are not worth a look through them. */
const WORTHWHILE = 1 << 13;

export class RoundSorter implements RowSink {
  readonly rows = new EventBatch(1 << 14);
  /** Rows that came later than what had been released before them. */
  outOfOrder = 0;
  private readonly release: (rows: EventBatch, row: number) => void;
  private readonly maxWaiting: number;
  private newestOfPreviousRound = Number.NEGATIVE_INFINITY;
  private newest = Number.NEGATIVE_INFINITY;
  private seen = 0;
  private released = Number.NEGATIVE_INFINITY;

  /** `release` gets the rows one by one in time order; rows of equal time keep file order. */
  constructor(release: (rows: EventBatch, row: number) => void, maxWaiting = MAX_WAITING) {
    this.release = release;
    this.maxWaiting = maxWaiting;
  }

  endRound(): void {
    this.look();
    const limit = this.newestOfPreviousRound;
    this.newestOfPreviousRound = this.newest;
    if (limit !== Number.NEGATIVE_INFINITY) this.releaseUpTo(limit);
  }

  releaseBefore(time: number): void {
    if (this.rows.length < WORTHWHILE) return;
    this.look();
    this.releaseUpTo(time - 1); // whole nanoseconds
  }

  /** Keeps memory bounded where rounds are missing or very long; to be called from time to time between rounds. */
  relieve(): void {
    if (this.rows.length < this.maxWaiting) return;
    this.look();
    const times = this.rows.at.slice(0, this.rows.length).sort();
    this.releaseUpTo(times[times.length >> 1]);
  }

  /** Releases everything that is left. */
  finish(): void {
    this.releaseUpTo(Number.POSITIVE_INFINITY);
  }

  private look(): void {
    const { at, length } = this.rows;
    for (; this.seen < length; this.seen++) if (at[this.seen] > this.newest) this.newest = at[this.seen];
  }

  private releaseUpTo(limit: number): void {
    const { rows } = this;
    const { at, length } = rows;
    const order = new Uint32Array(length);
    let count = 0;
    let sorted = true;
    for (let row = 0; row < length; row++) {
      if (at[row] > limit) continue;
      if (count > 0 && at[row] < at[order[count - 1]]) sorted = false;
      order[count++] = row;
    }
    const due = order.subarray(0, count);
    if (!sorted) due.sort((a, b) => at[a] - at[b] || a - b);
    for (let i = 0; i < count; i++) {
      const time = at[due[i]];
      if (time < this.released) this.outOfOrder++;
      else this.released = time;
      this.release(rows, due[i]);
    }
    this.keepRowsAfter(limit);
  }

  private keepRowsAfter(limit: number): void {
    const { rows } = this;
    const { length } = rows;
    let kept = 0;
    for (let row = 0; row < length; row++) {
      if (!(rows.at[row] > limit)) continue;
      if (kept !== row) rows.moveRow(row, kept);
      kept++;
    }
    rows.length = kept;
    this.seen = kept;
  }
}
