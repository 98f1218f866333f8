// Instants put together until they are few enough to be drawn.
import type { Marks } from './model.ts';

/** `times` ascending; at most `most` marks, each of about equally many instants. */
export function marksOf(times: ArrayLike<number>, most: number): Marks {
  const quota = Math.max(1, Math.ceil(times.length / most));
  const t: number[] = [];
  const to: number[] = [];
  const n: number[] = [];
  for (let start = 0; start < times.length; start += quota) {
    const end = Math.min(times.length, start + quota);
    t.push(times[start]);
    to.push(times[end - 1]);
    n.push(end - start);
  }
  return { t, to, n };
}
