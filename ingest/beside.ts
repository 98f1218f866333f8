// Snapshots beside a capture: read with its dictionaries, named among its probes, placed in its time.
import { EVENT_TYPES } from '../core/event/event-type.ts';
import type { ByteSource, CaptureReader } from './format/format.ts';
import { settleNstat } from './snapshot/nstat-meaning.ts';
import { type Placement, place } from './snapshot/placement.ts';
import { readSnapshots } from './snapshot/read.ts';
import type { SnapshotFile } from './snapshot/snapshot.ts';

export class Beside {
  /** What the user should know about the snapshots, as sentences. */
  readonly notes: readonly string[];
  private readonly files: readonly SnapshotFile[];
  private readonly reader: CaptureReader;

  /** Throws CaptureError when a snapshot cannot be read. */
  constructor(reader: CaptureReader, sources: readonly ByteSource[]) {
    this.reader = reader;
    this.files = sources.map((source) => readSnapshots(source, reader.dictionaries));
    this.notes = notesOf(this.files, settleNstat(this.files));
    this.noteProbes();
  }

  /** The snapshots' rows where they belong, once the reader knows its clock; null without any. */
  placement(): Placement | null {
    if (this.files.length === 0) return null;
    const { info, base } = this.reader;
    return place(this.files, info.wallOffset === null || base === null ? null : BigInt(info.wallOffset) + base);
  }

  /** Names what the snapshots show as probes, so that the report can say what its evidence is. */
  private noteProbes(): void {
    const { probes } = this.reader.info;
    for (const { rows } of this.files) {
      for (const type of new Set(rows.type.subarray(0, rows.length))) {
        const probe = `acceptq:${EVENT_TYPES[type].name}`;
        if (!probes.includes(probe)) probes.push(probe);
      }
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
