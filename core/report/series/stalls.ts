// Times in which connections waited and none was taken.
import type { QueueChanges } from './queue-changes.ts';

/** [from, to] of at least `least` ns each, in order of time; of more than `most` the longest. */
export function stallsOf(changes: QueueChanges, end: number, least: number, most: number): [number, number][] {
  const { at, depth, entered, initial } = changes;
  const found: [number, number][] = [];
  let since = initial > 0 ? 0 : Number.NaN;
  const ends = (until: number): void => {
    if (until - since >= least) found.push([since, until]);
  };
  for (let k = 0; k < at.length; k++) {
    const before = k === 0 ? initial : depth[k - 1];
    if (entered[k] === 1) {
      if (before === 0) since = at[k];
    } else {
      ends(at[k]);
      since = depth[k] > 0 ? at[k] : Number.NaN;
    }
  }
  ends(end);
  return found
    .sort((a, b) => b[1] - b[0] - (a[1] - a[0]))
    .slice(0, most)
    .sort((a, b) => a[0] - b[0]);
}
