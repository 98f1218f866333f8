// One capture into the store, in one transaction: all of it or nothing.
import { basesOf, CaptureWriter, findCapture } from '../core/store/capture-writer.ts';
import { firstIds } from '../core/store/project.ts';
import { ProjectionWriter } from '../core/store/projection-writer.ts';
import type { Connection } from '../core/store/store.ts';
import type { ByteSource } from './format/format.ts';
import { sniff } from './format/index.ts';
import { type End, type Part, Pipeline, type Progress, type StoreEnds } from './pipeline.ts';
import { hashBeside } from './source/content-hash.ts';

export type { Progress as IngestProgress } from './pipeline.ts';

export interface Ingested {
  readonly capture: number;
  /** False when a capture with the same content was there already. */
  readonly added: boolean;
  /** What the user should know about the snapshots beside it, as sentences. */
  readonly notes: readonly string[];
}

export const storeEnds = (db: Connection): StoreEnds => ({ bases: basesOf(db), first: firstIds(db) });

/** Writes what a pipeline hands out. */
export class PartWriter {
  readonly capture: number;
  private readonly log: CaptureWriter;
  private readonly projections: ProjectionWriter;

  constructor(db: Connection, { bases }: StoreEnds) {
    this.log = new CaptureWriter(db, bases);
    this.capture = this.log.capture;
    this.projections = new ProjectionWriter(db, this.capture);
  }

  write({ log, entries, rows }: Part): void {
    this.log.append(log, entries);
    this.projections.write(rows);
  }

  finish(end: End, path: string, sha256: string): void {
    this.write(end);
    this.log.finish({ path, sha256 }, end.end);
  }
}

/**
 * Appends a capture to the store, or finds that its content is there already. On any error the store is as before.
 * `beside` are snapshots (see ingest/snapshot), which become part of the capture and of what it is known by.
 * Throws CaptureError when the capture or a snapshot cannot be read.
 */
export function ingestCapture(
  db: Connection,
  source: ByteSource,
  progress?: (progress: Progress) => void,
  beside: readonly ByteSource[] = [],
): Ingested {
  const format = sniff(source);
  const sha256 = hashBeside(source, beside);
  const known = findCapture(db, sha256);
  if (known !== undefined) return { capture: known, added: false, notes: [] };
  const reader = format.open(source);
  const load = db.transaction((): Ingested => {
    const ends = storeEnds(db);
    const pipeline = new Pipeline(source, reader, ends, beside).run();
    const writer = new PartWriter(db, ends);
    for (let step = pipeline.next(); ; step = pipeline.next()) {
      if (step.done) {
        writer.finish(step.value, source.name, sha256);
        return { capture: writer.capture, added: true, notes: step.value.notes };
      }
      for (const part of step.value.parts) writer.write(part);
      progress?.(step.value.progress);
    }
  });
  return load.immediate();
}
