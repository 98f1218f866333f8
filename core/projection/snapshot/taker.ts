// Folds batches and takes snapshots on the way: at even distances, further apart where the state is large.
import type { EventBatch } from '../../event/event-batch.ts';
import type { AcceptPath } from '../accept-path.ts';
import { savePath } from './save.ts';

/** The state after an event. */
export interface Snapshot {
  /** Of the last event in it. */
  readonly position: number;
  /** Latest time of any event in it, in ns since the capture's start. */
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** Events between two snapshots, at least. What comes after one is folded when somebody asks for an instant. */
const SPACING = 1 << 12;
/** Bytes of snapshots for each event so far, at most. */
const BYTES_PER_EVENT = 8;

export class SnapshotTaker {
  private readonly path: AcceptPath;
  private readonly spacing: number;
  private due: number;
  private events = 0;
  /** Bytes of all snapshots taken so far. */
  private total = 0;
  private taken: Snapshot[] = [];

  /** `spacing` other than usual is for tests. */
  constructor(path: AcceptPath, spacing = SPACING) {
    this.path = path;
    this.spacing = spacing;
    this.due = spacing;
  }

  /** Folds a batch, which must follow the one before. */
  apply(batch: EventBatch): void {
    const { path } = this;
    let row = 0;
    while (batch.length - row >= this.due - this.events) {
      const end = row + this.due - this.events;
      path.apply(batch, row, end);
      this.events = this.due;
      row = end;
      this.save(batch.position + end - 1);
    }
    path.apply(batch, row);
    this.events += batch.length - row;
  }

  /** Those taken since the last time. */
  take(): readonly Snapshot[] {
    const { taken } = this;
    this.taken = [];
    return taken;
  }

  private save(position: number): void {
    const { path, spacing } = this;
    const bytes = savePath(path);
    // one that has become too large since the last time waits until the events so far pay for it
    if (this.total + bytes.length <= BYTES_PER_EVENT * this.events) {
      this.total += bytes.length;
      this.taken.push({ position, at: path.latest, bytes });
    }
    const paid = (this.total + bytes.length) / BYTES_PER_EVENT;
    this.due = Math.max(this.due + spacing, Math.ceil(paid / spacing) * spacing);
  }
}
