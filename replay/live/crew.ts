// The threads of a live replay: started once, given a warm-up and the replay, ended with it.
import { Worker } from 'node:worker_threads';
import { READY, type RunMemory, STARTED, STOP } from './run-memory.ts';
import type { Round } from './thread.ts';
import { monotonic } from './waiter.ts';

/** From all threads being ready to the zero of the replay's clock. */
const LEAD_NS = 20e6;

export class Crew {
  readonly #workers: readonly Worker[];
  /** Settles when a thread fails: never otherwise. */
  readonly #failed: Promise<never>;

  /** The last one has the clients. */
  constructor(threads: number) {
    this.#workers = Array.from({ length: threads }, () => new Worker(new URL('./thread.js', import.meta.url)));
    this.#failed = new Promise<never>((_, reject) => {
      for (const worker of this.#workers) {
        worker.once('error', reject);
        worker.once('exit', (code) => reject(new Error(`a thread of the replay ended with ${code}`)));
      }
    });
    // there may be nobody who waits when it is ended
    this.#failed.catch(() => undefined);
  }

  /**
   * Has each thread play its round; they begin together.
   * @param started called when they have.
   * @returns when the clients' is over and the others have stopped.
   */
  async play(memory: RunMemory, rounds: readonly Round[], started: () => void): Promise<void> {
    const over = rounds.map((round, k) => {
      const worker = this.#workers[k];
      worker.postMessage(round);
      return new Promise<void>((resolve) => worker.once('message', () => resolve()));
    });
    while (Atomics.load(memory.control, READY) < rounds.length)
      await Promise.race([new Promise((resolve) => setTimeout(resolve, 2)), this.#failed]);
    memory.start[0] = monotonic() + LEAD_NS;
    Atomics.store(memory.control, STARTED, 1);
    Atomics.notify(memory.control, STARTED);
    started();
    try {
      await Promise.race([over[over.length - 1], this.#failed]);
    } finally {
      Atomics.store(memory.control, STOP, 1);
    }
    await Promise.race([Promise.all(over), this.#failed]);
  }

  async end(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}
