// What a capture's events fold to: the projections' rows and snapshots, from parts of the log as they come.
import type { CaptureInfo } from '../core/event/capture.ts';
import type { Endpoint } from '../core/event/dictionary.ts';
import type { EventBatch } from '../core/event/event-batch.ts';
import type { AcceptPath } from '../core/projection/accept-path.ts';
import { type PackedRows, RowBuffers } from '../core/projection/row-buffers.ts';
import { type Snapshot, SnapshotTaker } from '../core/projection/snapshot/taker.ts';
import type { NewEntries } from '../core/store/capture-writer.ts';
import type { Bases } from '../core/store/log-encoder.ts';
import { type FirstIds, projectionOf } from '../core/store/project.ts';

/** What became final with a part of the log. */
export interface Folds {
  readonly rows: readonly PackedRows[];
  readonly snapshots: readonly Snapshot[];
}

export class Fold {
  private readonly path: AcceptPath;
  private readonly taker: SnapshotTaker;
  private readonly rows = new RowBuffers();
  private readonly endpoints: Endpoint[] = [];
  private readonly strings: string[] = [];

  /** `info` as it is before the events: which probes the capture has. */
  constructor(bases: Bases, first: FirstIds, info: Pick<CaptureInfo, 'probes' | 'pointers'>) {
    this.path = projectionOf(
      first,
      info,
      {
        endpoint: (id) => this.endpoints[id - bases.endpoint - 1],
        string: (id) => this.strings[id - bases.string - 1],
      },
      this.rows,
    );
    this.taker = new SnapshotTaker(this.path);
  }

  /** Folds the next part. */
  apply(batch: EventBatch | null, { endpoints, strings }: NewEntries): Folds {
    for (const endpoint of endpoints) this.endpoints.push(endpoint);
    for (const text of strings) this.strings.push(text);
    if (batch !== null) this.taker.apply(batch);
    return { rows: this.rows.take(), snapshots: this.taker.take() };
  }

  /** The capture has ended: the rows that were left. */
  finish(): PackedRows[] {
    this.path.finish();
    return this.rows.take();
  }
}
