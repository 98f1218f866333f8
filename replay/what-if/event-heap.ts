// What is still to happen in a replay, soonest first: a binary heap over typed arrays, without an object per event.

export class EventHeap {
  #at: Float64Array;
  /** Breaks ties: what was planned first happens first. */
  #order: Float64Array;
  #kind: Uint8Array;
  #who: Int32Array;
  #size = 0;
  #planned = 0;

  constructor(capacity = 1024) {
    this.#at = new Float64Array(capacity);
    this.#order = new Float64Array(capacity);
    this.#kind = new Uint8Array(capacity);
    this.#who = new Int32Array(capacity);
  }

  get size(): number {
    return this.#size;
  }

  /** Time of the next event, nanoseconds; Infinity for none. */
  get next(): number {
    return this.#size === 0 ? Number.POSITIVE_INFINITY : this.#at[0];
  }

  /** Which of the events of its instant the next one is: the lower comes first. */
  get order(): number {
    return this.#order[0];
  }

  get kind(): number {
    return this.#kind[0];
  }

  get who(): number {
    return this.#who[0];
  }

  /** @param order of its planning, where others than this heap plan too. */
  push(at: number, kind: number, who: number, order = this.#planned++): void {
    if (this.#size === this.#at.length) this.#grow();
    let k = this.#size++;
    while (k > 0) {
      const parent = (k - 1) >> 1;
      if (this.#at[parent] < at || (this.#at[parent] === at && this.#order[parent] < order)) break;
      this.#move(parent, k);
      k = parent;
    }
    this.#set(k, at, order, kind, who);
  }

  /** Takes the next event out. */
  pop(): void {
    const last = --this.#size;
    if (last <= 0) return;
    const at = this.#at[last];
    const order = this.#order[last];
    const kind = this.#kind[last];
    const who = this.#who[last];
    let k = 0;
    for (;;) {
      let child = 2 * k + 1;
      if (child >= last) break;
      if (child + 1 < last && this.#before(child + 1, child)) child++;
      if (at < this.#at[child] || (at === this.#at[child] && order < this.#order[child])) break;
      this.#move(child, k);
      k = child;
    }
    this.#set(k, at, order, kind, who);
  }

  #before(a: number, b: number): boolean {
    return this.#at[a] < this.#at[b] || (this.#at[a] === this.#at[b] && this.#order[a] < this.#order[b]);
  }

  #move(from: number, to: number): void {
    this.#set(to, this.#at[from], this.#order[from], this.#kind[from], this.#who[from]);
  }

  #set(k: number, at: number, order: number, kind: number, who: number): void {
    this.#at[k] = at;
    this.#order[k] = order;
    this.#kind[k] = kind;
    this.#who[k] = who;
  }

  #grow(): void {
    const widen = <T extends Float64Array | Uint8Array | Int32Array>(old: T): T => {
      const wide = new (old.constructor as new (n: number) => T)(old.length * 2);
      wide.set(old);
      return wide;
    };
    this.#at = widen(this.#at);
    this.#order = widen(this.#order);
    this.#kind = widen(this.#kind);
    this.#who = widen(this.#who);
  }
}
