// Appends one capture to the log: batches, tasks, dictionaries, streams, and at the end the capture's own row.
import type { CaptureInfo, ReadTotals } from '../event/capture.ts';
import type { Endpoint } from '../event/dictionary.ts';
import { LOG_BATCH, writeLogBatch } from '../event/log-text.ts';
import type { NumberedBatch } from '../event/numbered-batch.ts';
import type { Bases, StreamRow, TaskRow } from './log-encoder.ts';
import type { Connection } from './store.ts';

export interface CaptureIdentity {
  readonly path: string;
  readonly sha256: string;
}

/** Dictionary entries that came since the last time, in order of their ids. */
export interface NewEntries {
  readonly addresses: readonly string[];
  readonly endpoints: readonly Endpoint[];
  readonly strings: readonly string[];
}

/** What is known of a capture once all of it was read. */
export interface CaptureEnd {
  readonly info: CaptureInfo;
  readonly totals: ReadTotals;
  /** Clock value at time 0, in ns; null when no event had a time. */
  readonly origin: string | null;
  readonly lastAt: number;
  readonly streams: Iterable<StreamRow>;
}

const maxId = (db: Connection, table: string, column = 'id'): number =>
  db.prepare(`SELECT ifnull(max(${column}), 0) FROM ${table}`).pluck().get() as number;

/** The id of the capture with this content; undefined when it is not in the store. */
export const findCapture = (db: Connection, sha256: string): number | undefined =>
  db.prepare('SELECT id FROM captures WHERE sha256 = ?').pluck().get(sha256) as number | undefined;

/** The last position in the log. */
const lastPosition = (db: Connection): number =>
  db.prepare('SELECT ifnull(max(position + count - 1), 0) FROM batches').pluck().get() as number;

/** Where the ids of the next capture begin. */
export const basesOf = (db: Connection): Bases => ({
  address: maxId(db, 'addresses'),
  endpoint: maxId(db, 'endpoints'),
  string: maxId(db, 'strings'),
  task: maxId(db, 'tasks'),
  position: lastPosition(db),
});

export class CaptureWriter {
  readonly capture: number;
  private readonly db: Connection;
  private readonly first: number;
  private readonly next: { address: number; endpoint: number; string: number };
  private events = 0;
  private readonly insertBatch;
  private readonly insertTask;
  private readonly insertAddress;
  private readonly insertEndpoint;
  private readonly insertString;

  constructor(db: Connection, bases: Bases) {
    this.db = db;
    this.capture = maxId(db, 'captures') + 1;
    this.first = bases.position + 1;
    this.next = { address: bases.address, endpoint: bases.endpoint, string: bases.string };
    this.insertBatch = db.prepare(
      'INSERT INTO batches (position, capture, count, at_ns, source, from_ns, to_ns, events) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    );
    this.insertTask = db.prepare('INSERT INTO tasks (id, capture, tid, pid, comm) VALUES (?, ?, ?, ?, ?)');
    this.insertAddress = db.prepare('INSERT INTO addresses (id, capture, address) VALUES (?, ?, ?)');
    this.insertEndpoint = db.prepare(
      'INSERT INTO endpoints (id, capture, family, address, port) VALUES (?, ?, ?, ?, ?)',
    );
    this.insertString = db.prepare('INSERT INTO strings (id, capture, text) VALUES (?, ?, ?)');
  }

  /** Appends a numbered batch, after what it names for the first time. */
  append(batch: NumberedBatch, tasks: readonly TaskRow[], entries: NewEntries): void {
    this.define(entries);
    for (const [id, tid, pid, comm] of tasks) this.insertTask.run(id, this.capture, tid, pid, comm);
    for (let start = 0; start < batch.length; start += LOG_BATCH) {
      const { position, count, at, source, from, to, text } = writeLogBatch(
        batch,
        start,
        Math.min(start + LOG_BATCH, batch.length),
      );
      this.insertBatch.run(position, this.capture, count, at, source, from, to, text);
    }
    this.events += batch.length;
  }

  /** Writes what is known only at the end: the capture's own row and the streams. */
  finish(identity: CaptureIdentity, { info, totals, origin, lastAt, streams }: CaptureEnd): void {
    const insert = this.db.prepare(
      'INSERT INTO streams (id, capture, kind, key, length, positions) VALUES (?, ?, ?, ?, ?, ?)',
    );
    let stream = maxId(this.db, 'streams');
    for (const { kind, key, length, positions } of streams)
      insert.run(++stream, this.capture, kind, key, length, positions);
    this.db
      .prepare(
        `INSERT INTO captures (id, sha256, path, format, tool, kernel, arch, host, cmdline, unit, pointers, clock, origin, wall_offset, probes,
           first_position, events, duration_ns, records, ignored, rejected, rejections, out_of_order)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        this.capture,
        identity.sha256,
        identity.path,
        info.format,
        info.tool,
        info.kernel,
        info.arch,
        info.host,
        info.cmdline,
        info.unit,
        info.pointers ? 1 : 0,
        info.clock,
        origin,
        info.wallOffset,
        JSON.stringify(info.probes),
        this.first,
        this.events,
        lastAt,
        totals.records,
        totals.ignored,
        totals.rejected,
        JSON.stringify(totals.rejections),
        totals.outOfOrder,
      );
  }

  /** Entries of the dictionaries that no event names yet. */
  define({ addresses, endpoints, strings }: NewEntries): void {
    const { next, capture } = this;
    for (const address of addresses) this.insertAddress.run(++next.address, capture, address);
    for (const { family, address, port } of endpoints)
      this.insertEndpoint.run(++next.endpoint, capture, family, address, port);
    for (const text of strings) this.insertString.run(++next.string, capture, text);
  }
}
