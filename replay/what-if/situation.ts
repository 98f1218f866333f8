// What a replay under the captured settings says of a workload, before anything is changed: how busy acceptors are, how well it fits.
import type { Outcome, Workload } from '../workload/workload.ts';
import type { Situation } from './recommend.ts';

export function situationOf(workload: Workload, baseline: Outcome): Situation {
  const { acceptors, duration_ns } = workload;
  let longest = 0;
  for (const { stalls } of acceptors) for (const { duration_ns: stall } of stalls) longest = Math.max(longest, stall);
  const served = baseline.accepted * meanOf(acceptors.flatMap(({ service_ns }) => [meanOf(service_ns)]));
  const time = Math.max(1, busySpan(workload, duration_ns)) * Math.max(1, acceptors.length);
  return { baseline, utilisation: Math.min(1, served / time), longest_stall_ns: longest, acceptors: acceptors.length };
}

const meanOf = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;

/** From the first arrival to the last; of closed clients the whole time. */
function busySpan({ clients }: Workload, duration: number): number {
  if (clients.mode === 'closed' || clients.arrivals_ns.length < 2) return duration;
  return clients.arrivals_ns[clients.arrivals_ns.length - 1] - clients.arrivals_ns[0];
}

export interface Fit {
  readonly figure: string;
  readonly recorded: number;
  readonly replayed: number;
  /** Replayed by recorded, less one. */
  readonly error: number;
}

/** How well the replay under the captured settings reproduces the capture, figure by figure; those that the capture lacks are left out. */
export function fitOf(recorded: Outcome, baseline: Outcome): Fit[] {
  const figures: [string, number | null, number | null][] = [
    ['arrivals', recorded.arrivals, baseline.arrivals],
    ['enqueued', recorded.enqueued, baseline.enqueued],
    ['accepted', recorded.accepted, baseline.accepted],
    ['syn_retransmits', recorded.syn_retransmits, baseline.syn_retransmits],
    ['depth_max', recorded.depth.max, baseline.depth.max],
    ['wait_p50', recorded.wait_ns.p50, baseline.wait_ns.p50],
    ['wait_p99', recorded.wait_ns.p99, baseline.wait_ns.p99],
  ];
  return figures.flatMap(([figure, was, is]) =>
    was === null || is === null
      ? []
      : [{ figure, recorded: was, replayed: is, error: was === 0 ? (is === 0 ? 0 : 1) : is / was - 1 }],
  );
}
