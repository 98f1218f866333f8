// One listener in a replay: its accept queue, its SYN queue's length, how long it had which length, and who waits for connections.
import { widenedRing } from './widened-ring.ts';

export class MemberQueue {
  depth = 0;
  /** Requests in the SYN queue, and the most there were at once. */
  qlen = 0;
  mostRequests = 0;
  /** Time at each length, nanoseconds. */
  readonly timeAt: number[] = [0];
  /** Acceptors with nothing to do, the one that waited longest first. */
  readonly idle: number[] = [];
  #connections = new Int32Array(64);
  #enqueuedAt = new Float64Array(64);
  #head = 0;
  #since = 0;

  addRequest(): void {
    if (++this.qlen > this.mostRequests) this.mostRequests = this.qlen;
  }

  enqueue(connection: number, at: number): void {
    this.#account(at);
    if (this.depth === this.#connections.length) this.#grow();
    const k = (this.#head + this.depth) & (this.#connections.length - 1);
    this.#connections[k] = connection;
    this.#enqueuedAt[k] = at;
    this.depth++;
    if (this.depth === this.timeAt.length) this.timeAt.push(0);
  }

  /** The oldest connection, and since when it waits. */
  get oldest(): number {
    return this.#connections[this.#head];
  }

  get oldestAt(): number {
    return this.#enqueuedAt[this.#head];
  }

  /** Takes the oldest connection out. */
  dequeue(at: number): void {
    this.#account(at);
    this.#head = (this.#head + 1) & (this.#connections.length - 1);
    this.depth--;
  }

  finish(at: number): void {
    this.#account(at);
  }

  #account(at: number): void {
    this.timeAt[this.depth] += at - this.#since;
    this.#since = at;
  }

  #grow(): void {
    this.#connections = widenedRing(this.#connections, this.#head);
    this.#enqueuedAt = widenedRing(this.#enqueuedAt, this.#head);
    this.#head = 0;
  }
}
