// Puts what happened to one accept queue in its most likely order before it is counted: accept() is seen entering and leaving,
// the dequeue happens somewhere in between.
import type { AcceptQueue, Child } from './accept-queue.ts';
import type { Readings } from './readings.ts';

/*
 *   enter            exit               enter                        exit
 *     |-x------------|                    |------- asleep -----------x-|
 *   queue not empty: the dequeue x      queue empty: x comes after the enqueue that woke the task,
 *   follows the entry at once           as long before the exit as a call that does not sleep takes
 *
 * Against the kernel's own sk_ack_backlog this gives the length at an enqueue far more often right than counting at the exit.
 */

/** A call of accept() on the listener. */
export interface AcceptCall {
  readonly entered: number;
  readonly pid: number;
  readonly tid: number;
  readonly comm: number;
  /** Null while the task is still in it. */
  exited: number | null;
  /** Whether it took a connection from the queue, also if only to lose it. */
  took: boolean;
  result: number;
  /** The listener has its entry. */
  told: boolean;
  /** Its entry was played. */
  played: boolean;
  /** Its dequeue is accounted for. */
  applied: boolean;
  /** What it took; null before that, and where its arrival is not in the capture. */
  child: Child | null;
}

/** Spelt out: an object made by spreading is several times as slow to make and to change. */
export const newAccept = (pid: number, tid: number, comm: number, entered: number): AcceptCall => ({
  entered,
  pid,
  tid,
  comm,
  exited: null,
  took: false,
  result: 0,
  told: false,
  played: false,
  applied: false,
  child: null,
});

/** Bounds of the queue's length at some instant, filled in when the timeline gets there. */
export interface DepthSample {
  readonly at: number;
  low: number | null;
  high: number | null;
}

export type Operation =
  | { readonly kind: 'enqueue'; readonly at: number; readonly child: Child }
  | { readonly kind: 'enter' | 'leave' | 'take'; readonly at: number; readonly call: AcceptCall }
  | { readonly kind: 'empty'; readonly at: number; readonly entered: number }
  | { readonly kind: 'reading'; readonly at: number; readonly depth: number }
  | { readonly kind: 'sample'; readonly at: number; readonly sample: DepthSample };

/** A call that takes longer than this slept, or was preempted: its dequeue is placed at its end. */
const PROMPT_NS = 1_000_000;
/** A call that takes longer than this was asleep, so the queue was empty when it was entered. */
const ASLEEP_NS = 10_000_000;
/** The end of a call, from the dequeue on, is taken to be no longer than this. */
const MAX_TAIL_NS = 100_000;
/** What happens this long after an instant says nothing more about that instant. */
export const DECIDED_NS = PROMPT_NS + 2 * MAX_TAIL_NS;
/** A SYN reaches the listener within this time of leaving a client on the same host. */
const SYN_FLIGHT_NS = 1_000_000;
/** A sample this old has its bounds, once everything up to then was played. */
export const SAMPLED_NS = SYN_FLIGHT_NS + DECIDED_NS;

export class QueueTimeline {
  /** Operations that wait, in order of time. */
  private waiting: Operation[] = [];
  private head = 0;
  private readonly inFlight = new Set<AcceptCall>();
  /** How long the shortest prompt call took; null before the first. */
  private tail: number | null = null;
  private flying: DepthSample[] = [];
  private readonly readings: Readings;

  /** `readings` count each reading that the rebuilt length does not explain. */
  constructor(readings: Readings) {
    this.readings = readings;
  }

  get length(): number {
    return this.waiting.length - this.head;
  }

  /** The operations that wait, for a look ahead. */
  pending(): readonly Operation[] {
    return this.waiting.slice(this.head);
  }

  add(operation: Operation): void {
    const { waiting } = this;
    waiting.push(operation);
    let i = waiting.length - 1;
    for (; i > this.head && waiting[i - 1].at > operation.at; i--) waiting[i] = waiting[i - 1];
    waiting[i] = operation;
  }

  /** Accepts that were entered and have not returned, as far as the play has come. */
  get underWay(): ReadonlySet<AcceptCall> {
    return this.inFlight;
  }

  /** Plays what can be decided at time `now` into the queue; nothing that is later than `until`. */
  play(queue: AcceptQueue, now: number, until: number): void {
    while (this.head < this.waiting.length) {
      const operation = this.waiting[this.head];
      if (operation.at > now - MAX_TAIL_NS || operation.at > until) break;
      if (operation.kind === 'enter' && this.undecided(queue, operation.call, now)) break;
      this.head++;
      this.apply(queue, operation);
    }
    if (this.head > 256 && this.head * 2 > this.waiting.length) this.trim();
  }

  /** Forgets what was played. */
  trim(): void {
    if (this.head === 0) return;
    this.waiting = this.waiting.slice(this.head);
    this.head = 0;
  }

  /** At the end: tasks still asleep in accept() show that nothing older than their call is left. */
  settle(queue: AcceptQueue, at: number): void {
    if (queue.unseenArrivals === 0) return;
    for (const call of this.inFlight)
      if (!call.took && at - call.entered > ASLEEP_NS) queue.seenEmpty(call.entered, at, 0);
  }

  private undecided(queue: AcceptQueue, call: AcceptCall, now: number): boolean {
    return queue.depth > 0 && call.exited === null && now - call.entered <= PROMPT_NS;
  }

  private apply(queue: AcceptQueue, operation: Operation): void {
    switch (operation.kind) {
      case 'enqueue':
        queue.enqueue(operation.child, this.inFlight.size);
        for (const sample of this.flying) {
          if (operation.at - sample.at <= SYN_FLIGHT_NS && sample.high !== null)
            sample.high = Math.max(sample.high, queue.depth);
        }
        return;
      case 'enter':
        this.enter(queue, operation.call);
        return;
      case 'leave':
        this.inFlight.delete(operation.call);
        return;
      case 'take':
        this.take(queue, operation.call, operation.at);
        return;
      case 'empty':
        queue.seenEmpty(operation.entered, operation.at, this.inFlight.size);
        return;
      case 'reading':
        this.reading(queue, operation.at, operation.depth);
        return;
      case 'sample':
        operation.sample.high = queue.depth;
        operation.sample.low = Math.max(0, queue.depth - this.inFlight.size);
        this.flying = this.flying.filter((other) => operation.at - other.at <= SYN_FLIGHT_NS);
        this.flying.push(operation.sample);
        return;
    }
  }

  /** The kernel's own length tells that accept() calls under way have taken theirs by now: those first that were entered first. */
  private reading(queue: AcceptQueue, at: number, depth: number): void {
    if (Math.abs(queue.depth - depth) > this.inFlight.size) this.readings.misses++;
    for (const call of this.inFlight) {
      if (queue.depth <= depth) return;
      if (!call.applied && (call.took || call.exited === null)) this.take(queue, call, at);
    }
  }

  private enter(queue: AcceptQueue, call: AcceptCall): void {
    this.inFlight.add(call);
    call.played = true;
    if (!call.took || call.exited === null) return;
    const duration = call.exited - call.entered;
    if (queue.depth > 0 && duration <= PROMPT_NS && !this.wasOutrun(queue, call, call.exited)) {
      if (this.tail === null || duration < this.tail) this.tail = duration;
      this.take(queue, call, call.entered);
    } else this.add({ kind: 'take', at: this.takenAt(call, call.exited), call });
  }

  /**
   * Others that entered later and took less time leave nothing for this one, or would find nothing themselves: they were first at the
   * queue's lock, and this one slept until the next arrival.
   */
  private wasOutrun(queue: AcceptQueue, call: AcceptCall, exited: number): boolean {
    const duration = exited - call.entered;
    if (this.tail === null || duration <= 2 * this.tail) return false;
    let left = queue.depth - 1;
    let outrun = false;
    for (let k = this.head; k < this.waiting.length && this.waiting[k].at <= exited; k++) {
      const operation = this.waiting[k];
      if (operation.kind === 'enqueue') {
        if (outrun) return true;
        left++;
      } else if (operation.kind === 'take') left--;
      else if (operation.kind === 'enter') {
        const { took, exited: over } = operation.call;
        if (took && over !== null && over - operation.at < duration && over < exited) left--;
      }
      if (left < 0) outrun = true;
    }
    return false;
  }

  /** The call is over. Where its entry was played already, it had to wait: its dequeue comes now. */
  left(call: AcceptCall, exited: number): void {
    if (call.took && !call.applied && call.played) this.add({ kind: 'take', at: this.takenAt(call, exited), call });
    this.add({ kind: 'leave', at: exited, call });
  }

  private takenAt(call: AcceptCall, exited: number): number {
    return Math.max(call.entered, exited - Math.min(this.tail ?? 0, MAX_TAIL_NS));
  }

  private take(queue: AcceptQueue, call: AcceptCall, at: number): void {
    if (call.applied) return;
    call.applied = true;
    const exited = call.exited ?? at;
    if (queue.unseenArrivals > 0 && exited - call.entered > ASLEEP_NS)
      queue.seenEmpty(call.entered, at, this.inFlight.size);
    call.child = queue.dequeue(at, exited, call.tid, call.entered, call.result < 0 ? 'lost_in_accept' : 'accepted');
  }
}
