// The writing end of a stream's bytes: from the pipe to the reading thread, no more at a time than that can take.
import type { Hash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { FLIGHT, type LiveMessage, MESSAGES, MOST, type ToLive } from './live-messages.ts';
import type { Thread } from './thread.ts';

/** A stopped stream's last bytes: who made them was stopped as well, and says what it still has. */
const LAST_WORDS_MS = 2000;

/** How a stream is ended before its own end. */
export interface Stopping {
  /** Aborted: it ends when its last bytes had time to come. */
  readonly stop: AbortSignal;
  /** Aborted: it ends with what is there. */
  readonly atOnce: AbortSignal;
}

export class LivePipe {
  readonly counts = new Int32Array(new SharedArrayBuffer(8));
  /** The pipe's end was reached. */
  complete = false;
  private readonly input: Readable;
  private readonly stopping: Stopping;
  private thread: Thread<LiveMessage> | null = null;
  private hash: Hash | null = null;
  private ended = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(input: Readable, stopping: Stopping) {
    this.input = input;
    this.stopping = stopping;
  }

  /** `head` was read before. */
  begin(head: readonly Uint8Array[], thread: Thread<LiveMessage>, hash: Hash): void {
    this.thread = thread;
    this.hash = hash;
    for (const bytes of head) this.took(bytes);
    this.input.on('data', this.took).on('end', this.atEnd).on('error', this.cut);
    const { stop, atOnce } = this.stopping;
    stop.addEventListener('abort', this.stopped);
    atOnce.addEventListener('abort', this.cut);
    if (stop.aborted) this.stopped();
    this.input.resume();
  }

  /** The reading thread has room again. */
  goOn(): void {
    if (!this.ended) this.input.resume();
  }

  end(): void {
    clearTimeout(this.timer);
    this.ended = true;
    this.stopping.stop.removeEventListener('abort', this.stopped);
    this.stopping.atOnce.removeEventListener('abort', this.cut);
    this.input.off('data', this.took).off('end', this.atEnd).off('error', this.cut);
    this.input.pause();
  }

  private readonly took = (bytes: Uint8Array): void => {
    if (this.ended) return;
    this.hash?.update(bytes);
    const own = new Uint8Array(bytes); // what it is part of is the pipe's
    if (Atomics.add(this.counts, FLIGHT, own.length) + own.length > MOST) this.input.pause();
    this.send(own);
  };

  private readonly atEnd = (): void => {
    if (this.ended) return;
    this.complete = true;
    this.close();
  };

  private readonly stopped = (): void => {
    this.timer = setTimeout(this.cut, LAST_WORDS_MS);
  };

  private readonly cut = (): void => {
    if (!this.ended) this.close();
  };

  private close(): void {
    this.ended = true;
    this.send('end');
  }

  private send(message: ToLive): void {
    this.thread?.send(message, message === 'end' ? [] : [message.buffer as ArrayBuffer]);
    Atomics.add(this.counts, MESSAGES, 1);
    Atomics.notify(this.counts, MESSAGES);
  }
}
