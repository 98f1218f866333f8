// Instants put together until they are few enough to be drawn.
import { groupStarts, spanOf } from './groups.ts';
import type { Marks } from './model.ts';

/** `times` ascending; at most `most` marks and a half as many, each of about equally many instants. */
export function marksOf(times: ArrayLike<number>, most: number): Marks {
  const starts = groupStarts(times, most, spanOf(times));
  const end = (k: number): number => starts[k + 1] ?? times.length;
  return {
    t: starts.map((start) => times[start]),
    to: starts.map((_, k) => times[end(k) - 1]),
    n: starts.map((start, k) => end(k) - start),
  };
}
