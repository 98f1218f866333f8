// What became of a replay, summed up: quantiles of waits and connect times, lengths of the queue by the time that it had them.
import { weightedMean, weightedQuantile } from '../../core/stats/quantile.ts';
import { selectQuantiles } from '../../core/stats/selection.ts';
import type { DepthOutcome, Outcome, TimesOutcome } from '../workload/workload.ts';
import type { Counts } from './counts.ts';
import type { MemberQueue } from './member-queue.ts';

/** Quantiles of a sample, which is reordered in place. */
export function timesOf(sample: Float64Array): TimesOutcome {
  const [p50, p90, p99, p999, max] = selectQuantiles(sample, [0.5, 0.9, 0.99, 0.999, 1]);
  return { count: sample.length, p50, p90, p99, p999, max };
}

/** @param timeAt nanoseconds at each length, of all listeners that share an address added up. */
export function depthOf(timeAt: readonly number[], capacity: number): DepthOutcome {
  const entries = timeAt.map((weight, value) => ({ value, weight })).filter(({ weight }) => weight > 0);
  const at = (q: number): number => weightedQuantile(entries, q) ?? 0;
  return {
    max: Math.max(0, timeAt.length - 1),
    mean: weightedMean(entries) ?? 0,
    p50: at(0.5),
    p90: at(0.9),
    p99: at(0.99),
    at_capacity_ns: entries.reduce((sum, { value, weight }) => sum + (value >= capacity ? weight : 0), 0),
  };
}

export function outcomeOf(counts: Counts, queues: readonly MemberQueue[], capacity: number): Outcome {
  const longest = Math.max(...queues.map(({ timeAt }) => timeAt.length));
  const timeAt = Array.from({ length: longest }, (_, depth) =>
    queues.reduce((sum, queue) => sum + (queue.timeAt[depth] ?? 0), 0),
  );
  const { arrivals, enqueued, accepted, overflows, retransmits, gaveUp, waits, connects, connected } = counts;
  return {
    capacity,
    arrivals,
    enqueued,
    accepted,
    overflows,
    syn_retransmits: retransmits,
    gave_up: gaveUp,
    depth: depthOf(timeAt, capacity),
    wait_ns: timesOf(waits.subarray(0, accepted)),
    connect_ns: timesOf(connects.subarray(0, connected)),
  };
}
