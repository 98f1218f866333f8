// SIGINT and SIGTERM while a stream is read: what has come is kept, and the process says by its status why it ended.

const STATUS = { SIGINT: 130, SIGTERM: 143 } as const;

export class Interruption {
  /** Exit status, once there was a signal. */
  exit: 130 | 143 | null = null;
  private readonly controller = new AbortController();

  /** From now on signals stop the stream; a second one ends the process, which a reader of the store takes as well as any end. */
  watch(): { readonly stop: AbortSignal } {
    process.on('SIGINT', this.stopped);
    process.on('SIGTERM', this.stopped);
    return { stop: this.controller.signal };
  }

  end(): void {
    process.off('SIGINT', this.stopped);
    process.off('SIGTERM', this.stopped);
  }

  private readonly stopped = (signal: keyof typeof STATUS): void => {
    if (this.exit !== null) process.exit(STATUS[signal]);
    this.exit = STATUS[signal];
    this.controller.abort();
  };
}
