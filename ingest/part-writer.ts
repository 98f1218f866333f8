// Writes what a pipeline hands out: events into the log, and what they fold to into the projections.
import type { CaptureInfo } from '../core/event/capture.ts';
import type { Endpoint } from '../core/event/dictionary.ts';
import { EventBatch } from '../core/event/event-batch.ts';
import type { LogColumns } from '../core/event/log-text.ts';
import type { AcceptPath } from '../core/projection/accept-path.ts';
import { RowBuffers } from '../core/projection/row-buffers.ts';
import { CaptureWriter, type NewEntries } from '../core/store/capture-writer.ts';
import type { Bases } from '../core/store/log-encoder.ts';
import { firstIds, projectionOf } from '../core/store/project.ts';
import { ProjectionWriter } from '../core/store/projection-writer.ts';
import type { Connection } from '../core/store/store.ts';
import type { End, Part } from './pipeline.ts';

export class PartWriter {
  readonly capture: number;
  private readonly log: CaptureWriter;
  private readonly projections: ProjectionWriter;
  private readonly path: AcceptPath;
  private readonly rows = new RowBuffers();
  private readonly batch = new EventBatch(0);
  private readonly endpoints: Endpoint[] = [];
  private readonly strings: string[] = [];

  /** `info` as it is before the events: which probes the capture has. */
  constructor(db: Connection, bases: Bases, info: CaptureInfo) {
    this.log = new CaptureWriter(db, bases);
    this.capture = this.log.capture;
    this.projections = new ProjectionWriter(db, this.capture);
    this.path = projectionOf(
      firstIds(db),
      info,
      {
        endpoint: (id) => this.endpoints[id - bases.endpoint - 1],
        string: (id) => this.strings[id - bases.string - 1],
      },
      this.rows,
    );
  }

  write({ log, entries }: Part): void {
    this.note(entries);
    this.log.append(log, entries);
    if (log.columns === null) return;
    this.path.apply(this.batchOf(log.columns));
    this.projections.write(this.rows.take());
  }

  finish({ end, entries }: End, path: string, sha256: string): void {
    this.note(entries);
    this.log.append({ columns: null, tasks: [] }, entries);
    this.path.finish();
    this.projections.write(this.rows.take());
    this.log.finish({ path, sha256 }, end);
  }

  private note({ endpoints, strings }: NewEntries): void {
    for (const endpoint of endpoints) this.endpoints.push(endpoint);
    for (const text of strings) this.strings.push(text);
  }

  /** The columns as a batch, without a copy. */
  private batchOf(columns: LogColumns): EventBatch {
    const { batch } = this;
    const { position, count, at, type, cpu, pid, tid, comm, source, args } = columns;
    Object.assign(batch, { position, length: count, capacity: count, at, type, cpu, pid, tid, comm, source, args });
    return batch;
  }
}
