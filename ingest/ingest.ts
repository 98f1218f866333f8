// One capture into the store: bytes → rows → time order → log → projections, in one transaction. Snapshots beside it go along.
import { reject } from '../core/event/capture.ts';
import { EVENT_TYPES } from '../core/event/event-type.ts';
import { CaptureWriter, findCapture } from '../core/store/capture-writer.ts';
import { projectionOf } from '../core/store/project.ts';
import type { Connection } from '../core/store/store.ts';
import { Collector } from './collector.ts';
import type { ByteSource, CaptureReader } from './format/format.ts';
import { sniff } from './format/index.ts';
import { RoundSorter } from './order/round-sorter.ts';
import { TaskNames } from './order/task-names.ts';
import { settleNstat } from './snapshot/nstat-meaning.ts';
import { type Placement, place } from './snapshot/placement.ts';
import { readSnapshots } from './snapshot/read.ts';
import type { SnapshotFile } from './snapshot/snapshot.ts';
import { contentHash, hashBeside } from './source/content-hash.ts';

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
  /** What the user should know about the snapshots, as sentences. */
  readonly notes: readonly string[];
}

/** The snapshots' rows where they belong, once the reader knows its clock. */
function placementOf(reader: CaptureReader, files: readonly SnapshotFile[]): Placement | null {
  if (files.length === 0) return null;
  const { info, base } = reader;
  return place(files, info.wallOffset === null || base === null ? null : BigInt(info.wallOffset) + base);
}

/** Names what the snapshots show as probes, so that the report can say what its evidence is. */
function noteProbes(reader: CaptureReader, files: readonly SnapshotFile[]): void {
  for (const { rows } of files) {
    for (const type of new Set(rows.type.subarray(0, rows.length))) {
      const probe = `acceptq:${EVENT_TYPES[type].name}`;
      if (!reader.info.probes.includes(probe)) reader.info.probes.push(probe);
    }
  }
}

function notesOf(files: readonly SnapshotFile[], readings: number): string[] {
  const notes = files.flatMap(({ name, unread }) =>
    unread === null
      ? []
      : [
          `${name}: ${unread.count} line${unread.count === 1 ? '' : 's'} not understood, first line ${unread.line}: ${unread.text}`,
        ],
  );
  if (readings === 1)
    notes.push('one reading of the counters shows no growth: take one before the capture and one after it (nstat -az)');
  return notes;
}

function load(
  db: Connection,
  source: ByteSource,
  sha256: string,
  reader: CaptureReader,
  files: readonly SnapshotFile[],
  progress?: (progress: IngestProgress) => void,
): Pick<Ingested, 'capture' | 'notes'> {
  const { dictionaries, info, totals } = reader;
  if (source.wrapperProblem) reject(totals, source.size, source.wrapperProblem);
  const writer = new CaptureWriter(db, dictionaries);
  const lookup = writer.lookup();
  const path = projectionOf(db, writer.capture, info.probes, info.pointers, lookup);
  const collector = new Collector(
    new TaskNames(dictionaries.strings),
    (batch) => {
      writer.append(batch);
      path.apply(batch);
    },
    () => placementOf(reader, files),
  );
  const sorter = new RoundSorter((rows, row) => collector.add(rows, row));
  for (const bytes of reader.read(sorter)) {
    sorter.relieve();
    progress?.({ bytes, size: source.size, events: collector.events });
  }
  sorter.finish();
  collector.finish();
  path.finish();
  totals.outOfOrder = sorter.outOfOrder;
  if (collector.events === 0 && totals.rejected === 0)
    reject(totals, 0, 'the capture holds no event of the listen/accept path');
  const origin = reader.base === null ? null : String(reader.base + BigInt(collector.origin ?? 0));
  writer.finish({ path: source.name, sha256 }, info, totals, origin);
  return { capture: writer.capture, notes: collector.notes };
}

/**
 * Appends a capture to the store, or finds that its content is there already. All or nothing: on any error the store is as before.
 * `beside` are snapshots (see ingest/snapshot), which become part of the capture and of what it is known by.
 * Throws CaptureError when the capture or a snapshot cannot be read.
 */
export function ingestCapture(
  db: Connection,
  source: ByteSource,
  progress?: (progress: IngestProgress) => void,
  beside: readonly ByteSource[] = [],
): Ingested {
  const format = sniff(source);
  const sha256 = beside.length === 0 ? contentHash(source) : hashBeside(source, beside);
  const known = findCapture(db, sha256);
  if (known !== undefined) return { capture: known, added: false, notes: [] };
  const reader = format.open(source);
  const files = beside.map((file) => readSnapshots(file, reader.dictionaries));
  const notes = notesOf(files, settleNstat(files));
  noteProbes(reader, files);
  const loaded = db.transaction(() => load(db, source, sha256, reader, files, progress)).immediate();
  return { capture: loaded.capture, added: true, notes: [...notes, ...loaded.notes] };
}
