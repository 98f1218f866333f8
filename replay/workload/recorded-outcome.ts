// What a capture itself shows of a workload's outcome, members of a group added up; and how far a replay is from it.
import type { ListenerReport } from '../../core/report/model.ts';
import { timesOf } from '../what-if/outcome.ts';
import { prepare } from '../what-if/prepared.ts';
import { settingsOf } from '../what-if/settings.ts';
import { Replay } from '../what-if/simulate.ts';
import type { ObservedCalls } from './observed-calls.ts';
import type { Outcome, Workload } from './workload.ts';

/** What the capture itself shows, members added up. */
export function recordedOf(group: readonly ListenerReport[], calls: ObservedCalls, enqueued: number): Outcome | null {
  const [first] = group;
  const sum = (of: (listener: ListenerReport) => number): number => group.reduce((total, one) => total + of(one), 0);
  const known = (of: (listener: ListenerReport) => number | null): number | null =>
    group.some((listener) => of(listener) === null) ? null : sum((listener) => of(listener) ?? 0);
  const connects = calls.clients.map(({ syn, established }) => established - syn).filter((time) => !Number.isNaN(time));
  const deepest = group.reduce((most, one) => (one.depth.max > most.depth.max ? one : most));
  const longest = group.reduce((most, one) => ((one.wait_ns.max ?? 0) > (most.wait_ns.max ?? 0) ? one : most));
  return {
    capacity: first.backlog.capacity ?? 0,
    arrivals: Math.max(calls.clients.length, enqueued),
    enqueued,
    accepted: sum(({ accepted }) => accepted),
    overflows: known(({ overflows }) => overflows.count),
    syn_retransmits: known((listener) => listener.syn_retransmits),
    gave_up:
      calls.clients.length === 0 ? null : calls.clients.filter(({ established }) => Number.isNaN(established)).length,
    depth: pick(deepest.depth),
    wait_ns: { ...longest.wait_ns },
    connect_ns: connects.length === 0 ? null : timesOf(Float64Array.from(connects)),
  };
}

const pick = ({ max, mean, p50, p90, p99, at_capacity_ns }: ListenerReport['depth']): Outcome['depth'] => ({
  max,
  mean: mean ?? 0,
  p50: p50 ?? 0,
  p90: p90 ?? 0,
  p99: p99 ?? 0,
  at_capacity_ns: at_capacity_ns ?? 0,
});

/** The reading whose replay under the captured settings is closest to the capture. */
export function bestOf(readings: readonly [Workload, ...Workload[]]): Workload {
  const [first] = readings;
  const { recorded } = first;
  if (recorded === null) return first;
  const scored = readings.map((workload) => ({
    workload,
    distance: distanceOf(recorded, new Replay(prepare(workload), settingsOf(workload)).run()),
  }));
  return scored.reduce((best, one) => (one.distance < best.distance ? one : best)).workload;
}

/** How far two outcomes are apart: each figure by its ratio. */
function distanceOf(recorded: Outcome, replayed: Outcome): number {
  const apart = (was: number | null, is: number | null, least: number): number =>
    was === null || is === null ? 0 : Math.abs(Math.log((is + least) / (was + least)));
  return (
    apart(recorded.wait_ns.p50, replayed.wait_ns.p50, 1e5) +
    apart(recorded.wait_ns.p99, replayed.wait_ns.p99, 1e5) +
    apart(recorded.depth.max, replayed.depth.max, 1) +
    apart(recorded.depth.mean, replayed.depth.mean, 0.1) +
    apart(recorded.syn_retransmits, replayed.syn_retransmits, 1)
  );
}
