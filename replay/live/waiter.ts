// Waiting in a thread of its own without Node's event loop: until an instant, or for events of an epoll until an instant.
import {
  CLOCK_MONOTONIC,
  ENOSYS,
  EPOLL_CLOEXEC,
  EPOLL_CTL_ADD,
  PR_SET_TIMERSLACK,
  SCHED_RR,
  TIMER_ABSTIME,
} from './constants.ts';
import type { Libc } from './libc.ts';

/** struct epoll_event is packed on x86-64 alone. */
const EVENT_BYTES = process.arch === 'x64' ? 12 : 16;
const DATA_AT = EVENT_BYTES - 8;
const SYS_epoll_pwait2 = 441;
const SECOND = 1e9;

/** CLOCK_MONOTONIC, nanoseconds. To 1 ns for 104 days of uptime, then to 2. */
export const monotonic = (): number => Number(process.hrtime.bigint());

/** Timers of the calling thread end when they are due, not up to 50 µs later. */
export function exactTimers(libc: Libc): void {
  libc.prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
}

/**
 * Puts the calling thread before all that share the processors by turns, where that is allowed: what comes from a network does not wait
 * for them either.
 */
export function beforeAll(libc: Libc): void {
  libc.sched_setscheduler(0, SCHED_RR, new Int32Array([1]));
}

/** A timer is late by what waking a thread takes; this is at most allowed for. */
const MOST_EARLY_NS = 100_000;

export class Waiter {
  readonly #libc: Libc;
  readonly #epfd: number;
  readonly #most: number;
  readonly #events: Uint8Array;
  readonly #view: DataView;
  readonly #one = new Uint8Array(EVENT_BYTES);
  readonly #oneView = new DataView(this.#one.buffer);
  readonly #time = new BigInt64Array(2);
  readonly #pollfd = new Int32Array(2);
  #hasPwait2 = true;
  /** How much before an instant a sleep must end to be over at it: what sleeps were late by on average, lately. */
  #early = 20_000;

  /** @param most events at a time. */
  constructor(libc: Libc, most: number) {
    this.#libc = libc;
    this.#epfd = libc.epoll_create1(EPOLL_CLOEXEC);
    if (this.#epfd < 0) throw new Error(`epoll_create1: errno ${libc.errno()}`);
    this.#most = most;
    this.#events = new Uint8Array(EVENT_BYTES * most);
    this.#view = new DataView(this.#events.buffer);
  }

  /** Adds or changes (`op`) what is waited for; `data` comes back with the event. */
  control(op: number, fd: number, events: number, data: number): void {
    this.#oneView.setUint32(0, events, true);
    this.#oneView.setInt32(DATA_AT, data, true);
    if (this.#libc.epoll_ctl(this.#epfd, op, fd, this.#one) < 0)
      throw new Error(`epoll_ctl: errno ${this.#libc.errno()}`);
  }

  add(fd: number, events: number, data: number): void {
    this.control(EPOLL_CTL_ADD, fd, events, data);
  }

  get early(): number {
    return this.#early;
  }

  /** Sleeps so as to be awake at `at`, which may be a little before or after it. */
  sleepUntil(at: number): void {
    const set = at - this.#early;
    if (set <= monotonic()) return;
    this.#put(set);
    if (this.#libc.clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, this.#time, null) === 0)
      this.#learn(monotonic() - set);
  }

  #learn(late: number): void {
    this.#early += (Math.min(MOST_EARLY_NS, Math.max(0, late)) - this.#early) / 16;
  }

  /** Waits for events until `at`; an instant that has been only looks. @returns how many there are. */
  wait(at: number): number {
    const left = at - monotonic();
    if (left <= 0) return Math.max(0, this.#libc.epoll_wait(this.#epfd, this.#events, this.#most, 0));
    this.#put(left);
    if (this.#hasPwait2) {
      const count = this.#libc.epoll_pwait2(
        SYS_epoll_pwait2,
        this.#epfd,
        this.#events,
        this.#most,
        this.#time,
        null,
        8,
      );
      if (count === 0) this.#learn(monotonic() - at);
      if (count >= 0) return count;
      if (this.#libc.errno() !== ENOSYS) return 0;
      this.#hasPwait2 = false;
    }
    this.#pollfd[0] = this.#epfd;
    this.#pollfd[1] = 1; // POLLIN
    if (this.#libc.ppoll(this.#pollfd, 1, this.#time, null) <= 0) return 0;
    return Math.max(0, this.#libc.epoll_wait(this.#epfd, this.#events, this.#most, 0));
  }

  events(k: number): number {
    return this.#view.getUint32(k * EVENT_BYTES, true);
  }

  data(k: number): number {
    return this.#view.getInt32(k * EVENT_BYTES + DATA_AT, true);
  }

  end(): void {
    this.#libc.close(this.#epfd);
  }

  #put(ns: number): void {
    this.#time[0] = BigInt(Math.floor(ns / SECOND));
    this.#time[1] = BigInt(Math.floor(ns % SECOND));
  }
}
