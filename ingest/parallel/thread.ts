// A thread and its messages, to be awaited one by one.
import { Worker } from 'node:worker_threads';

/** Most objects die young: with more room for them they are not moved around before. */
const YOUNG_MB = 32;

/** Threads are started from compiled files only. */
export const CAN_START_THREADS = import.meta.url.endsWith('.js');

export class Thread<In> {
  private readonly worker: Worker;
  private readonly arrived: In[] = [];
  private failure: Error | null = null;
  private wake: (() => void) | null = null;

  /** `name` is a file beside this one, without its ending. */
  constructor(name: string, data: unknown) {
    this.worker = new Worker(new URL(`./${name}.js`, import.meta.url), {
      workerData: data,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    this.worker.on('message', (message: In) => {
      this.arrived.push(message);
      this.woken();
    });
    this.worker.on('error', (error: Error) => {
      this.failure = error;
      this.woken();
    });
  }

  /** `moved` are its buffers that go over and are not to be used here any more. */
  send(message: unknown, moved: readonly ArrayBuffer[] = []): void {
    this.worker.postMessage(message, moved);
  }

  /** The next message if one is there. Throws what the thread died of. */
  poll(): In | undefined {
    const message = this.arrived.shift();
    if (message === undefined && this.failure !== null) throw this.failure;
    return message;
  }

  /** The next message. Throws what the thread died of. */
  async next(): Promise<In> {
    for (;;) {
      const message = this.poll();
      if (message !== undefined) return message;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  end(): Promise<number> {
    return this.worker.terminate();
  }

  private woken(): void {
    this.wake?.();
    this.wake = null;
  }
}
