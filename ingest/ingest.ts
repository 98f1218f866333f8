// One capture into the store, in one transaction: all of it or nothing.
import { NumberedBatch } from '../core/event/numbered-batch.ts';
import { basesOf, CaptureWriter, findCapture } from '../core/store/capture-writer.ts';
import { firstIds } from '../core/store/project.ts';
import { ProjectionWriter } from '../core/store/projection-writer.ts';
import type { Connection } from '../core/store/store.ts';
import { Fold } from './fold.ts';
import type { ByteSource } from './format/format.ts';
import { sniff } from './format/index.ts';
import { BATCH_ROWS, Pipeline, type Progress } from './pipeline.ts';
import { hashBeside } from './source/content-hash.ts';

export type { Progress as IngestProgress } from './pipeline.ts';

export interface Ingested {
  readonly capture: number;
  /** False when a capture with the same content was there already. */
  readonly added: boolean;
  /** What the user should know about the snapshots beside it, as sentences. */
  readonly notes: readonly string[];
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
    const bases = basesOf(db);
    const log = new CaptureWriter(db, bases);
    const projections = new ProjectionWriter(db, log.capture);
    const memory = NumberedBatch.of(BATCH_ROWS);
    const reading = new Pipeline(
      source,
      reader,
      bases,
      {
        next: () => {
          memory.clear();
          return memory;
        },
        give: ({ batch, tasks, entries }) => {
          log.append(batch, tasks, entries);
          projections.write(fold.apply(batch, entries));
        },
      },
      beside,
    );
    const fold = new Fold(bases, firstIds(db), reading.info);
    const pipeline = reading.run();
    for (let step = pipeline.next(); ; step = pipeline.next()) {
      if (step.done) {
        const { entries, end, notes } = step.value;
        log.define(entries);
        projections.write([...fold.apply(null, entries), ...fold.finish()]);
        log.finish({ path: source.name, sha256 }, end);
        return { capture: log.capture, added: true, notes };
      }
      progress?.(step.value);
    }
  });
  return load.immediate();
}
