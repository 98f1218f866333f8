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
  private readonly release: (rows: EventBatch, order: Uint32Array) => void;
  private readonly maxWaiting: number;
  private newestOfPreviousRound = Number.NEGATIVE_INFINITY;
  private newest = Number.NEGATIVE_INFINITY;
  private seen = 0;
  /** Rows that waited when the last round ended; -1: none has. */
  private heldAtRound = -1;
  private released = Number.NEGATIVE_INFINITY;

  /** `release` gets rows by their indexes in time order; rows of equal time keep file order. */
  constructor(release: (rows: EventBatch, order: Uint32Array) => void, maxWaiting = MAX_WAITING) {
    this.release = release;
    this.maxWaiting = maxWaiting;
  }

  endRound(): void {
    this.look();
    const limit = this.newestOfPreviousRound;
    this.newestOfPreviousRound = this.newest;
    if (limit !== Number.NEGATIVE_INFINITY) this.releaseUpTo(limit);
    this.heldAtRound = this.rows.length;
  }

  /** No round is half read: every buffer was drained since the last row came. True also where there are no rounds. */
  get isBetweenRounds(): boolean {
    return this.heldAtRound < 0 || this.rows.length === this.heldAtRound;
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

  /** Releases everything that is left: nothing comes any more, or nothing has come for so long that nothing older will. */
  finish(): void {
    this.releaseUpTo(Number.POSITIVE_INFINITY);
    if (this.heldAtRound > 0) this.heldAtRound = 0;
  }

  private look(): void {
    const { at, length } = this.rows;
    for (; this.seen < length; this.seen++) if (at[this.seen] > this.newest) this.newest = at[this.seen];
  }

  private releaseUpTo(limit: number): void {
    const { rows } = this;
    const { at, length } = rows;
    let order = new Uint32Array(length);
    let count = 0;
    let last = Number.NEGATIVE_INFINITY;
    const starts: number[] = [0];
    for (let row = 0; row < length; row++) {
      const time = at[row];
      if (time > limit) continue;
      if (time < last) starts.push(count);
      last = time;
      order[count++] = row;
    }
    if (starts.length > 1) order = mergeRuns(at, order.subarray(0, count), starts);
    for (let i = 0; i < count; i++) {
      const time = at[order[i]];
      if (time < this.released) this.outOfOrder++;
      else this.released = time;
    }
    if (count > 0) this.release(rows, order.subarray(0, count));
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

/** Merges ascending runs of rows (each buffer drained is one) two by two until one is left; rows of equal time keep their order. */
function mergeRuns(at: Float64Array, rows: Uint32Array, starts: readonly number[]): Uint32Array<ArrayBuffer> {
  let from = new Uint32Array(rows);
  let to = new Uint32Array(rows.length);
  let runs = [...starts, rows.length];
  while (runs.length > 2) {
    const next: number[] = [];
    for (let k = 0; k + 1 < runs.length; k += 2) {
      const start = runs[k];
      const middle = runs[k + 1];
      const end = k + 2 < runs.length ? runs[k + 2] : middle;
      next.push(start);
      let a = start;
      let b = middle;
      for (let i = start; i < end; i++)
        to[i] = a < middle && (b >= end || at[from[a]] <= at[from[b]]) ? from[a++] : from[b++];
    }
    next.push(rows.length);
    runs = next;
    [from, to] = [to, from];
  }
  return from;
}
