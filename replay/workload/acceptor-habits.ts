// How one task accepts: how long each connection keeps it from the next accept(), how soon it wakes, and where it stalled.
import type { AcceptTry } from './observed-calls.ts';
import type { Acceptor, Stall } from './workload.ts';

/** The listener's arrivals and departures, each ascending, nanoseconds. */
export interface QueueTimes {
  readonly enqueued: Float64Array;
  readonly dequeued: Float64Array;
}

/** A pause is a stall, not service, from here on, and from so many times the usual. */
export const STALL_NS = 50e6;
export const STALL_TIMES = 20;
/** A wake-up that takes so many times the usual was work. */
const SLOW_WAKE_TIMES = 10;

/** How many values of an ascending list are at most `at`. */
export function upTo(list: Float64Array, at: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle] <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

export const median = (values: readonly number[]): number | null => {
  if (values.length === 0) return null;
  const sorted = Float64Array.from(values).sort();
  return sorted[(sorted.length - 1) >> 1];
};

interface Pause {
  readonly from: number;
  /** NaN: not told apart from idleness. */
  service: number;
}

/** A call that takes so long was asleep, nanoseconds. */
const ASLEEP_NS = 20_000;
/** A task that sleeps in accept() may have nothing to do while it serves, too; about as long as it sleeps, at any load. */
const IDLE_ELSEWHERE_TIMES = 10;

/** Whether a task sleeps in accept() itself: it enters the call as soon as it can, so that each pause before is service. */
function sleepsInAccept(calls: readonly AcceptTry[], queue: QueueTimes): boolean {
  if (calls.some(({ entered, exited, took }) => !took && exited - entered < ASLEEP_NS)) return false;
  const depthAt = (at: number): number => upTo(queue.enqueued, at) - upTo(queue.dequeued, at);
  let asleep = 0;
  let elsewhere = 0;
  calls.forEach(({ entered, exited, took }, k) => {
    if (took && exited - entered >= ASLEEP_NS && depthAt(entered) <= 0) asleep += exited - entered;
    const since = k === 0 ? entered : calls[k - 1].exited;
    if (depthAt(since) > 0) return;
    elsewhere += Math.min(entered, queue.enqueued[upTo(queue.enqueued, since)] ?? entered) - since;
  });
  // a call that another task interrupts looks asleep, for microseconds; one in epoll is idle there, for all of its idle time
  return asleep > 0 && asleep * IDLE_ELSEWHERE_TIMES >= elsewhere;
}

/**
 * What a pause was whose end an arrival fell into, of a task that waits elsewhere (epoll): time in which it served, or in which it had
 * nothing to do until that arrival. The capture does not tell; which of the two makes the replay fit it does.
 */
export type Unclear = 'served' | 'idle';

/** @param calls of one task, in order. @param start of the workload. */
export function habitsOf(
  calls: readonly AcceptTry[],
  queue: QueueTimes,
  who: { readonly name: string; readonly member: number; readonly start: number },
  reading: Unclear = 'idle',
): Acceptor {
  const pauses: Pause[] = [];
  const wakes: { readonly at: number; readonly wake: number }[] = [];
  const unclear: number[] = [];
  const blocking = sleepsInAccept(calls, queue);
  let taken = Number.NaN;
  for (let k = 0; k < calls.length; k++) {
    const { entered, exited, took } = calls[k];
    const depth = upTo(queue.enqueued, entered) - upTo(queue.dequeued, entered);
    // the first arrival that this task could have been called for
    const since = k === 0 ? who.start : calls[k - 1].exited;
    const arrival = queue.enqueued[upTo(queue.enqueued, since)];
    const waited = k > 0 && upTo(queue.enqueued, since) - upTo(queue.dequeued, since) > 0;
    if (!Number.isNaN(taken)) {
      if (blocking || reading === 'served' || waited || !took) pauses.push({ from: taken, service: entered - taken });
      else {
        pauses.push({ from: taken, service: Number.NaN });
        unclear.push(entered - taken);
      }
    }
    taken = Number.NaN;
    if (!took) continue;
    taken = exited;
    if (depth <= 0) {
      // asleep in accept(): from the arrival to the return
      const own = queue.enqueued[upTo(queue.enqueued, entered)];
      if (own <= exited) wakes.push({ at: own, wake: exited - own });
    } else if (!blocking && reading === 'idle' && !waited && arrival <= entered && k > 0)
      wakes.push({ at: arrival, wake: exited - arrival });
  }
  return settle(pauses, wakes, unclear, calls, who);
}

function settle(
  pauses: readonly Pause[],
  wakes: readonly { readonly at: number; readonly wake: number }[],
  unclear: readonly number[],
  calls: readonly AcceptTry[],
  { name, member, start }: { readonly name: string; readonly member: number; readonly start: number },
): Acceptor {
  const usual = median(pauses.map(({ service }) => service).filter((service) => !Number.isNaN(service)));
  // where only idle pauses were seen, service is no longer than the short ones of them
  const short = Float64Array.from(unclear).sort();
  const filler = usual ?? short[Math.floor(short.length / 10)] ?? 0;
  const stalls: Stall[] = [];
  const limit = Math.max(STALL_NS, filler * STALL_TIMES);
  const service = pauses.map(({ from, service: known }) => {
    if (Number.isNaN(known)) return filler;
    if (known <= limit) return known;
    stalls.push({ at_ns: from + filler - start, duration_ns: known - filler });
    return filler;
  });
  const usualWake = median(wakes.map(({ wake }) => wake)) ?? 0;
  const slow = Math.max(STALL_NS, usualWake * SLOW_WAKE_TIMES);
  const wake = wakes.map((one) => {
    if (one.wake <= slow) return one.wake;
    stalls.push({ at_ns: Math.max(0, one.at - start), duration_ns: one.wake - usualWake });
    return usualWake;
  });
  return {
    name,
    member,
    service_ns: service,
    taken_ns: pauses.map(({ from }) => Math.max(0, from - start)),
    wake_ns: wake,
    ready_ns: calls.length === 0 ? 0 : Math.max(0, calls[0].entered - start),
    stalls: stalls.sort((a, b) => a.at_ns - b.at_ns),
  };
}
