// One accept queue over time: first in, first out; its length, how long it kept each length, who waited how long.

/** A connection in the queue. */
export interface Child {
  sk: number | null;
  remote: number | null;
  syn_at: number | null;
  syns: number | null;
  enqueued_at: number;
  depth: number;
  in_flight: number;
}

/** How a child left the queue; `child` is null when its arrival is not in the capture. */
export interface Departure {
  readonly child: Child | null;
  readonly at: number | null;
  readonly tid: number | null;
  /** When the accept() that took it was entered. */
  readonly entered: number | null;
  readonly end: 'accepted' | 'lost_in_accept' | 'aborted' | 'left' | 'unseen';
}

/** Whose queue it is: told of each departure. An object and no function, so that the fold can be saved. */
export interface QueueOwner {
  left(departure: Departure): void;
}

/** A dequeue that found nothing to take. */
interface Debt {
  readonly at: number;
  readonly latest: number;
  readonly tid: number;
  readonly entered: number;
  readonly end: 'accepted' | 'lost_in_accept';
}

/** A dequeue may be stamped this much before the enqueue it belongs to: buffers of two CPUs are ordered by clocks alone. */
const SKEW_NS = 100_000;
/** Connections waited this long without one being taken: a pause of the acceptor. */
export const PAUSE_NS = 100_000_000;

export class AcceptQueue {
  /** ns[d]: how long the queue had length d. */
  readonly timeAtDepth: number[] = [];
  depthMax = 0;
  enqueued = 0;
  accepted = 0;
  lostInAccept = 0;
  unseenArrivals = 0;
  unseenAccepts = 0;
  waitingNs = 0;
  longestPauseNs = 0;
  longestPauseAt = 0;
  pauses = 0;
  pausedNs = 0;
  private fifo: Child[] = [];
  private head = 0;
  /** Connections at the head that were there before the capture began. */
  private ahead: number;
  private lastChange: number;
  private waitingSince: number;
  private debts: Debt[] = [];
  private readonly owner: QueueOwner;

  /** `ahead` connections are in the queue at `from`. */
  constructor(from: number, ahead: number, owner: QueueOwner) {
    this.ahead = ahead;
    this.lastChange = from;
    this.waitingSince = from;
    this.depthMax = ahead;
    this.owner = owner;
  }

  get depth(): number {
    return this.fifo.length - this.head + this.ahead;
  }

  /** Connections that wait and arrived in the capture, in order. Before them are `unknownAhead` that were there when it began. */
  get waiting(): readonly Child[] {
    return this.fifo.slice(this.head);
  }

  get unknownAhead(): number {
    return this.ahead;
  }

  /** Forgets what has left. */
  trim(): void {
    if (this.head === 0) return;
    this.fifo = this.fifo.slice(this.head);
    this.head = 0;
  }

  enqueue(child: Child, inFlight: number): void {
    this.enqueued++;
    const at = child.enqueued_at;
    this.settleDebts(at);
    const debt = this.debts.shift();
    this.advance(at);
    if (this.depth === 0) this.waitingSince = at;
    child.depth = this.depth + 1;
    child.in_flight = inFlight;
    if (debt !== undefined) {
      this.depthMax = Math.max(this.depthMax, child.depth);
      this.count(debt.end);
      this.owner.left({ child, at: Math.max(at, debt.latest), tid: debt.tid, entered: debt.entered, end: debt.end });
      return;
    }
    this.fifo.push(child);
    if (child.depth > this.depthMax) this.depthMax = child.depth;
  }

  /** A connection leaves at `at`, no later than `latest` (the return of its accept()). Returns it; null: it is not known which. */
  dequeue(at: number, latest: number, tid: number, entered: number, end: 'accepted' | 'lost_in_accept'): Child | null {
    this.settleDebts(at);
    if (this.depth === 0) {
      this.debts.push({ at, latest, tid, entered, end });
      return null;
    }
    this.advance(at);
    this.pause(at);
    this.count(end);
    this.waitingSince = at;
    if (this.ahead > 0) {
      this.ahead--;
      this.owner.left({ child: null, at, tid, entered, end });
      return null;
    }
    const child = this.shift();
    this.owner.left({ child, at, tid, entered, end });
    return child;
  }

  /** The queue was seen empty by a call that entered at `entered`: what is older and not about to be taken left unseen. */
  seenEmpty(entered: number, at: number, othersInFlight: number): void {
    let stale = this.ahead;
    for (let i = this.head; i < this.fifo.length && this.fifo[i].enqueued_at < entered - SKEW_NS; i++) stale++;
    const surplus = stale - othersInFlight;
    if (surplus <= 0) return;
    this.advance(at);
    for (let i = 0; i < surplus; i++) {
      this.unseenAccepts++;
      if (this.ahead > 0) this.ahead--;
      else this.owner.left({ child: this.shift(), at: null, tid: null, entered: null, end: 'unseen' });
    }
    this.waitingSince = at;
  }

  /** Takes a child back out that turned out to belong to another listener. False when it has already left. */
  withdraw(child: Child): boolean {
    const index = this.fifo.indexOf(child, this.head);
    if (index < 0) return false;
    this.fifo.splice(index, 1);
    this.enqueued--;
    return true;
  }

  /** Ends the account: what is left departs with `end`. Returns how many that were. */
  finish(at: number, end: 'aborted' | 'left'): number {
    this.settleDebts(Number.POSITIVE_INFINITY);
    this.advance(at);
    if (this.depth > 0) this.pause(at);
    const left = this.depth;
    for (; this.ahead > 0; this.ahead--) this.owner.left({ child: null, at: null, tid: null, entered: null, end });
    while (this.head < this.fifo.length)
      this.owner.left({ child: this.shift(), at: end === 'aborted' ? at : null, tid: null, entered: null, end });
    return left;
  }

  private shift(): Child {
    const child = this.fifo[this.head++];
    if (this.head > 1024 && this.head * 2 > this.fifo.length) this.trim();
    return child;
  }

  private count(end: 'accepted' | 'lost_in_accept'): void {
    if (end === 'accepted') this.accepted++;
    else this.lostInAccept++;
  }

  private advance(at: number): void {
    const elapsed = at - this.lastChange;
    if (elapsed <= 0) return;
    const { depth } = this;
    while (this.timeAtDepth.length <= depth) this.timeAtDepth.push(0);
    this.timeAtDepth[depth] += elapsed;
    if (depth > 0) this.waitingNs += elapsed;
    this.lastChange = at;
  }

  private pause(at: number): void {
    const pause = at - this.waitingSince;
    if (pause > this.longestPauseNs) {
      this.longestPauseNs = pause;
      this.longestPauseAt = this.waitingSince;
    }
    if (pause >= PAUSE_NS) {
      this.pauses++;
      this.pausedNs += pause;
    }
  }

  /** Accepts that found nothing to take and for which no arrival followed at once took something unseen. */
  private settleDebts(at: number): void {
    while (this.debts.length > 0 && at - this.debts[0].at > SKEW_NS) {
      const debt = this.debts.shift();
      if (debt === undefined) return;
      this.unseenArrivals++;
      this.count(debt.end);
      this.owner.left({ child: null, at: debt.at, tid: debt.tid, entered: debt.entered, end: debt.end });
    }
  }
}
