// One capture into the store: bytes → rows → time order → log → projections, in one transaction.
import { reject } from '../core/event/capture.ts';
import { EventBatch } from '../core/event/event-batch.ts';
import { CaptureWriter, findCapture } from '../core/store/capture-writer.ts';
import { projectionOf } from '../core/store/project.ts';
import type { Connection } from '../core/store/store.ts';
import { BEFORE_START, type ByteSource, type CaptureReader } from './format/format.ts';
import { sniff } from './format/index.ts';
import { RoundSorter } from './order/round-sorter.ts';
import { TaskNames } from './order/task-names.ts';
import { contentHash } from './source/content-hash.ts';

const BATCH = 8192;

export interface IngestProgress {
  /** Bytes of the capture that were read. */
  readonly bytes: number;
  readonly size: number;
  readonly events: number;
}

export interface Ingested {
  readonly capture: number;
  /** False when a capture with the same content was there already. */
  readonly added: boolean;
}

/** Collects ordered rows into batches with times since the capture's start. */
class Collector {
  readonly batch = new EventBatch(BATCH);
  events = 0;
  /** Time of the first event, relative to the reader's base; null before it. */
  origin: number | null = null;
  private readonly names: TaskNames;
  private readonly flush: (batch: EventBatch) => void;

  constructor(names: TaskNames, flush: (batch: EventBatch) => void) {
    this.names = names;
    this.flush = flush;
  }

  add(rows: EventBatch, row: number): void {
    const tracked = this.names.nameOf(rows, row);
    const printed = rows.comm[row]; // texts name the task on each line
    let at = rows.at[row];
    if (at === BEFORE_START) at = 0;
    else {
      this.origin ??= at;
      at -= this.origin;
    }
    const index = this.batch.copyRow(rows, row);
    this.batch.at[index] = at;
    this.batch.comm[index] = printed >= 0 ? printed : tracked;
    this.events++;
    if (this.batch.length === BATCH) this.drain();
  }

  drain(): void {
    if (this.batch.length === 0) return;
    this.flush(this.batch);
    this.batch.clear();
  }
}

function load(
  db: Connection,
  source: ByteSource,
  sha256: string,
  reader: CaptureReader,
  progress?: (progress: IngestProgress) => void,
): number {
  const { dictionaries, info, totals } = reader;
  if (source.wrapperProblem) reject(totals, source.size, source.wrapperProblem);
  const writer = new CaptureWriter(db, dictionaries);
  const lookup = writer.lookup();
  const path = projectionOf(db, writer.capture, info.probes, info.pointers, lookup);
  const collector = new Collector(new TaskNames(dictionaries.strings), (batch) => {
    writer.append(batch);
    path.apply(batch);
  });
  const sorter = new RoundSorter((rows, row) => collector.add(rows, row));
  for (const bytes of reader.read(sorter)) {
    sorter.relieve();
    progress?.({ bytes, size: source.size, events: collector.events });
  }
  sorter.finish();
  collector.drain();
  path.finish();
  totals.outOfOrder = sorter.outOfOrder;
  if (collector.events === 0 && totals.rejected === 0)
    reject(totals, 0, 'the capture holds no event of the listen/accept path');
  const origin = reader.base === null ? null : String(reader.base + BigInt(collector.origin ?? 0));
  writer.finish({ path: source.name, sha256 }, info, totals, origin);
  return writer.capture;
}

/**
 * Appends a capture to the store, or finds that its content is there already. All or nothing: on any error the store is as before.
 * Throws CaptureError when the capture cannot be read.
 */
export function ingestCapture(
  db: Connection,
  source: ByteSource,
  progress?: (progress: IngestProgress) => void,
): Ingested {
  const format = sniff(source);
  const sha256 = contentHash(source);
  const known = findCapture(db, sha256);
  if (known !== undefined) return { capture: known, added: false };
  const reader = format.open(source);
  const capture = db.transaction(() => load(db, source, sha256, reader, progress)).immediate();
  return { capture, added: true };
}
