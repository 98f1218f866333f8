// One life of a listening socket: its backlog, its accept queue, its acceptors, and what a late start of the capture hides.
import { AcceptQueue, type Child, type Departure, type QueueOwner } from './accept-queue.ts';
import type { OpenFile } from './open-files.ts';
import { type AcceptCall, type DepthSample, QueueTimeline, SAMPLED_NS } from './queue-timeline.ts';
import { type Reading, Readings } from './readings.ts';

export interface Acceptor {
  readonly tid: number;
  readonly pid: number;
  comm: number;
  accepted: number;
  eagain: number;
  failed: number;
  blockedNs: number;
}

/** Whose listener it is: told of each departure from its queue. */
export interface ListenerOwner {
  departed(listener: Listener, departure: Departure): void;
}

/** More operations than this are played with what is known of the queue's start, rather than held. */
const MAX_HELD = 1 << 18;
/** sk_data_ready follows the child's last state change within this time, on the same processor. */
const WAKE_UP_NS = 1_000_000;

export class Listener implements QueueOwner {
  readonly id: number;
  sk: number | null = null;
  generation: number | null = null;
  family: number | null = null;
  endpoint: number | null = null;
  address: string | null = null;
  port: number | null = null;
  opened_at: number | null = null;
  closed_at: number | null = null;
  openedPid: number | null = null;
  openedComm: number | null = null;
  requested: number | null = null;
  ambiguous = 0;
  synackRetransmits = 0;
  synRetransmits = 0;
  abortedAtClose = 0;
  leftInQueue = 0;
  initialDepth = 0;
  synced: boolean;
  /** Its listen() failed after the state change: it never was a listener to anyone. */
  failed = false;
  readonly readings = new Readings();
  readonly files = new Set<OpenFile>();
  readonly acceptors = new Map<number, Acceptor>();
  queue: AcceptQueue;
  /** The last arrival that no reading has followed. */
  private latest: Child | null = null;
  private readonly timeline = new QueueTimeline(this.readings);
  /** Its queue is not followed further than to this time. */
  private until = Number.POSITIVE_INFINITY;
  /** The queue's length at the capture's start is not known yet: nothing is played. */
  private holding: boolean;
  private readonly startedAt: number;
  private readonly owner: ListenerOwner;

  /** `censored`: it was there before the capture began, and its queue may not have been empty. */
  constructor(id: number, at: number, censored: boolean, owner: ListenerOwner) {
    this.id = id;
    this.opened_at = censored ? null : at;
    this.startedAt = censored ? 0 : at;
    this.synced = !censored;
    this.holding = censored;
    this.owner = owner;
    this.queue = this.newQueue(0);
  }

  get live(): boolean {
    return this.closed_at === null;
  }

  enqueue(child: Child): void {
    this.timeline.add({ kind: 'enqueue', at: child.enqueued_at, child });
    this.latest = child;
    this.proceed(child.enqueued_at);
  }

  acceptEntered(call: AcceptCall): void {
    call.told = true;
    this.timeline.add({ kind: 'enter', at: call.entered, call });
    this.proceed(call.entered);
  }

  /** The call is over; `call` says how it ended. */
  acceptLeft(call: AcceptCall, exited: number): void {
    if (!call.told) this.acceptEntered(call);
    if (call.took) {
      const acceptor = this.acceptor(call);
      if (call.result >= 0) acceptor.accepted++;
      else acceptor.failed++;
    }
    this.timeline.left(call, exited);
    this.proceed(exited);
  }

  /** accept() said EAGAIN: the queue was empty some time after `entered`. `complete`: every accept so far is accounted for. */
  seenEmpty(entered: number, at: number, complete: boolean): void {
    if (this.holding && complete) {
      let balance = 0;
      for (const operation of this.timeline.pending()) {
        if (operation.kind === 'leave' && operation.call.took) balance++;
        else if (operation.kind === 'enqueue' && operation.at < entered) balance--;
      }
      this.resolve(Math.max(0, balance));
      this.synced = true;
    }
    if (!this.holding) this.timeline.add({ kind: 'empty', at, entered });
    this.proceed(at);
  }

  /** A task was found asleep in accept() when the capture began: the queue was empty then. */
  emptyAtStart(): void {
    if (!this.holding) return;
    this.resolve(0);
    this.synced = true;
  }

  /** The kernel's own fields were read. The first reading tells how long the queue was when the capture began. */
  read(reading: Reading): void {
    this.readings.take(reading, this.opened_at !== null);
    if (Number.isNaN(reading.ackBacklog)) return;
    if (this.holding) {
      let balance = 0;
      for (const operation of this.timeline.pending()) {
        if (operation.kind === 'leave' && operation.call.took) balance++;
        else if (operation.kind === 'enqueue') balance--;
      }
      this.resolve(Math.max(0, reading.ackBacklog + balance));
      this.synced = true;
    }
    const { latest } = this;
    this.latest = null;
    // read when an arrival woke the listener: what it says holds just before that arrival, less one
    if (latest !== null && reading.at - latest.enqueued_at <= WAKE_UP_NS)
      this.timeline.add({ kind: 'reading', at: latest.enqueued_at - 1, depth: Math.max(0, reading.ackBacklog - 1) });
    else this.timeline.add({ kind: 'reading', at: reading.at, depth: reading.ackBacklog });
    this.proceed(reading.at);
  }

  /** The queue's length at this instant, filled in later. */
  sample(at: number): DepthSample {
    const sample: DepthSample = { at, low: null, high: null };
    this.timeline.add({ kind: 'sample', at, sample });
    return sample;
  }

  /** What comes after time `now` does not change the sample any more. */
  isSettled(sample: DepthSample, now: number): boolean {
    this.proceed(now);
    return sample.high !== null && now - sample.at > SAMPLED_NS;
  }

  /** Takes back an arrival that turned out to be another listener's. False when it has left the queue already. */
  withdraw(child: Child): boolean {
    this.timeline.play(this.queue, Number.POSITIVE_INFINITY, this.until);
    return this.queue.withdraw(child);
  }

  acceptor(caller: { readonly tid: number; readonly pid: number; readonly comm: number }): Acceptor {
    let acceptor = this.acceptors.get(caller.tid);
    if (acceptor === undefined) {
      acceptor = {
        tid: caller.tid,
        pid: caller.pid,
        comm: caller.comm,
        accepted: 0,
        eagain: 0,
        failed: 0,
        blockedNs: 0,
      };
      this.acceptors.set(caller.tid, acceptor);
    }
    acceptor.comm = caller.comm;
    return acceptor;
  }

  /** A connection has left its queue. */
  left(departure: Departure): void {
    const { child, entered, tid } = departure;
    const acceptor = tid === null ? undefined : this.acceptors.get(tid);
    if (acceptor !== undefined && child !== null && entered !== null)
      acceptor.blockedNs += Math.max(0, child.enqueued_at - entered);
    this.owner.departed(this, departure);
  }

  /** Forgets what no row comes of any more. */
  trim(): void {
    this.queue.trim();
    this.timeline.trim();
  }

  /** From now on the queue stays as it is at `at`; events up to DECIDED_NS later still tell what had happened by then. */
  stopAt(at: number): void {
    this.until = at;
  }

  /** The queue at the time that it was stopped at. `ahead`: how many were in it when the capture began, if later events told. */
  queueThen(ahead?: number): { readonly queue: AcceptQueue; readonly accepts: ReadonlySet<AcceptCall> } {
    this.resolve(ahead);
    this.timeline.play(this.queue, Number.POSITIVE_INFINITY, this.until);
    return { queue: this.queue, accepts: this.timeline.underWay };
  }

  finish(at: number, end: 'aborted' | 'left'): void {
    if (this.until < at) return;
    this.resolve();
    this.timeline.play(this.queue, Number.POSITIVE_INFINITY, this.until);
    this.timeline.settle(this.queue, at);
    const left = this.queue.finish(at, end);
    if (end === 'aborted') this.abortedAtClose = left;
    else this.leftInQueue = left;
  }

  /** Starts to play, with `ahead` connections in the queue at the start; without it, the fewest that explain the accepts. */
  private resolve(ahead?: number): void {
    if (!this.holding) return;
    this.holding = false;
    let initial = ahead;
    if (initial === undefined) {
      let balance = 0;
      initial = 0;
      for (const operation of this.timeline.pending()) {
        if (operation.kind === 'leave' && operation.call.took) balance++;
        else if (operation.kind === 'enqueue') balance--;
        if (balance > initial) initial = balance;
      }
    }
    this.initialDepth = initial;
    this.queue = this.newQueue(initial);
  }

  private proceed(now: number): void {
    if (this.holding && this.timeline.length > MAX_HELD) this.resolve();
    if (!this.holding) this.timeline.play(this.queue, now, this.until);
  }

  private newQueue(ahead: number): AcceptQueue {
    return new AcceptQueue(this.startedAt, ahead, this);
  }
}
