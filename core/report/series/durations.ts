// Durations in logarithmic bins, four to an octave, in columns of time that hold about equally many each.
import { groupStarts, spanOf } from './groups.ts';
import type { DurationGrid } from './model.ts';

export const BINS_PER_OCTAVE = 4;
/** Everything shorter is in bin 0. */
export const LEAST_NS = 1000;
/** 1 µs · 2^(119 / 4): a quarter of an hour; what is longer is in the last bin. */
export const BINS = 120;

/** The bin of a duration in ns. */
export function binOf(ns: number): number {
  if (!(ns > LEAST_NS)) return 0;
  return Math.min(BINS - 1, Math.floor(Math.log2(ns / LEAST_NS) * BINS_PER_OCTAVE));
}

/** The least duration of a bin, in ns. */
export const binStart = (bin: number): number => (bin === 0 ? 0 : LEAST_NS * 2 ** (bin / BINS_PER_OCTAVE));

/** `at` and `ns` belong together and are in order of `at`; at most `most` columns and a half as many. Null without any. */
export function durationGrid(at: ArrayLike<number>, ns: ArrayLike<number>, most: number): DurationGrid | null {
  const count = at.length;
  if (count === 0) return null;
  const starts = groupStarts(at, most, spanOf(at));
  const t: number[] = [];
  const to: number[] = [];
  const cells: number[][] = [];
  const counts = new Uint32Array(BINS);
  starts.forEach((start, k) => {
    const end = starts[k + 1] ?? count;
    counts.fill(0);
    for (let i = start; i < end; i++) counts[binOf(ns[i])]++;
    const column: number[] = [];
    for (let bin = 0; bin < BINS; bin++) if (counts[bin] > 0) column.push(bin, counts[bin]);
    t.push(at[start]);
    to.push(at[end - 1]);
    cells.push(column);
  });
  return { t, to, cells, count };
}
