// The accept queue of one listener, as recorded and as the model has it: accept() is seen entering and leaving, and takes in between.
import type { Addr } from '../../core/kernel/address.ts';
import type { OpenFile } from '../../core/kernel/files.ts';
import type { Sock } from '../../core/kernel/sock.ts';
import type { ModelWorld } from './model-world.ts';

/*
 * The model's queue is as long as the capture allows: a connection leaves it when the accept() that took it is seen to end. Where
 * something shows that the queue was shorter (an enqueue that needed room, a reading), accepts under way are made to take theirs then.
 * The one that ends first among those that had begun by then is the one that did: if any order of the kernel's explains the
 * capture, this one does. An accept() that ends without a connection cannot have been it.
 */

/** Times of two CPUs are told apart from here on, nanoseconds. */
export const CPU_SKEW_NS = 20_000;
/** An accept() under way for so long is asleep, nanoseconds. */
export const ASLEEP_NS = 10_000_000;

/** An accept() under way. */
export interface Accepting {
  readonly tid: number;
  readonly entered: number;
  /** At some instant since it began the queue may have been empty. */
  sawEmpty: boolean;
  /** It was under way when the length was read. */
  ambiguous: boolean;
}

export type Taken = 'taken' | 'from-unknown' | 'empty';

export class QueueModel {
  readonly file: OpenFile;
  readonly sk: Sock;
  /** Where unseen arrivals are sent to. */
  local: Addr;
  /** The queue's length was known at some instant, and everything since was seen. */
  known: boolean;
  readonly accepting = new Map<number, Accepting>();
  /** Instants by which accepts under way must have taken a connection, oldest first; each waits for the accept() that did. */
  readonly forced: number[] = [];
  /** Accepts that ended with a connection which they took just before the length was read, or just after: the queue may be so much shorter. */
  optional = 0;
  /** Connections that accepts took before their arrival was seen, with the instant until which it may still come. */
  readonly owed: { readonly at: number; readonly until: number; readonly position: number; readonly tid: number }[] =
    [];
  lastEnqueued = Number.NEGATIVE_INFINITY;
  lastTaken = Number.NEGATIVE_INFINITY;
  readonly #world: ModelWorld;
  #recent: { readonly at: number; readonly cpu: number }[] = [];

  constructor(world: ModelWorld, file: OpenFile, local: Addr, known: boolean) {
    this.#world = world;
    this.file = file;
    this.sk = file.socket?.sk as Sock;
    this.local = local;
    this.known = known;
  }

  get depth(): number {
    return this.sk.ackBacklog;
  }

  /** How many accepts under way may have taken theirs already. */
  get mayHaveTaken(): number {
    return Math.max(0, this.accepting.size - this.forced.length) + this.optional;
  }

  enter(tid: number, at: number, cpu: number): void {
    const accepting: Accepting = { tid, entered: at, sawEmpty: false, ambiguous: false };
    this.accepting.set(tid, accepting);
    const atMost = this.depth - this.recentEnqueues(at, cpu) - this.optional;
    if (atMost <= 0) accepting.sawEmpty = true;
    // this one may have shortened the queue for the others
    const least = atMost - (this.accepting.size - this.forced.length - 1);
    if (least <= 0 && this.accepting.size > 1) for (const other of this.accepting.values()) other.sawEmpty = true;
  }

  /** An accept() under way, or none, has taken a connection by `at`. False when there is none that could. */
  force(at: number): boolean {
    if (this.mayHaveTaken === 0 || this.depth === 0) return false;
    if (this.optional > 0) this.optional--;
    else this.forced.push(at);
    this.#world.accept(this.file, 0);
    if (this.depth === 0) for (const accepting of this.accepting.values()) accepting.sawEmpty = true;
    return true;
  }

  /** An accept() that took a connection ends. */
  leftWith(tid: number, at: number): Taken {
    const accepting = this.accepting.get(tid);
    this.accepting.delete(tid);
    this.lastTaken = at;
    const index = accepting === undefined ? -1 : this.forced.findIndex((instant) => instant >= accepting.entered);
    if (index >= 0) {
      this.forced.splice(index, 1);
      return 'taken';
    }
    if (accepting?.ambiguous) {
      if (this.depth > 0) this.optional++;
      return 'taken';
    }
    if (this.depth > 0) {
      this.#world.accept(this.file, 0);
      return 'taken';
    }
    return this.known ? 'empty' : 'from-unknown';
  }

  /** An accept() that took none ends. @returns instants at which one was said to have taken, and none that could is left. */
  leftWithout(tid: number): number[] {
    this.accepting.delete(tid);
    const orphans: number[] = [];
    for (let k = this.forced.length - 1; k >= 0; k--) {
      let candidates = 0;
      for (const { entered } of this.accepting.values()) if (entered <= this.forced[k]) candidates++;
      if (candidates < k + 1) orphans.unshift(...this.forced.splice(k, 1));
    }
    return orphans;
  }

  /** A child that the capture shows enters the queue, if the model lets it. */
  enqueue(local: Addr, at: number, cpu: number): 'enqueued' | 'full' | 'nowhere' {
    const outcome = this.#world.arrive(this.sk, local);
    if (outcome === 'enqueued') this.#noteEnqueue(at, cpu);
    return outcome;
  }

  /** The length was read: it is a fact, and what accepts under way did before is not known. */
  read(depth: number): void {
    this.setDepth(depth);
    this.forced.length = 0;
    this.optional = 0;
    for (const accepting of this.accepting.values()) {
      accepting.ambiguous = true;
      if (depth === 0) accepting.sawEmpty = true;
    }
  }

  /** Makes the queue as long as it was seen to be. */
  setDepth(depth: number): void {
    while (this.depth > depth) this.#world.accept(this.file, 0);
    const { maxAckBacklog } = this.sk;
    // the length is a fact here, whatever the limit
    this.sk.maxAckBacklog = Math.max(maxAckBacklog, depth);
    while (this.depth < depth && this.#world.arrive(this.sk, this.local) === 'enqueued');
    this.sk.maxAckBacklog = maxAckBacklog;
  }

  /** Events were lost: nothing is known of the length any more, nor of what accepts under way did. */
  forget(): void {
    this.known = false;
    this.forced.length = 0;
    this.optional = 0;
    this.owed.length = 0;
    for (const accepting of this.accepting.values()) accepting.sawEmpty = true;
  }

  /** How many arrivals other CPUs recorded so shortly before that they may have come after. */
  recentEnqueues(at: number, cpu: number): number {
    let count = 0;
    for (let k = this.#recent.length - 1; k >= 0 && this.#recent[k].at >= at - CPU_SKEW_NS; k--)
      if (this.#recent[k].cpu !== cpu) count++;
    return count;
  }

  #noteEnqueue(at: number, cpu: number): void {
    this.lastEnqueued = at;
    if (this.#recent.length >= 64) this.#recent = this.#recent.slice(32);
    this.#recent.push({ at, cpu });
  }
}
