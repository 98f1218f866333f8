// Proves that the log is whole: the hash chain, the rows that it covers, positions, versions, references. Names the first damaged place.

import { EVENT_TYPES } from '../event/event-type.ts';
import { LOG_TABLE_CAPTURES, LOG_TRIGGERS } from './append-only.ts';
import { END_COLUMNS, START_COLUMNS } from './capture-rows.ts';
import { BEFORE_ALL, chainHash, DICTIONARIES, DICTIONARY_COLUMNS, type JournalRow, type Reach } from './journal.ts';
import { readBatches } from './log-reader.ts';
import type { Connection } from './store.ts';
import { StreamIndex } from './stream-index.ts';

/** One thing that is wrong. */
export interface Damage {
  /** Where: a table and its row, or an entry of the journal. */
  readonly place: string;
  readonly problem: string;
  /** Captures that it touches; null: unknown. */
  readonly capture: number | null;
}

export interface Verified {
  readonly entries: number;
  readonly batches: number;
  readonly events: number;
  /** Entries of captures that were dropped: only their hashes are left. */
  readonly dropped: number;
  readonly damages: readonly Damage[];
}

type Value = number | string | null;

/** More than so many are not listed. */
const MOST = 20;

class Verification {
  readonly damages: Damage[] = [];
  events = 0;
  batches = 0;
  dropped = 0;
  entries = 0;
  private readonly db: Connection;
  private readonly droppedCaptures: ReadonlySet<number>;

  constructor(db: Connection) {
    this.db = db;
    this.droppedCaptures = new Set(db.prepare('SELECT capture FROM capture_drops').pluck().all() as number[]);
  }

  damage(place: string, problem: string, capture: number | null = null): void {
    if (this.damages.length < MOST) this.damages.push({ place, problem, capture });
  }

  /** SQLite's own structure. */
  file(): void {
    const found = this.db.pragma('quick_check(1)', { simple: true }) as string;
    if (found !== 'ok') this.damage('the file', found);
  }

  guards(): void {
    const wanted = LOG_TRIGGERS.split('CREATE TRIGGER ')
      .slice(1)
      .map((text) => text.trim().replace(/;$/, ''));
    const there = new Set(
      (this.db.prepare("SELECT sql FROM sqlite_master WHERE type = 'trigger'").pluck().all() as string[]).map((sql) =>
        sql.replace('CREATE TRIGGER ', '').trim(),
      ),
    );
    const missing = wanted.filter((trigger) => !there.has(trigger)).map((trigger) => trigger.split(' ')[0]);
    if (missing.length > 0)
      this.damage('triggers', `missing or changed, so that the log could be changed: ${missing.join(', ')}`);
  }

  /** The journal from its first entry, and what each covers. */
  chain(progress?: (done: number, of: number) => void): void {
    const { db } = this;
    const of = db.prepare('SELECT count(*) FROM journal').pluck().get() as number;
    const one = {
      start: db.prepare(`SELECT ${START_COLUMNS} FROM capture_starts WHERE id = ?`).raw(),
      end: db.prepare(`SELECT ${END_COLUMNS} FROM capture_ends WHERE capture = ?`).raw(),
      drop: db.prepare('SELECT * FROM capture_drops WHERE capture = ?').raw(),
      batch: db
        .prepare(
          'SELECT position, capture, count, at_ns, source, from_ns, to_ns, CAST(events AS BLOB) FROM batches WHERE position = ?',
        )
        .raw(),
    };
    const entries = DICTIONARIES.map((table) =>
      db.prepare(`SELECT ${DICTIONARY_COLUMNS[table]} FROM ${table} WHERE id > ? AND id <= ? ORDER BY id`).raw(),
    );
    let hash: Uint8Array = BEFORE_ALL;
    let reach: Reach = { strings: 0, addresses: 0, endpoints: 0, tasks: 0 };
    let seq = 0;
    for (const entry of db.prepare('SELECT * FROM journal ORDER BY seq').iterate() as IterableIterator<JournalRow>) {
      if (entry.seq !== ++seq) {
        this.damage(`journal entry ${seq}`, 'it is missing');
        seq = entry.seq;
      }
      this.entries++;
      const { kind, capture, position } = entry;
      if (kind !== 'drop' && this.droppedCaptures.has(capture)) this.dropped++;
      else {
        const stored = one[kind]?.get(kind === 'batch' ? position : capture) as (Value | Uint8Array)[] | undefined;
        const place = kind === 'batch' ? `batch at position ${position}` : `capture_${kind}s of capture ${capture}`;
        if (stored === undefined) this.damage(place, `its row is missing (journal entry ${seq})`, capture);
        else {
          const text = kind === 'batch' ? (stored.pop() as Uint8Array) : null;
          const named = entries.map((rows, k) =>
            rows.all(reach[DICTIONARIES[k]], entry[DICTIONARIES[k]]),
          ) as (readonly Value[])[][];
          const computed = chainHash(hash, [kind, capture, position], stored as Value[], named, text);
          if (Buffer.compare(computed, entry.hash) !== 0)
            this.damage(
              place,
              `its content, or that of the dictionary entries that came with it, is not what was written (journal entry ${seq})`,
              capture,
            );
        }
      }
      hash = entry.hash;
      reach = entry;
      if ((seq & 255) === 0) progress?.(seq, of);
    }
    for (const table of DICTIONARIES) {
      const beyond = db.prepare(`SELECT min(id) FROM ${table} WHERE id > ?`).pluck().get(reach[table]) as number | null;
      if (beyond !== null) this.damage(`${table} ${beyond}`, 'no entry of the journal knows of it');
    }
    for (const [table, kind, key] of [
      ['batches', 'batch', 'position'],
      ['capture_starts', 'start', 'id'],
      ['capture_ends', 'end', 'capture'],
      ['capture_drops', 'drop', 'capture'],
    ]) {
      const column = kind === 'batch' ? 'position' : 'capture';
      const extra = db
        .prepare(`SELECT min(${key}) FROM ${table} WHERE ${key} NOT IN (SELECT ${column} FROM journal WHERE kind = ?)`)
        .pluck()
        .get(kind) as number | null;
      if (extra !== null) this.damage(`${table} ${extra}`, 'no entry of the journal knows of it');
    }
  }

  /** What the events themselves must be: readable, numbered without holes, of types and tasks that are there. */
  log(progress?: (done: number, of: number) => void): void {
    const { db } = this;
    const codes = new Set(db.prepare('SELECT code FROM event_types').pluck().all() as number[]);
    const captures = db
      .prepare('SELECT id, first_position AS first, events, ending FROM captures ORDER BY id')
      .all() as { id: number; first: number; events: number; ending: string }[];
    const of = captures.reduce((sum, { events }) => sum + events, 0);
    for (const { id, first, events } of captures) {
      const streams = new StreamIndex();
      let next = first;
      try {
        for (const { batch, versions, count } of readBatches(db, id)) {
          this.batches++;
          const place = `batch at position ${batch.position}`;
          if (batch.position !== next) this.damage(place, `position ${next} is missing before it`, id);
          if (batch.length !== count) this.damage(place, `it has ${batch.length} events, not ${count}`, id);
          for (let row = 0; row < batch.length; row++) {
            if (!codes.has(batch.type[row])) this.damage(`event ${batch.position + row}`, 'its type is not known', id);
            else if (batch.type[row] < EVENT_TYPES.length && streams.note(batch, row) !== versions[row])
              this.damage(`event ${batch.position + row}`, 'its version within its stream is not the next', id);
          }
          streams.take();
          next = batch.position + batch.length;
          this.events += batch.length;
          progress?.(this.events, of);
        }
      } catch (error) {
        this.damage(`batch behind position ${next - 1}`, (error as Error).message, id);
        continue;
      }
      if (next - first !== events)
        this.damage(`capture ${id}`, `it has ${next - first} events in the log, its end says ${events}`, id);
    }
  }

  references(): void {
    const rows = this.db.pragma('foreign_key_check') as { table: string; rowid: number; parent: string }[];
    for (const { table, rowid, parent } of rows)
      if (table in LOG_TABLE_CAPTURES) this.damage(`${table} ${rowid}`, `what it refers to in ${parent} is missing`);
  }
}

/** Checks all of a store's log. Reads everything; changes nothing. */
export function verifyLog(db: Connection, progress?: (what: string, done: number, of: number) => void): Verified {
  const found = new Verification(db);
  found.file();
  found.guards();
  if (found.damages.every(({ place }) => place !== 'the file')) {
    found.chain((done, of) => progress?.('journal', done, of));
    found.log((done, of) => progress?.('events', done, of));
    found.references();
  }
  const { entries, batches, events, dropped, damages } = found;
  return { entries, batches, events, dropped, damages };
}
