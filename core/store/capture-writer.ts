// Appends one capture's events to the log: dictionaries, streams, tasks and events, in batches.
import type { CaptureInfo, ReadTotals } from '../event/capture.ts';
import type { Dictionaries, Endpoint } from '../event/dictionary.ts';
import type { EventBatch } from '../event/event-batch.ts';
import { type ArgKind, EVENT_TYPES, MAX_ARGS } from '../event/event-type.ts';
import type { Connection } from './store.ts';

const ROWS_PER_INSERT = 40;
const COLUMNS = 'position, stream, version, type, at_ns, cpu, task, source, a0, a1, a2, a3, a4, a5';
const COLUMN_COUNT = 14;

export interface CaptureIdentity {
  readonly path: string;
  readonly sha256: string;
}

const maxId = (db: Connection, table: string, column = 'id'): number =>
  db.prepare(`SELECT ifnull(max(${column}), 0) FROM ${table}`).pluck().get() as number;

/** The id of the capture with this content; undefined when it is not in the store. */
export const findCapture = (db: Connection, sha256: string): number | undefined =>
  db.prepare('SELECT id FROM captures WHERE sha256 = ?').pluck().get(sha256) as number | undefined;

export class CaptureWriter {
  readonly capture: number;
  /** Ids in the store are ids in the capture's dictionaries plus these. */
  private readonly base: Readonly<Record<'address' | 'endpoint' | 'string', number>>;
  private readonly written = { addresses: 0, endpoints: 0, strings: 0 };
  private readonly streams = {
    task: new Map<number, number>(),
    socket: new Map<number, number>(),
    capture: new Map<number, number>(),
  };
  private readonly versions: number[] = [];
  private readonly tasks = new Map<string, number>();
  private lastTask = { pid: -2, tid: -2, comm: -2, id: 0 };
  private readonly firstStream: number;
  private nextTask: number;
  private readonly firstPosition: number;
  private position: number;
  private lastAt = 0;
  private readonly db: Connection;
  private readonly dictionaries: Dictionaries;
  private readonly insertMany;
  private readonly insertOne;
  private readonly values: (number | null)[] = [];

  constructor(db: Connection, dictionaries: Dictionaries) {
    this.db = db;
    this.dictionaries = dictionaries;
    this.capture = maxId(db, 'captures') + 1;
    this.base = { address: maxId(db, 'addresses'), endpoint: maxId(db, 'endpoints'), string: maxId(db, 'strings') };
    this.firstStream = maxId(db, 'streams') + 1;
    this.nextTask = maxId(db, 'tasks') + 1;
    this.firstPosition = maxId(db, 'events', 'position') + 1;
    this.position = this.firstPosition;
    const row = `(${Array(COLUMN_COUNT).fill('?').join(', ')})`;
    this.insertOne = db.prepare(`INSERT INTO events (${COLUMNS}) VALUES ${row}`);
    this.insertMany = db.prepare(
      `INSERT INTO events (${COLUMNS}) VALUES ${Array(ROWS_PER_INSERT).fill(row).join(', ')}`,
    );
  }

  /** Appends a batch in place: its interned ids become those of the store, its position is set. */
  append(batch: EventBatch): void {
    this.writeDictionaries();
    batch.position = this.position;
    const { values } = this;
    for (let row = 0; row < batch.length; row++) {
      this.pushRow(batch, row);
      if (values.length === ROWS_PER_INSERT * COLUMN_COUNT) {
        this.insertMany.run(values);
        values.length = 0;
      }
    }
    for (let i = 0; i < values.length; i += COLUMN_COUNT) this.insertOne.run(values.slice(i, i + COLUMN_COUNT));
    values.length = 0;
  }

  /** Spells the store's ids of this capture out, from memory. */
  lookup(): { endpoint(id: number): Endpoint; string(id: number): string } {
    const { base, dictionaries } = this;
    return {
      endpoint: (id) => dictionaries.endpoints.entries[id - base.endpoint - 1],
      string: (id) => dictionaries.strings.entries[id - base.string - 1],
    };
  }

  /** Writes what is known only at the end: the capture's own row and the streams. */
  finish(identity: CaptureIdentity, info: CaptureInfo, totals: ReadTotals, origin: string | null): void {
    this.writeDictionaries();
    this.writeStreams();
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
        this.firstPosition,
        this.position - this.firstPosition,
        this.lastAt,
        totals.records,
        totals.ignored,
        totals.rejected,
        JSON.stringify(totals.rejections),
        totals.outOfOrder,
      );
  }

  private pushRow(batch: EventBatch, row: number): void {
    const type = EVENT_TYPES[batch.type[row]];
    for (let k = 0; k < type.args.length; k++) {
      const column = batch.args[k];
      column[row] += this.offsetOf(type.args[k].kind);
    }
    if (batch.comm[row] >= 0) batch.comm[row] += this.base.string;
    const at = batch.at[row];
    if (at > this.lastAt) this.lastAt = at;
    const key = type.stream === 'socket' ? batch.args[0][row] : type.stream === 'task' ? batch.tid[row] : 0;
    const stream = this.streamOf(type.stream, Number.isNaN(key) ? 0 : key);
    const version = (this.versions[stream - this.firstStream] ?? 0) + 1;
    this.versions[stream - this.firstStream] = version;
    const cpu = batch.cpu[row];
    this.values.push(
      this.position++,
      stream,
      version,
      type.code,
      at,
      cpu < 0 ? null : cpu,
      this.taskOf(batch, row),
      batch.source[row],
    );
    for (let k = 0; k < MAX_ARGS; k++) {
      const value = batch.args[k][row];
      this.values.push(Number.isNaN(value) ? null : value);
    }
  }

  private offsetOf(kind: ArgKind): number {
    switch (kind) {
      case 'socket':
      case 'address':
        return this.base.address;
      case 'endpoint':
        return this.base.endpoint;
      case 'string':
        return this.base.string;
      default:
        return 0;
    }
  }

  private streamOf(kind: 'task' | 'socket' | 'capture', key: number): number {
    const streams = this.streams[kind];
    let id = streams.get(key);
    if (id === undefined) {
      id = this.firstStream + this.versions.push(0) - 1;
      streams.set(key, id);
    }
    return id;
  }

  private taskOf(batch: EventBatch, row: number): number | null {
    const tid = batch.tid[row];
    if (tid < 0) return null;
    const pid = batch.pid[row];
    const comm = batch.comm[row];
    const last = this.lastTask;
    if (last.tid === tid && last.pid === pid && last.comm === comm) return last.id;
    const key = `${tid} ${pid} ${comm}`;
    let id = this.tasks.get(key);
    if (id === undefined) {
      id = this.nextTask++;
      this.tasks.set(key, id);
      this.db
        .prepare('INSERT INTO tasks (id, capture, tid, pid, comm) VALUES (?, ?, ?, ?, ?)')
        .run(id, this.capture, tid, pid, comm < 0 ? null : comm);
    }
    this.lastTask = { pid, tid, comm, id };
    return id;
  }

  /** Writes the dictionary entries that came since the last time. */
  private writeDictionaries(): void {
    const { dictionaries, written, base, db, capture } = this;
    const address = db.prepare('INSERT INTO addresses (id, capture, address) VALUES (?, ?, ?)');
    for (; written.addresses < dictionaries.addresses.entries.length; written.addresses++) {
      address.run(base.address + written.addresses + 1, capture, dictionaries.addresses.entries[written.addresses]);
    }
    const string = db.prepare('INSERT INTO strings (id, capture, text) VALUES (?, ?, ?)');
    for (; written.strings < dictionaries.strings.entries.length; written.strings++) {
      string.run(base.string + written.strings + 1, capture, dictionaries.strings.entries[written.strings]);
    }
    const endpoint = db.prepare('INSERT INTO endpoints (id, capture, family, address, port) VALUES (?, ?, ?, ?, ?)');
    for (; written.endpoints < dictionaries.endpoints.entries.length; written.endpoints++) {
      const { family, address: text, port } = dictionaries.endpoints.entries[written.endpoints];
      endpoint.run(base.endpoint + written.endpoints + 1, capture, family, text, port);
    }
  }

  private writeStreams(): void {
    const insert = this.db.prepare('INSERT INTO streams (id, capture, kind, key, length) VALUES (?, ?, ?, ?, ?)');
    for (const kind of ['task', 'socket', 'capture'] as const) {
      for (const [key, id] of this.streams[kind])
        insert.run(id, this.capture, kind, key, this.versions[id - this.firstStream]);
    }
  }
}
