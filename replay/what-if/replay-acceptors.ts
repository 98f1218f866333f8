// Acceptors of a replay: those of the workload, or as many as asked for; where each is in its lists, and when stalls let it go on.
import type { Stall } from '../workload/workload.ts';
import type { Prepared, PreparedAcceptor } from './prepared.ts';
import type { Settings } from './settings.ts';

/** How a replay runs an acceptor: where it is in its lists. */
export interface Acceptor {
  readonly of: PreparedAcceptor;
  readonly member: number;
  readonly stalls: readonly Stall[];
  service: number;
  wake: number;
  /** Of an event loop: what those it took need that it has not served, nanoseconds. */
  owed: number;
}

/** The first instant from `at` on that is in no stall. @param stalls by their beginning. */
export function afterStalls(stalls: readonly Stall[], at: number): number {
  let free = at;
  for (const { at_ns, duration_ns } of stalls) {
    if (at_ns > free) break;
    if (free < at_ns + duration_ns) free = at_ns + duration_ns;
  }
  return free;
}

/** Those of the workload, or as many as asked for, each like one of the workload's and somewhere else in its lists. */
export function acceptorsOf(prepared: Prepared, settings: Settings): Acceptor[] {
  const own = prepared.acceptors;
  const count = settings.acceptors ?? own.length;
  return Array.from({ length: own.length === 0 ? 0 : count }, (_, k) => {
    const of = own[k % own.length];
    const round = Math.floor(k / own.length);
    const stalls = [...(settings.recorded_stalls ? of.stalls : []), ...settings.stalls];
    return {
      of,
      member:
        settings.acceptors === null && settings.members === prepared.workload.members
          ? of.member
          : k % settings.members,
      stalls: stalls.sort((a, b) => a.at_ns - b.at_ns),
      service: round * 7919,
      wake: round * 7919,
      owed: 0,
    };
  });
}
