// What is still to happen in a replay, soonest first: lanes for events that come in the order of their planning, a heap for the rest.
import { EventHeap } from './event-heap.ts';
import { EventLane } from './event-lane.ts';

/**
 * A million clients that all try again have as many events ahead of them; in one heap each costs a walk through memory. Nearly all
 * of them are timers of a few lengths, so that those of one length are in order already.
 */
export class Agenda {
  readonly #lanes: EventLane[];
  /** Lanes that are not empty, a binary heap by their first event. */
  readonly #heads: EventLane[] = [];
  readonly #rest = new EventHeap();
  #planned = 0;

  /** @param kinds of event, one for each lane. */
  constructor(kinds: readonly number[]) {
    this.#lanes = kinds.map((kind) => new EventLane(kind));
  }

  /** Time of the next event, nanoseconds; Infinity for none. */
  get next(): number {
    const rest = this.#rest.next;
    if (this.#heads.length === 0) return rest;
    const { firstAt } = this.#heads[0];
    return firstAt < rest ? firstAt : rest;
  }

  get kind(): number {
    return this.#isRest() ? this.#rest.kind : this.#heads[0].kind;
  }

  get who(): number {
    return this.#isRest() ? this.#rest.who : this.#heads[0].who;
  }

  /** Plans an event whose time has no order. */
  push(at: number, kind: number, who: number): void {
    this.#rest.push(at, kind, who, this.#planned++);
  }

  /** Plans an event that most likely comes after all that are in its lane; where it does not, the order holds all the same. */
  pushInto(index: number, at: number, who: number): void {
    const lane = this.#lanes[index];
    const order = this.#planned++;
    if (!lane.push(at, order, who)) this.#rest.push(at, lane.kind, who, order);
    else if (lane.size === 1) this.#rise(lane);
  }

  /** Takes the next event out. */
  pop(): void {
    if (this.#isRest()) {
      this.#rest.pop();
      return;
    }
    const heads = this.#heads;
    const lane = heads[0];
    lane.pop();
    if (lane.size > 0) this.#sink(lane);
    else {
      const last = heads.pop() as EventLane;
      if (last !== lane) this.#sink(last);
    }
  }

  #isRest(): boolean {
    if (this.#heads.length === 0) return true;
    const { firstAt, firstOrder } = this.#heads[0];
    const rest = this.#rest.next;
    return rest < firstAt || (rest === firstAt && this.#rest.order < firstOrder);
  }

  #rise(lane: EventLane): void {
    const heads = this.#heads;
    let k = heads.push(lane) - 1;
    for (; k > 0; ) {
      const parent = (k - 1) >> 1;
      if (before(heads[parent], lane)) break;
      heads[k] = heads[parent];
      k = parent;
    }
    heads[k] = lane;
  }

  /** Puts a lane where it belongs, from the root down. */
  #sink(lane: EventLane): void {
    const heads = this.#heads;
    let k = 0;
    for (;;) {
      let child = 2 * k + 1;
      if (child >= heads.length) break;
      if (child + 1 < heads.length && before(heads[child + 1], heads[child])) child++;
      if (before(lane, heads[child])) break;
      heads[k] = heads[child];
      k = child;
    }
    heads[k] = lane;
  }
}

const before = (a: EventLane, b: EventLane): boolean =>
  a.firstAt < b.firstAt || (a.firstAt === b.firstAt && a.firstOrder < b.firstOrder);
