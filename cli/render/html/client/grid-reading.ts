// Durations of a stretch of time, counted by bin.
import { BINS, binStart } from '../../../../core/report/series/durations.ts';
import type { DurationGrid } from '../../../../core/report/series/model.ts';
import { spread } from '../../../../core/report/series/reading.ts';

/** Counts by bin for each of `parts` equal stretches of time. */
export function cellsIn(grid: DurationGrid, from: number, to: number, parts: number): Float64Array[] {
  const found = Array.from({ length: parts }, () => new Float64Array(BINS));
  const share = new Float64Array(parts);
  const width = (to - from) / parts;
  for (let k = 0; k < grid.t.length; k++) {
    if (grid.to[k] < from || grid.t[k] > to) continue;
    share.fill(0);
    spread(share, from, width, grid.t[k], grid.to[k], 1);
    const cells = grid.cells[k];
    for (let part = 0; part < parts; part++) {
      if (share[part] === 0) continue;
      for (let i = 0; i < cells.length; i += 2) found[part][cells[i]] += share[part] * cells[i + 1];
    }
  }
  return found;
}

/** The least and the greatest bin with anything in it, with one free on each side. */
export function binRange({ cells }: DurationGrid): { readonly low: number; readonly high: number } {
  let low = BINS;
  let high = 0;
  for (const column of cells) {
    low = Math.min(low, column[0]);
    high = Math.max(high, column[column.length - 2]);
  }
  return { low: Math.max(0, low - 1), high: Math.min(BINS - 1, high + 1) };
}

/** The bin's start below which the share q of the counts lies: off by one bin (19 %) at most. Null without any. */
export function quantileOf(counts: Float64Array, q: number): number | null {
  const total = counts.reduce((sum, n) => sum + n, 0);
  if (total < 0.5) return null;
  let covered = 0;
  for (let bin = 0; bin < counts.length; bin++) {
    covered += counts[bin];
    if (covered >= q * total - 1e-9) return binStart(bin);
  }
  return null;
}
