// How right predictions are over several recordings of the same loads. Where real runs of one load differ among themselves by more than
// is allowed between predicted and real, nothing can be judged by them.
import type { Measured, Pair } from './prediction.ts';

const OVERFLOW_SHARE = 0.2;
const OVERFLOW_LEAST = 5;
const WAIT_SHARE = 0.25;
const WAIT_LEAST_NS = 2e6;

const near = (is: number, was: number, share: number, least: number): boolean =>
  Math.abs(is - was) <= Math.max(least, share * was);

export const overflowsNear = (is: Measured, was: Measured): boolean =>
  near(is.overflows, was.overflows, OVERFLOW_SHARE, OVERFLOW_LEAST);

export const waitsNear = (is: Measured, was: Measured): boolean =>
  near(is.p50, was.p50, WAIT_SHARE, WAIT_LEAST_NS) && near(is.p99, was.p99, WAIT_SHARE, WAIT_LEAST_NS);

type Near = (is: Measured, was: Measured) => boolean;

const medianOf = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1];

const median = (all: readonly Measured[]): Measured => ({
  overflows: medianOf(all.map(({ overflows }) => overflows)),
  p50: medianOf(all.map(({ p50 }) => p50)),
  p99: medianOf(all.map(({ p99 }) => p99)),
});

/** Pairs whose real runs agree, and the share of them whose median prediction is near the median run. */
export function judged(recordings: readonly (readonly Pair[])[], agree: Near): { pairs: number; right: number } {
  let pairs = 0;
  let right = 0;
  for (const k of recordings[0].keys()) {
    const real = recordings.map((pair) => pair[k].real);
    if (!real.every((one) => real.every((other) => agree(one, other)))) continue;
    pairs++;
    if (agree(median(recordings.map((pair) => pair[k].predicted)), median(real))) right++;
  }
  return { pairs, right: right / Math.max(1, pairs) };
}
