// Events of a replay that are planned in the order of their time, as timers of one length are: a ring, without an object per event.
import { widenedRing } from './widened-ring.ts';

export class EventLane {
  readonly kind: number;
  /** Time of its first event, nanoseconds, and its place among those of that instant: what was planned first happens first. */
  firstAt = Number.POSITIVE_INFINITY;
  firstOrder = 0;
  size = 0;
  #lastAt = Number.NEGATIVE_INFINITY;
  #at = new Float64Array(4);
  #order = new Float64Array(4);
  #who = new Int32Array(4);
  #head = 0;

  constructor(kind: number) {
    this.kind = kind;
  }

  /** Of the first event. */
  get who(): number {
    return this.#who[this.#head];
  }

  /** @returns false when the event would come before the last one: then it has no place here. */
  push(at: number, order: number, who: number): boolean {
    if (this.size === 0) {
      this.firstAt = at;
      this.firstOrder = order;
    } else if (at < this.#lastAt) return false;
    if (this.size === this.#at.length) this.#grow();
    const k = (this.#head + this.size) & (this.#at.length - 1);
    this.#at[k] = at;
    this.#order[k] = order;
    this.#who[k] = who;
    this.#lastAt = at;
    this.size++;
    return true;
  }

  /** Takes the first event out. */
  pop(): void {
    this.size--;
    this.#head = (this.#head + 1) & (this.#at.length - 1);
    if (this.size === 0) return;
    this.firstAt = this.#at[this.#head];
    this.firstOrder = this.#order[this.#head];
  }

  #grow(): void {
    this.#at = widenedRing(this.#at, this.#head);
    this.#order = widenedRing(this.#order, this.#head);
    this.#who = widenedRing(this.#who, this.#head);
    this.#head = 0;
  }
}
