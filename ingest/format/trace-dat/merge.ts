// Takes the streams of all CPUs in order of time: always the one whose current item is oldest (a binary heap).
import type { CpuStream } from './cpu-stream.ts';

export class Merge {
  private readonly heap: CpuStream[] = [];

  /** Adds a stream that has a current item. */
  add(stream: CpuStream): void {
    const { heap } = this;
    let at = heap.push(stream) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent].time <= stream.time) break;
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = stream;
  }

  /** The stream with the oldest item; undefined when none is left. */
  get oldest(): CpuStream | undefined {
    return this.heap[0];
  }

  /** Time of the oldest item of the other streams: until then the oldest stream may go on alone. */
  get limit(): number {
    const { heap } = this;
    const left = heap.length > 1 ? heap[1].time : Number.POSITIVE_INFINITY;
    return heap.length > 2 ? Math.min(left, heap[2].time) : left;
  }

  /** To be called when the oldest stream has gone to a later item. */
  settle(): void {
    this.sink(this.heap[0]);
  }

  /** Takes the oldest stream, which has ended, out. */
  remove(): void {
    const last = this.heap.pop();
    if (last !== undefined && this.heap.length > 0) this.sink(last);
  }

  /** Puts a stream where the first one was, and moves it down to its place. */
  private sink(stream: CpuStream): void {
    const { heap } = this;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1].time < heap[child].time) child++;
      if (heap[child].time >= stream.time) break;
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = stream;
  }
}
