// Batches in shared memory, handed from the thread that fills them to those that use them, and back. Their number bounds memory.
import { NumberedBatch, ROW_BYTES } from '../../core/event/numbered-batch.ts';

/** What a thread is given to have the same batches. */
export interface SharedMemory {
  readonly batches: readonly SharedArrayBuffer[];
  /** For each batch how many threads still use it, and last a count of those given back. */
  readonly users: Int32Array<SharedArrayBuffer>;
}

export const shareMemory = (batches: number, rows: number): SharedMemory => ({
  batches: Array.from({ length: batches }, () => new SharedArrayBuffer(rows * ROW_BYTES)),
  users: new Int32Array(new SharedArrayBuffer(4 * (batches + 1))),
});

export class SharedBatches {
  private readonly batches: readonly NumberedBatch[];
  private readonly users: Int32Array<SharedArrayBuffer>;

  constructor({ batches, users }: SharedMemory) {
    this.batches = batches.map((memory) => new NumberedBatch(memory));
    this.users = users;
  }

  /** A batch that nobody uses, for so many users; waits until there is one. For one thread only. */
  take(users: number): NumberedBatch {
    const { batches, users: counts } = this;
    for (;;) {
      const returned = Atomics.load(counts, batches.length);
      for (let slot = 0; slot < batches.length; slot++) {
        if (Atomics.load(counts, slot) !== 0) continue;
        Atomics.store(counts, slot, users);
        batches[slot].clear();
        return batches[slot];
      }
      Atomics.wait(counts, batches.length, returned);
    }
  }

  slotOf(batch: NumberedBatch): number {
    return this.batches.indexOf(batch);
  }

  /** The batch that another thread has filled. */
  filled({ slot, position, length }: FilledBatch): NumberedBatch {
    const batch = this.batches[slot];
    batch.position = position;
    batch.length = length;
    return batch;
  }

  /** One user needs it no longer. */
  giveBack(slot: number): void {
    const { batches, users } = this;
    if (Atomics.sub(users, slot, 1) !== 1) return;
    Atomics.add(users, batches.length, 1);
    Atomics.notify(users, batches.length);
  }
}

/** A batch by its place in the shared memory. */
export interface FilledBatch {
  readonly slot: number;
  readonly position: number;
  readonly length: number;
}
