// Appends one capture to the log: its start, batches with the dictionary entries they name first, its end. Derived streams go along.
import type { CaptureInfo } from '../event/capture.ts';
import type { Endpoint } from '../event/dictionary.ts';
import { LOG_BATCH, writeLogBatch } from '../event/log-text.ts';
import type { NumberedBatch } from '../event/numbered-batch.ts';
import {
  type CaptureEnd,
  type CaptureIdentity,
  END_COLUMNS,
  type Ending,
  endRow,
  START_COLUMNS,
  startRow,
} from './capture-rows.ts';
import { ChainWriter, type Entries, NO_ENTRIES } from './chain-writer.ts';
import type { TaskRow } from './log-encoder.ts';
import type { LogPlace } from './log-place.ts';
import type { Connection } from './store.ts';
import type { StreamPiece } from './stream-index.ts';
import { StreamWriter } from './stream-writer.ts';

/** Dictionary entries that came since the last time, in order of their ids. */
export interface NewEntries {
  readonly addresses: readonly string[];
  readonly endpoints: readonly Endpoint[];
  readonly strings: readonly string[];
}

/** What the log is given at a time. */
export interface LogPart {
  readonly batch: NumberedBatch;
  readonly tasks: readonly TaskRow[];
  readonly entries: NewEntries;
  readonly pieces: readonly StreamPiece[];
  /** The capture as it is known by now; of the first part it makes the capture's start. */
  readonly info: CaptureInfo;
  /** Clock value at time 0, in ns. */
  readonly origin: string | null;
}

const marks = (columns: string): string => columns.replace(/\w+/g, '?');

export class CaptureWriter {
  readonly capture: number;
  /** Events of this capture so far; those that the log had already count too. */
  events = 0;
  private readonly identity: CaptureIdentity;
  private readonly first: number;
  private readonly next: { address: number; endpoint: number; string: number };
  private readonly chain: ChainWriter;
  private started = false;
  private readonly insertStart;
  private readonly insertEnd;
  private readonly insertBatch;
  private readonly insertTask;
  private readonly insertAddress;
  private readonly insertEndpoint;
  private readonly insertString;
  private readonly streams: StreamWriter;

  /** Writes at a place from `placeOf`. What the log has of the capture already is compared, not written again. */
  constructor(db: Connection, identity: CaptureIdentity, { capture, bases, after }: LogPlace) {
    this.identity = identity;
    this.capture = capture;
    this.first = bases.position + 1;
    this.next = { address: bases.address, endpoint: bases.endpoint, string: bases.string };
    this.chain = new ChainWriter(db, after);
    const into = (table: string, columns: string) =>
      db.prepare(`INSERT INTO ${table} (${columns}) VALUES (${marks(columns)})`);
    this.insertStart = into('capture_starts', START_COLUMNS);
    this.insertEnd = into('capture_ends', END_COLUMNS);
    this.insertBatch = into('batches', 'position, capture, count, at_ns, source, from_ns, to_ns, events');
    this.insertTask = into('tasks', 'id, capture, tid, pid, comm');
    this.insertAddress = into('addresses', 'id, capture, address');
    this.insertEndpoint = into('endpoints', 'id, capture, family, address, port');
    this.insertString = into('strings', 'id, capture, text');
    this.streams = new StreamWriter(db, capture);
  }

  /** Throws ResumeError when the log has another batch at this place. */
  append({ batch, tasks, entries, pieces, info, origin }: LogPart): void {
    this.start(info, origin);
    let named = this.entriesOf(tasks, entries);
    for (let start = 0; start < batch.length; start += LOG_BATCH) {
      const { position, count, at, source, from, to, bytes } = writeLogBatch(
        batch,
        start,
        Math.min(start + LOG_BATCH, batch.length),
      );
      const row = [position, this.capture, count, at, source, from, to] as const;
      if (this.chain.link('batch', this.capture, position, row, named, bytes)) {
        this.define(named);
        this.insertBatch.run(...row, Buffer.from(bytes.buffer, 0, bytes.length).toString('latin1'));
      }
      named = NO_ENTRIES;
    }
    this.events += batch.length;
    this.streams.write(pieces);
  }

  /** `sha256`: of a stream, whose content is known only now. */
  finish(
    end: CaptureEnd,
    entries: NewEntries,
    pieces: readonly StreamPiece[],
    ending: Ending = 'complete',
    sha256: string | null = this.identity.sha256,
  ): void {
    this.start(end.info, end.origin);
    const named = this.entriesOf([], entries);
    const row = endRow(this.capture, ending, sha256, this.events, end);
    if (this.chain.link('end', this.capture, this.first + this.events, row, named, null)) {
      this.define(named);
      this.insertEnd.run(...row);
    }
    this.streams.write(pieces);
  }

  /** Last entry of the journal that this capture has or shares. */
  get lastSeq(): number {
    return this.chain.last;
  }

  private start(info: CaptureInfo, origin: string | null): void {
    if (this.started) return;
    this.started = true;
    const row = startRow(this.capture, this.identity, info, origin, this.first);
    if (this.chain.link('start', this.capture, this.first, row, NO_ENTRIES, null)) this.insertStart.run(...row);
  }

  private entriesOf(tasks: readonly TaskRow[], { addresses, endpoints, strings }: NewEntries): Entries {
    const { next, capture } = this;
    return {
      strings: strings.map((text) => [++next.string, capture, text]),
      addresses: addresses.map((address) => [++next.address, capture, address]),
      endpoints: endpoints.map(({ family, address, port }) => [++next.endpoint, capture, family, address, port]),
      tasks: tasks.map(([id, tid, pid, comm]) => [id, capture, tid, pid, comm]),
    };
  }

  private define({ strings, addresses, endpoints, tasks }: Entries): void {
    for (const row of strings) this.insertString.run(row);
    for (const row of addresses) this.insertAddress.run(row);
    for (const row of endpoints) this.insertEndpoint.run(row);
    for (const row of tasks) this.insertTask.run(row);
  }
}
