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
const SPACING = 1 << 13;
/** Bytes of snapshots for each event, at most, before they are compressed. */
const BYTES_PER_EVENT = 8;

export class SnapshotTaker {
  private readonly path: AcceptPath;
  private readonly spacing: number;
  private due: number;
  private events = 0;
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
    const bytes = savePath(this.path);
    this.taken.push({ position, at: this.path.latest, bytes });
    const steps = Math.max(1, Math.ceil(bytes.length / BYTES_PER_EVENT / this.spacing));
    this.due += steps * this.spacing;
  }
}
