// What the series say about a stretch of time: length, arrivals, departures, marks.
import type { Marks, StepSeries } from './model.ts';

/** The last index with times[index] <= at; -1 before the first. */
export function indexAt(times: readonly number[], at: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

export interface Stretch {
  min: number;
  max: number;
  mean: number;
}

/** The queue's length from `from` to `to`; null where the listener was not there. */
export function depthIn(series: StepSeries, from: number, to: number): Stretch | null {
  const { t, max } = series;
  if (to < t[0] || from > series.to) return null;
  const min = series.exact ? max : series.min;
  const mean = series.exact ? max : series.mean;
  let least = Number.POSITIVE_INFINITY;
  let most = 0;
  let area = 0;
  let time = 0;
  for (let k = Math.max(0, indexAt(t, from)); k < t.length && t[k] <= to; k++) {
    const start = Math.max(from, t[k]);
    const end = Math.min(to, t[k + 1] ?? series.to);
    least = Math.min(least, min[k]);
    most = Math.max(most, max[k]);
    area += mean[k] * Math.max(0, end - start);
    time += Math.max(0, end - start);
  }
  if (least === Number.POSITIVE_INFINITY) return null;
  return { min: least, max: most, mean: time > 0 ? area / time : most };
}

/** Adds counts at [first, last] to bins of equal width from `from` on, spread evenly where they lie in several. */
export function spread(
  bins: Float64Array,
  from: number,
  width: number,
  first: number,
  last: number,
  count: number,
): void {
  const start = (first - from) / width;
  const end = (last - from) / width;
  if (end < 0 || start >= bins.length || count === 0) return;
  if (Math.floor(start) === Math.floor(end)) {
    bins[Math.floor(start)] += count;
    return;
  }
  for (let k = Math.max(0, Math.floor(start)); k <= Math.min(bins.length - 1, Math.floor(end)); k++) {
    const overlap = Math.min(end, k + 1) - Math.max(start, k);
    bins[k] += (count * overlap) / (end - start);
  }
}

/** How many entered and left the queue in each of `count` equal parts of the time from `from` to `to`. */
export function flowsIn(series: StepSeries, from: number, to: number, count: number): [Float64Array, Float64Array] {
  const up = new Float64Array(count);
  const down = new Float64Array(count);
  const width = (to - from) / count;
  const last = series.exact ? series.t : series.last;
  for (let k = 0; k < series.t.length; k++) {
    if (series.t[k] > to) break;
    spread(up, from, width, series.t[k], last[k], series.up[k]);
    spread(down, from, width, series.t[k], last[k], series.down[k]);
  }
  return [up, down];
}

/** How many marks are in each of `count` equal parts. */
export function marksIn({ t, to: ends, n }: Marks, from: number, to: number, count: number): Float64Array {
  const bins = new Float64Array(count);
  for (let k = 0; k < t.length; k++) spread(bins, from, (to - from) / count, t[k], ends[k], n[k]);
  return bins;
}
