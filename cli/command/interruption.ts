// SIGINT and SIGTERM while a stream is read: what has come is kept, and the process says by its status why it ended.

const STATUS = { SIGINT: 130, SIGTERM: 143 } as const;

export class Interruption {
  /** Exit status, once there was a signal. */
  exit: 130 | 143 | null = null;
  private readonly stop = new AbortController();
  private readonly atOnce = new AbortController();

  /** From now on a signal stops the stream once its last bytes are there, a second one at once, a third one ends the process. */
  watch(): { readonly stop: AbortSignal; readonly atOnce: AbortSignal } {
    process.on('SIGINT', this.stopped);
    process.on('SIGTERM', this.stopped);
    return { stop: this.stop.signal, atOnce: this.atOnce.signal };
  }

  end(): void {
    process.off('SIGINT', this.stopped);
    process.off('SIGTERM', this.stopped);
  }

  private readonly stopped = (signal: keyof typeof STATUS): void => {
    if (this.atOnce.signal.aborted) process.exit(STATUS[signal]);
    if (this.exit === null) this.stop.abort();
    else this.atOnce.abort();
    this.exit ??= STATUS[signal];
  };
}
