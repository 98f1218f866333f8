// Collects a capture's ordered rows, and those of snapshots beside it, into batches with times since the capture's start.
import { EventBatch } from '../core/event/event-batch.ts';
import { BEFORE_START } from './format/format.ts';
import type { TaskNames } from './order/task-names.ts';
import type { Placement } from './snapshot/placement.ts';
import type { Part } from './snapshot/snapshot.ts';

const BATCH = 8192;
/** A snapshot that was taken further outside the capture than this tells of much that the capture does not. */
const FAR_NS = 60_000_000_000;

export class Collector {
  readonly batch = new EventBatch(BATCH);
  /** Rows of the capture itself. */
  events = 0;
  /** Time of the first event, relative to the reader's base; null before it. */
  origin: number | null = null;
  /** Snapshots that were taken far from the capture, as sentences. */
  readonly notes: string[] = [];
  private readonly names: TaskNames;
  private readonly flush: (batch: EventBatch) => void;
  private readonly placeBeside: () => Placement | null;
  /** Null until the first row: by then the reader knows how its clock relates to wall time. */
  private beside: Placement | null = null;
  private placed = false;
  private nextStamped = 0;
  private last = 0;

  /** `beside` is asked once, before the first row. */
  constructor(names: TaskNames, flush: (batch: EventBatch) => void, beside: () => Placement | null) {
    this.names = names;
    this.flush = flush;
    this.placeBeside = beside;
  }

  add(rows: EventBatch, row: number): void {
    if (!this.placed) this.begin();
    const tracked = this.names.nameOf(rows, row);
    const printed = rows.comm[row]; // texts name the task on each line
    let at = rows.at[row];
    if (at === BEFORE_START) at = 0;
    else {
      this.origin ??= at;
      if (this.beside !== null) this.takeStamped(at);
      at -= this.origin;
    }
    this.put(rows, row, at, printed >= 0 ? printed : tracked);
    this.events++;
  }

  /** No row comes any more: what belongs to the end follows. */
  finish(): void {
    if (!this.placed) this.begin();
    this.takeStamped(Number.POSITIVE_INFINITY);
    for (const { rows, part } of this.beside?.end ?? []) this.take(rows, part, this.last);
    if (this.batch.length > 0) this.drain();
  }

  private begin(): void {
    this.placed = true;
    this.beside = this.placeBeside();
    for (const { rows, part } of this.beside?.start ?? []) this.take(rows, part, 0);
  }

  /** The snapshots that were taken before a time (relative to the reader's base). */
  private takeStamped(before: number): void {
    const stamped = this.beside?.stamped ?? [];
    const origin = this.origin ?? 0;
    for (; this.nextStamped < stamped.length && stamped[this.nextStamped].at < before; this.nextStamped++) {
      const { rows, part, at, name } = stamped[this.nextStamped];
      const since = at - origin;
      const within = before === Number.POSITIVE_INFINITY ? Math.min(since, this.last) : since;
      this.take(rows, part, Math.max(0, within));
      const away = since < 0 ? -since : since - within;
      if (away > FAR_NS)
        this.notes.push(
          `${name}: ${part.kind} was taken ${Math.round(away / 1e9)} s ${since < 0 ? 'before' : 'after'} the capture; what grew then is not the capture's alone`,
        );
    }
  }

  private take(rows: EventBatch, part: Part, at: number): void {
    for (let row = part.first; row < part.end; row++) this.put(rows, row, at, rows.comm[row]);
  }

  private put(rows: EventBatch, row: number, at: number, comm: number): void {
    const index = this.batch.copyRow(rows, row);
    this.batch.at[index] = at;
    this.batch.comm[index] = comm;
    if (at > this.last) this.last = at;
    if (this.batch.length === BATCH) this.drain();
  }

  private drain(): void {
    this.flush(this.batch);
    this.batch.clear();
  }
}
