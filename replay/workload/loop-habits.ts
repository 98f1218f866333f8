// How an event loop accepts: one connection a turn, and then it serves those of the turn before, so that one is taken that waits inside.

import type { ConnectionTimes } from '../../core/store/workload-input.ts';
import { median, type QueueTimes, STALL_NS, STALL_TIMES, upTo } from './acceptor-habits.ts';
import type { AcceptTry, ObservedCalls } from './observed-calls.ts';
import type { Acceptor, Stall } from './workload.ts';

/** A connection that a task took, when it came into the queue, and when the server's end of it was closed; NaN where that is not known. */
export interface Served {
  readonly came: number;
  readonly taken: number;
  readonly ended: number;
}

/** Connections that are closed when they are served, of all that were taken. */
const CLOSED = 0.95;
/** So many must tell. */
const FEW = 10;

/** What a task took, in order. */
export function servedBy(tid: number, times: ConnectionTimes | undefined, { ends }: ObservedCalls): Served[] {
  if (times === undefined) return [];
  const served: Served[] = [];
  times.dequeued.forEach((taken, row) => {
    if (times.tid[row] !== tid || Number.isNaN(taken)) return;
    const ended = ends.get(times.sk[row])?.find((at) => at > taken) ?? Number.NaN;
    served.push({ came: times.enqueued[row], taken, ended });
  });
  return served.sort((a, b) => a.taken - b.taken);
}

/**
 * How many more a task took before it served each, while connections waited: the accept() that comes next after a connection's end is
 * the first after its own (0), the second (1), or a later one. Null where too few ends are known.
 */
function aheadOf(served: readonly Served[], { enqueued }: QueueTimes): number | null {
  const known = served.filter(({ ended }) => !Number.isNaN(ended));
  if (known.length < served.length * CLOSED) return null;
  const taken = Float64Array.from(served, (one) => one.taken);
  const found: number[] = [];
  served.forEach(({ came, ended }, k) => {
    if (Number.isNaN(ended)) return;
    const next = upTo(taken, ended);
    // the end is seen when the client has closed too: the accept() before may be the one that followed it
    const nearest =
      next > k + 1 && next < taken.length && ended - taken[next - 1] < taken[next] - ended ? next - 1 : next;
    // whoever was taken next must have been there when this one was taken
    const left = upTo(enqueued, taken[k]) - upTo(enqueued, came);
    if (nearest < taken.length && left >= nearest - k) found.push(nearest - k - 1);
  });
  return found.length < FEW ? null : median(found);
}

interface Stretch {
  readonly from: number;
  /** NaN where it is not known. */
  readonly time: number;
}

/** How long each took; what is beyond the usual by far goes to the stalls, and where it is not known the usual stands. */
function usualOf(stretches: readonly Stretch[], start: number, stalls: Stall[]): number[] {
  const usual = median(stretches.map(({ time }) => time).filter((time) => !Number.isNaN(time))) ?? 0;
  const limit = Math.max(STALL_NS, usual * STALL_TIMES);
  return stretches.map(({ from, time }) => {
    if (time <= limit) return time;
    if (time > limit) stalls.push({ at_ns: Math.max(0, from + usual - start), duration_ns: time - usual });
    return usual;
  });
}

/** Null for a task that does not accept so. @param tries of the same task, in order. */
export function loopHabitsOf(
  served: readonly Served[],
  tries: readonly AcceptTry[],
  queue: QueueTimes,
  { name, member, start }: { readonly name: string; readonly member: number; readonly start: number },
): Acceptor | null {
  if (aheadOf(served, queue) !== 1) return null;
  const wakes: Stretch[] = [];
  const services: Stretch[] = [];
  let free = 0;
  for (const { came, taken, ended } of served) {
    if (came > free && came <= taken) wakes.push({ from: came, time: taken - came });
    const from = Math.max(free, taken);
    services.push({ from, time: Math.max(0, ended - from) });
    if (ended > free) free = ended;
  }
  const stalls: Stall[] = [];
  return {
    name,
    member,
    service_ns: usualOf(services, start, stalls),
    taken_ns: served.map(({ taken }) => Math.max(0, taken - start)),
    wake_ns: usualOf(wakes, start, stalls),
    ready_ns: tries.length === 0 ? 0 : Math.max(0, tries[0].entered - start),
    stalls: stalls.sort((a, b) => a.at_ns - b.at_ns),
    ahead: 1,
  };
}
