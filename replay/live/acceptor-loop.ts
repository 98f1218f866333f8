// One who accepts, in a thread of its own: takes a connection, stays busy as long as recorded, closes it, takes the next.
import type { Stall } from '../workload/workload.ts';
import { EAGAIN, EINTR, EPOLLEXCLUSIVE, EPOLLIN, MSG_NOSIGNAL, SOCK_CLOEXEC } from './constants.ts';
import type { Libc } from './libc.ts';
import { type RunMemory, TAKEN } from './run-memory.ts';
import { ADDRESS_BYTES, clientOf } from './socket-address.ts';
import { TcpInfo } from './tcp-info.ts';
import { monotonic, type Waiter } from './waiter.ts';

export interface AcceptorWork {
  readonly who: number;
  readonly member: number;
  /** All times in nanoseconds of the replay's clock, from its start. */
  readonly ready: number;
  readonly service: Float64Array;
  readonly wake: Float64Array;
  /** `service` is that of connections in the order of their accepts, by whomever; not this acceptor's own. */
  readonly pooled: boolean;
  /** 1: an event loop, busy with what it took the turn before. */
  readonly ahead: 0 | 1;
  /** Where in the two lists it begins. */
  readonly from: number;
  readonly stalls: readonly Stall[];
  /** Clients wait for an answer, which they get as soon as they are accepted. */
  readonly answers: boolean;
  /** Address of the first client. */
  readonly first: number;
}

/** Whoever sleeps looks so often whether all is over. */
const LOOK_NS = 100e6;
/** Out of file descriptors: others must end before it can go on. */
const BREATH_NS = 1e6;
/** What it is behind by at most makes up for: after a longer delay it goes on from there. */
const MOST_BEHIND_NS = 20e6;
/** What waking takes by itself: recorded wakes have it in them. */
const OWN_WAKE_NS = 60_000;

export class AcceptorLoop {
  readonly #libc: Libc;
  readonly #waiter: Waiter;
  readonly #listener: number;
  readonly #work: AcceptorWork;
  readonly #memory: RunMemory;
  readonly #info: TcpInfo;
  readonly #address = new Uint8Array(ADDRESS_BYTES);
  readonly #length = new Int32Array(1);
  readonly #answer = new Uint8Array(1);
  readonly #start: number;
  #served: number;
  #woken: number;
  #nextStall = 0;
  /** Of an event loop: what the last it took needs, nanoseconds. */
  #owed = 0;
  /** When it was to be done with its last connection, or had waited long enough. */
  #free = 0;

  constructor(libc: Libc, waiter: Waiter, listener: number, work: AcceptorWork, memory: RunMemory) {
    this.#libc = libc;
    this.#waiter = waiter;
    this.#listener = listener;
    this.#work = work;
    this.#memory = memory;
    this.#info = new TcpInfo(libc);
    this.#start = memory.start[0];
    this.#served = work.from;
    this.#woken = work.from;
    // one of those that wait is woken for an arrival, as by a blocking accept()
    waiter.add(listener, (EPOLLIN | EPOLLEXCLUSIVE) >>> 0, 0);
  }

  run(): void {
    const { wake, ready } = this.#work;
    this.#free = this.#afterStalls(ready);
    this.#sleep(this.#free);
    while (!this.#memory.stopped) {
      const now = this.#now();
      const free = this.#afterStalls(now);
      if (free > now) {
        this.#free = free;
        this.#sleep(free);
        continue;
      }
      if (this.#take()) continue;
      if (this.#owed > 0) {
        this.#busyFrom(now, 0);
        continue;
      }
      const until = Math.min(now + LOOK_NS, this.#stallFrom());
      const woken = this.#waiter.wait(this.#start + until) > 0;
      this.#free = this.#now();
      if (!woken || wake.length === 0) continue;
      const more = wake[this.#woken % wake.length] - OWN_WAKE_NS;
      if (more > OWN_WAKE_NS) {
        this.#free = this.#afterStalls(this.#free + more);
        this.#sleep(this.#free);
      }
      if (this.#take()) this.#woken++;
    }
  }

  /** Takes a connection if one is there, and is busy with it. */
  #take(): boolean {
    const { who, service, answers, pooled } = this.#work;
    const memory = this.#memory;
    this.#length[0] = ADDRESS_BYTES;
    const fd = this.#libc.accept4(this.#listener, this.#address, this.#length, SOCK_CLOEXEC);
    if (fd < 0) {
      const errno = this.#libc.errno();
      if (errno !== EAGAIN && errno !== EINTR) this.#sleep(this.#now() + BREATH_NS);
      return false;
    }
    const at = this.#now();
    const client = clientOf(this.#address) - this.#work.first;
    if (client >= 0 && client < memory.accepted.length) {
      memory.accepted[client] = at;
      memory.queued[client] = this.#info.age(fd);
    }
    if (answers) this.#libc.send(fd, this.#answer, 1, MSG_NOSIGNAL);
    const turn = pooled ? Atomics.add(memory.control, TAKEN, 1) : this.#served++;
    this.#busyFrom(at, service.length === 0 ? 0 : service[turn % service.length], who);
    this.#libc.close(fd);
    return true;
  }

  /** Busy with a connection, or, in an event loop, with the one before. @param own time of the one it just took. */
  #busyFrom(at: number, own: number, taker = -1): void {
    const { who, ahead } = this.#work;
    const memory = this.#memory;
    const busy = ahead === 0 ? own : this.#owed;
    this.#owed = ahead === 0 ? 0 : own;
    // from when it was to be free: what the last one took too long is not added to this one's time
    const until = this.#afterStalls(Math.max(this.#free, at - MOST_BEHIND_NS) + busy);
    this.#free = until;
    memory.busyUntil[who] = until;
    // after busyUntil: whoever sees the count knows how long it takes
    if (taker >= 0) Atomics.add(memory.acceptedBy, taker, 1);
    this.#busyUntil(until);
  }

  #busyUntil(until: number): void {
    this.#sleep(until);
    const late = this.#now() - until;
    if (late > this.#memory.late[this.#work.who] && !this.#memory.stopped) this.#memory.late[this.#work.who] = late;
  }

  #sleep(until: number): void {
    for (;;) {
      const now = this.#now();
      if (now >= until || this.#memory.stopped) return;
      this.#waiter.sleepUntil(this.#start + Math.min(until, now + LOOK_NS));
    }
  }

  #now(): number {
    return monotonic() - this.#start;
  }

  /** The first instant from `at` on that is in no stall. */
  #afterStalls(at: number): number {
    const { stalls } = this.#work;
    let free = at;
    for (let k = this.#nextStall; k < stalls.length && stalls[k].at_ns <= free; k++) {
      const end = stalls[k].at_ns + stalls[k].duration_ns;
      if (free < end) free = end;
    }
    return free;
  }

  /** When the next stall begins. */
  #stallFrom(): number {
    const { stalls } = this.#work;
    const now = this.#now();
    while (
      this.#nextStall < stalls.length &&
      stalls[this.#nextStall].at_ns + stalls[this.#nextStall].duration_ns <= now
    )
      this.#nextStall++;
    return this.#nextStall < stalls.length ? stalls[this.#nextStall].at_ns : Number.POSITIVE_INFINITY;
  }
}
