// The length of a queue over time in buckets: exact where they suffice, minimum, mean and maximum where they do not.
import { heldStarts } from './groups.ts';
import type { StepSeries } from './model.ts';
import type { QueueChanges } from './queue-changes.ts';

const rounded = (value: number): number => Math.round(value * 100) / 100;

/** Buckets from `from` to `to`, in ns; no more than twice `most`, and one for the time before the first change. */
export function stepSeries(changes: QueueChanges, from: number, to: number, most: number): StepSeries {
  const { at, depth, entered, initial } = changes;
  const exact = at.length <= most;
  const starts = heldStarts(at, most, to - from, to);
  const t: number[] = [from];
  const last: number[] = [from];
  const max: number[] = [initial];
  const min: number[] = [initial];
  const mean: number[] = [initial];
  const up: number[] = [0];
  const down: number[] = [0];
  starts.forEach((first, b) => {
    const end = starts[b + 1] ?? at.length;
    const until = end < at.length ? at[end] : Math.max(to, at[at.length - 1]);
    let least = Number.POSITIVE_INFINITY;
    let most = 0;
    let area = 0;
    let ups = 0;
    for (let k = first; k < end; k++) {
      least = Math.min(least, depth[k]);
      most = Math.max(most, depth[k]);
      area += depth[k] * ((k + 1 < end ? at[k + 1] : until) - at[k]);
      ups += entered[k];
    }
    const span = until - at[first];
    t.push(at[first]);
    last.push(at[end - 1]);
    max.push(most);
    min.push(least);
    mean.push(rounded(span > 0 ? area / span : depth[end - 1]));
    up.push(ups);
    down.push(end - first - ups);
  });
  return { to, exact, t, last: exact ? [] : last, max, min: exact ? [] : min, mean: exact ? [] : mean, up, down };
}
