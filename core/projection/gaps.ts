// Stretches of the capture in which records were lost, per CPU: from the last event that got through to the notice of loss.
import type { EventBatch } from '../event/event-batch.ts';
import { EVENT_TYPES } from '../event/event-type.ts';
import type { GapRow, RowSink } from './rows.ts';

const KINDS = new Map(EVENT_TYPES.map((type) => [type.code, type.name]));

export class Gaps {
  private readonly lastSeen = new Map<number, number>();
  private readonly throttledSince = new Map<number, number>();
  private readonly out: RowSink;

  constructor(out: RowSink) {
    this.out = out;
  }

  seen(cpu: number, at: number): void {
    this.lastSeen.set(cpu, at);
  }

  lost(batch: EventBatch, row: number): void {
    const kind = KINDS.get(batch.type[row]);
    const cpu = batch.cpu[row];
    const at = batch.at[row];
    if (kind === 'throttle') this.throttledSince.set(cpu, at);
    else if (kind === 'unthrottle') {
      this.out.gap(this.row('throttle', cpu, this.throttledSince.get(cpu) ?? 0, at, null));
      this.throttledSince.delete(cpu);
    } else if (kind === 'lost')
      this.out.gap(this.row('lost', cpu, this.lastSeen.get(cpu) ?? 0, at, batch.args[0][row]));
    // how many is not said: zero would be a claim
    else if (kind === 'lost_unknown') this.out.gap(this.row('lost', cpu, this.lastSeen.get(cpu) ?? 0, at, null));
    // a session's total of an event's lost samples has no place in time: it may have been anywhere
    else if (batch.args[0][row] > 0) this.out.gap(this.row('lost_samples', cpu, 0, at, batch.args[0][row]));
  }

  finish(at: number): void {
    for (const [cpu, from] of this.throttledSince) this.out.gap(this.row('throttle', cpu, from, at, null));
  }

  private row(kind: GapRow['kind'], cpu: number, from: number, to: number, count: number | null): GapRow {
    return { kind, cpu: cpu < 0 ? null : cpu, from_ns: from, to_ns: to, count };
  }
}
