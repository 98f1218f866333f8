// When a client's kernel sends its SYN again, and when it gives up (tcp_retransmit_timer, tcp_write_timeout).
import type { Retry } from '../workload/workload.ts';

const MILLISECOND = 1e6;
const RTO_MAX_MS = 120_000;

/** Distance from the n-th SYN (1 is the first) to the next, nanoseconds. */
export const synGap = ({ initial_ms, linear }: Retry, n: number): number =>
  Math.min(initial_ms * 2 ** Math.max(0, n - 1 - linear), RTO_MAX_MS) * MILLISECOND;

/**
 * When a timer of the wheel fires (calc_wheel_index): the further, the coarser, and never before it is due.
 * @param delay nanoseconds from `now`.
 */
export function fires(wheel: Retry['wheel'], now: number, delay: number): number {
  if (wheel === null) return now + delay;
  const { tick_ns: tick, phase_ns: phase } = wheel;
  const distance = Math.ceil(delay / tick);
  let step = 1;
  for (let end = 63; distance >= end && step < 8 ** 8; end = 63 * step) step *= 8;
  const due = Math.floor((now - phase) / tick) + distance;
  return (Math.floor(due / step) + 1) * step * tick + phase;
}

/** tcp_model_timeout, nanoseconds: the time of so many retransmissions with doubling alone. */
function modelTimeout({ initial_ms, retries }: Retry): number {
  const doublings = Math.min(retries, Math.floor(Math.log2(RTO_MAX_MS / initial_ms)));
  return ((2 ** (doublings + 1) - 1) * initial_ms + (retries - doublings) * RTO_MAX_MS) * MILLISECOND;
}

/**
 * What a client does after its n-th SYN got no answer.
 * @returns when it sends the next, or when it gives up (`again` false), nanoseconds.
 */
export function afterSyn(retry: Retry, first: number, last: number, n: number): { at: number; again: boolean } {
  const at = fires(retry.wheel, last, synGap(retry, n));
  const own = retry.timeout_ns === null ? Number.POSITIVE_INFINITY : first + retry.timeout_ns;
  if (at >= own) return { at: own, again: false };
  return { at, again: n <= retry.retries + retry.linear && at - first < modelTimeout(retry) };
}

/** First retransmission of a client's data whose connection is not there yet (TCP_RTO_MIN, doubled each time), nanoseconds. */
const DATA_RTO_NS = 200e6;
const MOST_DATA_RETRIES = 15;

export interface AckTimes {
  /** SYN-ACK to final ACK, nanoseconds. */
  readonly handshake: number;
  readonly speaksFirst: boolean;
  /** First time-out of a SYN-ACK, nanoseconds, and how often it is sent again. */
  readonly first: number;
  readonly retries: number;
}

/** The first instant after `at` of a timer that starts at `from` and doubles: from + first, + 2 first more, …; Infinity after `times`. */
function doubled(from: number, first: number, times: number, at: number): number {
  let span = 1;
  for (let k = 0; k < times; k++) {
    const due = from + first * span;
    if (due > at) return due;
    span = 2 * span + 1;
  }
  return Number.POSITIVE_INFINITY;
}

/** When final ACKs that were refused come again. */
export class AckTimers {
  readonly #times: AckTimes;
  /** From a request to its end, nanoseconds. */
  readonly #life: number;

  constructor(times: AckTimes) {
    this.#times = times;
    this.#life = times.first * (2 ** (times.retries + 1) - 1);
  }

  /**
   * When the client's final ACK, or data that stands for it, comes again; Infinity when its request is gone before.
   * @param at now. @param requested when the request was made.
   * @param cookie a cookie answered: there is no request whose timer reminds, and none that expires.
   */
  again(at: number, requested: number, cookie: boolean): number {
    const { handshake, speaksFirst, first, retries } = this.#times;
    const data = speaksFirst
      ? doubled(requested + handshake, DATA_RTO_NS, MOST_DATA_RETRIES, at)
      : Number.POSITIVE_INFINITY;
    if (cookie) return data;
    const next = Math.min(doubled(requested, first, retries, at), data);
    return next < requested + this.#life ? next : Number.POSITIVE_INFINITY;
  }
}
