// One capture into the store, by one thread.
import { NumberedBatch } from '../core/event/numbered-batch.ts';
import type { Connection } from '../core/store/store.ts';
import { Fold } from './fold.ts';
import type { ByteSource, CaptureReader } from './format/format.ts';
import { sniff } from './format/index.ts';
import { BATCH_ROWS, beginLoad, type Ingested, type Load } from './load.ts';
import { type PartFlow, Pipeline, type Progress } from './pipeline.ts';
import { hashBeside } from './source/content-hash.ts';

export type { Ingested } from './load.ts';
export type { Progress as IngestProgress } from './pipeline.ts';

/**
 * Appends a capture to the store, or finds that its content is there already, or completes it when an earlier run was interrupted.
 * On an error the store keeps what was committed in steps: of a capture of fewer than 262,144 events nothing.
 * `beside` are snapshots (see ingest/snapshot), which become part of the capture and of what it is known by.
 * Throws CaptureError when the capture or a snapshot cannot be read, StoreError when the store does not take it.
 */
export function ingestCapture(
  db: Connection,
  source: ByteSource,
  progress?: (progress: Progress) => void,
  beside: readonly ByteSource[] = [],
): Ingested {
  const format = sniff(source);
  const begun = beginLoad(db, { path: source.name, sha256: hashBeside(source, beside) });
  if ('known' in begun) return { capture: begun.known, added: false, resumed: 0, notes: [] };
  try {
    return fill(begun, source, format.open(source), progress, beside);
  } catch (error) {
    begun.abandon();
    throw error;
  }
}

function fill(
  load: Load,
  source: ByteSource,
  reader: CaptureReader,
  progress: ((progress: Progress) => void) | undefined,
  beside: readonly ByteSource[],
): Ingested {
  const { bases } = load.place;
  const memory = NumberedBatch.of(BATCH_ROWS);
  const flow: PartFlow = {
    next: () => {
      memory.clear();
      return memory;
    },
    give: (part) => {
      load.append(part);
      load.project(fold.apply(part.batch, part.entries));
      load.mayStep();
    },
  };
  const reading = new Pipeline(source, reader, bases, flow, beside);
  const fold = new Fold(bases, load.first, reading.info);
  const pipeline = reading.run();
  for (let step = pipeline.next(); ; step = pipeline.next()) {
    if (step.done) {
      const { rows, snapshots } = fold.apply(null, step.value.entries);
      load.project({ rows: [...rows, ...fold.finish()], snapshots });
      return load.finish(step.value);
    }
    progress?.(step.value);
  }
}
