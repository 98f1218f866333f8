// What a capture's events fold to: the projections' rows and snapshots, from parts of the log as they come.
import type { CaptureInfo } from '../core/event/capture.ts';
import type { Endpoint } from '../core/event/dictionary.ts';
import { EndpointTable } from '../core/event/endpoint-table.ts';
import type { EventBatch } from '../core/event/event-batch.ts';
import { RecentMap } from '../core/event/recent-map.ts';
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

const MOST_ASKED = 1 << 12;
const UNKNOWN: Endpoint = { family: 0, address: '?', port: 0 };

export class Fold {
  private readonly path: AcceptPath;
  private readonly taker: SnapshotTaker;
  private readonly rows = new RowBuffers();
  private readonly endpoints = new EndpointTable();
  /** The same endpoint is the same object again, as long as it is much asked for. */
  private readonly asked = new RecentMap<number, Endpoint>(MOST_ASKED);
  private readonly strings: string[] = [];

  /** `info` as it is before the events: which probes the capture has. */
  constructor(bases: Bases, first: FirstIds, info: Pick<CaptureInfo, 'probes' | 'pointers'>) {
    this.path = projectionOf(
      first,
      info,
      {
        endpoint: (id) => this.endpoint(id - bases.endpoint),
        string: (id) => this.strings[id - bases.string - 1],
      },
      this.rows,
    );
    this.taker = new SnapshotTaker(this.path);
  }

  private endpoint(id: number): Endpoint {
    let found = this.asked.get(id);
    if (found === undefined) {
      found = this.endpoints.get(id) ?? UNKNOWN;
      this.asked.set(id, found);
    }
    return found;
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
