// One listener in a replay: its accept queue, its SYN queue's length, how long it had which length, and who waits for connections.

export class MemberQueue {
  depth = 0;
  /** Requests in the SYN queue. */
  qlen = 0;
  /** Time at each length, nanoseconds. */
  readonly timeAt: number[] = [0];
  /** Acceptors with nothing to do, the one that waited longest first. */
  readonly idle: number[] = [];
  #ring = new Int32Array(64);
  #head = 0;
  #since = 0;

  enqueue(connection: number, at: number): void {
    this.#account(at);
    if (this.depth === this.#ring.length) this.#grow();
    this.#ring[(this.#head + this.depth) & (this.#ring.length - 1)] = connection;
    this.depth++;
    if (this.depth === this.timeAt.length) this.timeAt.push(0);
  }

  /** The oldest connection. */
  dequeue(at: number): number {
    this.#account(at);
    const connection = this.#ring[this.#head];
    this.#head = (this.#head + 1) & (this.#ring.length - 1);
    this.depth--;
    return connection;
  }

  finish(at: number): void {
    this.#account(at);
  }

  #account(at: number): void {
    this.timeAt[this.depth] += at - this.#since;
    this.#since = at;
  }

  #grow(): void {
    const ring = new Int32Array(this.#ring.length * 2);
    for (let k = 0; k < this.depth; k++) ring[k] = this.#ring[(this.#head + k) & (this.#ring.length - 1)];
    this.#ring = ring;
    this.#head = 0;
  }
}
