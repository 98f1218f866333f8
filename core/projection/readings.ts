// What was read of a listener's own fields: by programs in the kernel at the instant of an event, or by tools beside the capture.

/** NaN where a field was not read. */
export interface Reading {
  readonly at: number;
  readonly ackBacklog: number;
  readonly maxAckBacklog: number;
  readonly drops: number;
  readonly synQueueLen: number;
}

const larger = (known: number | null, value: number): number | null =>
  Number.isNaN(value) ? known : known === null ? value : Math.max(known, value);

export class Readings {
  count = 0;
  /** The latest one. */
  last: Reading | null = null;
  /** sk_max_ack_backlog, as last read. */
  limit: number | null = null;
  depth: number | null = null;
  dropsFirst: number | null = null;
  dropsLast: number | null = null;
  synQueueMax: number | null = null;
  /** Readings that differ from the rebuilt length by more than the accept() calls under way. */
  misses = 0;
  /** Refusals seen decided for a full accept queue; null without such a probe. */
  overflows: number | null = null;
  private limitAt = Number.NEGATIVE_INFINITY;
  private dropsFrom = Number.POSITIVE_INFINITY;
  private dropsTo = Number.NEGATIVE_INFINITY;

  /** Readings may come in any order. `fromBirth`: the listener was opened in the capture, so that its drops began at 0. */
  take(reading: Reading, fromBirth: boolean): void {
    const { at, ackBacklog, maxAckBacklog, drops, synQueueLen } = reading;
    this.count++;
    if (this.last === null || at >= this.last.at) this.last = reading;
    if (!Number.isNaN(maxAckBacklog) && at >= this.limitAt) {
      this.limit = maxAckBacklog;
      this.limitAt = at;
    }
    this.depth = larger(this.depth, ackBacklog);
    this.synQueueMax = larger(this.synQueueMax, synQueueLen);
    if (Number.isNaN(drops)) return;
    if (at < this.dropsFrom) {
      this.dropsFirst = fromBirth ? 0 : drops;
      this.dropsFrom = at;
    }
    if (at < this.dropsTo) return;
    this.dropsLast = drops;
    this.dropsTo = at;
  }
}
