// The store: what is written is read back, projections rebuild to the same bytes, a failed ingest leaves nothing behind.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newTotals } from '../../../core/event/capture.ts';
import { eventCode } from '../../../core/event/event-type.ts';
import { NumberedBatch } from '../../../core/event/numbered-batch.ts';
import { streamName } from '../../../core/event/stream.ts';
import { CaptureWriter } from '../../../core/store/capture-writer.ts';
import { readDeltaList } from '../../../core/store/delta-list.ts';
import { LogEncoder } from '../../../core/store/log-encoder.ts';
import { placeOf } from '../../../core/store/log-place.ts';
import { readLog } from '../../../core/store/log-reader.ts';
import { LOG_TABLES } from '../../../core/store/log-tables.ts';
import { rebuildProjections } from '../../../core/store/project.ts';
import { PROJECTION_TABLE_NAMES, PROJECTION_TABLES } from '../../../core/store/projection-tables.ts';
import { type Connection, openStore, StoreError } from '../../../core/store/store.ts';
import { STREAM_TABLE } from '../../../core/store/stream-index.ts';
import { WRITER_TABLE } from '../../../core/store/writer-claim.ts';
import { ingestCapture } from '../../../ingest/ingest.ts';
import { openFileSource } from '../../../ingest/source/file-source.ts';
import { CASES, perfDataOf, reportOn, take, withStore } from '../../support/fixtures.ts';

const INFO = {
  format: 'test',
  tool: null,
  kernel: null,
  arch: null,
  host: null,
  cmdline: null,
  clock: 'test',
  wallOffset: null,
  probes: [],
  unit: 'byte' as const,
  pointers: true,
};

const dump = (db: Connection, tables: readonly string[]): unknown =>
  Object.fromEntries(tables.map((table) => [table, db.prepare(`SELECT * FROM ${table} ORDER BY 1`).raw().all()]));

const tablesOf = (db: Connection): string[] =>
  db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").pluck().all() as string[];

describe('log', () => {
  it('gives back what was appended, at the extremes too', () => {
    const time = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
    const value = fc.oneof(
      fc.integer(),
      fc.constantFrom(Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 0, -1, Number.NaN),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(time, value, value, fc.integer({ min: -1, max: 2147483647 })), {
          minLength: 1,
          maxLength: 100,
        }),
        (rows) =>
          withStore(({ db }) => {
            const batch = NumberedBatch.of(rows.length);
            for (const [at, a, b, tid] of rows) {
              const row = batch.push(at, eventCode('sys_enter_listen'), 1, tid, tid, at);
              batch.args[0][row] = a;
              batch.args[1][row] = b;
            }
            const place = placeOf(db);
            const writer = new CaptureWriter(db, { path: 'p', sha256: 's' }, place);
            const encoder = new LogEncoder(place.bases);
            const entries = { addresses: [], endpoints: [], strings: [] };
            const tasks = encoder.encode(batch);
            writer.append({ batch, tasks, entries, pieces: encoder.streams.take(), info: INFO, origin: null });
            const end = { info: INFO, totals: newTotals(), origin: null, lastAt: encoder.lastAt };
            writer.finish(end, entries, encoder.streams.finish());
            const back = [...readLog(db, writer.capture)].flatMap((read) =>
              Array.from({ length: read.length }, (_, i) => [
                read.at[i],
                read.args[0][i],
                read.args[1][i],
                read.tid[i],
              ]),
            );
            expect(back).toEqual(rows);
          }),
      ),
      { numRuns: 30 },
    );
  });

  it('numbers events without holes, in the log and in each stream', () =>
    withStore((store) => {
      take(store, perfDataOf('nginx-ab'));
      take(store, perfDataOf('listen-errors'));
      const { db } = store;
      const [count, max] = db.prepare('SELECT count(*), max(position) FROM events').raw().get() as number[];
      expect(max).toBe(count);
      expect(db.prepare('SELECT sum(events) FROM captures').pluck().get()).toBe(count);
      const wrong = db
        .prepare(
          `SELECT s.id FROM (SELECT id, sum(length) AS length, CASE kind WHEN 'capture' THEN 'capture-' || capture ELSE kind || '-' || capture || '-' || key END AS name FROM streams GROUP BY capture, kind, key) s
           LEFT JOIN events e ON e.stream = s.name
           GROUP BY s.id HAVING count(e.position) <> s.length OR max(e.version) <> s.length OR count(DISTINCT e.version) <> s.length`,
        )
        .all();
      expect(wrong).toEqual([]);
      const streams = db.prepare('SELECT capture, kind, key, length, positions FROM streams').all() as {
        capture: number;
        kind: 'task' | 'socket' | 'capture';
        key: number;
        length: number;
        positions: Uint8Array;
      }[];
      const named = db.prepare('SELECT position FROM events WHERE stream = ? ORDER BY version').pluck();
      for (const { capture, kind, key, length, positions } of streams.filter((_, k) => k % 17 === 0)) {
        const listed = [...readDeltaList(positions)];
        expect(listed).toHaveLength(length);
        expect(named.all(streamName(kind, capture, key))).toEqual(listed);
      }
      expect(db.pragma('foreign_key_check')).toEqual([]);
    }));

  it('refuses a value that is not an integer: tables are STRICT', () =>
    withStore(({ db }) => {
      expect(() =>
        db.prepare("INSERT INTO gaps (id, capture, kind, from_ns, to_ns) VALUES (1, 1, 'lost', 'soon', 0)").run(),
      ).toThrow(/INTEGER/);
    }));
});

describe('tables', () => {
  it('are STRICT and have a comment for each column', () => {
    const text = [LOG_TABLES.split('CREATE VIEW ')[0], STREAM_TABLE, WRITER_TABLE, PROJECTION_TABLES].join('');
    const tables = text.split('CREATE TABLE ').slice(1);
    expect(tables.length).toBe(24);
    for (const table of tables) {
      const [head, ...columns] = table.trim().split('\n');
      expect(head, 'a purpose').toMatch(/^\w+ \( +-- \S/);
      expect(columns.at(-1)).toBe(') STRICT;');
      for (const column of columns.slice(0, -1).filter((line) => !line.includes('UNIQUE (')))
        expect(column, head).toMatch(/-- \S/);
    }
  });
});

describe('ingest', () => {
  it('knows a capture by its content, whatever its name', () =>
    withStore((store, directory) => {
      const first = take(store, perfDataOf('listen-errors'));
      const copy = join(directory, 'another-name');
      const before = dump(store.db, tablesOf(store.db));
      new Database(':memory:').close();
      const bytes = readFileSync(perfDataOf('listen-errors'));
      const source = {
        name: copy,
        size: bytes.length,
        read: (offset: number, length: number) => bytes.subarray(offset, offset + length),
      };
      expect(ingestCapture(store.db, source)).toEqual({ capture: first, added: false, resumed: 0, notes: [] });
      expect(dump(store.db, tablesOf(store.db))).toEqual(before);
    }));

  it('leaves the store as it was when it fails half-way', () =>
    withStore((store) => {
      take(store, perfDataOf('listen-errors'));
      const before = dump(store.db, tablesOf(store.db));
      const source = openFileSource(perfDataOf('nginx-ab'));
      let reads = 0;
      const failing = {
        ...source,
        read: (offset: number, length: number) => {
          // the hash reads the file once, in pieces; fail while the records are decoded after that
          if (++reads > 12) throw new Error('disk gone');
          return source.read(offset, length);
        },
      };
      expect(() => ingestCapture(store.db, failing)).toThrow('disk gone');
      source.close();
      expect(dump(store.db, tablesOf(store.db))).toEqual(before);
      take(store, perfDataOf('nginx-ab'));
    }));
});

describe('rebuild', () => {
  it.each(CASES)('%s: gives the same rows as the ingest did', (name) =>
    withStore((store) => {
      take(store, perfDataOf(name));
      const before = dump(store.db, PROJECTION_TABLE_NAMES);
      rebuildProjections(store.db);
      expect(dump(store.db, PROJECTION_TABLE_NAMES)).toEqual(before);
    }),
  );

  it('keeps several captures apart', () =>
    withStore((store) => {
      for (const name of ['redis-benchmark', 'reuseport', 'nginx-running']) take(store, perfDataOf(name));
      const before = dump(store.db, PROJECTION_TABLE_NAMES);
      rebuildProjections(store.db);
      expect(dump(store.db, PROJECTION_TABLE_NAMES)).toEqual(before);
      const together = reportOn(store).listeners.map(({ id: _, capture: __, ...rest }) => rest);
      const apart = ['redis-benchmark', 'reuseport', 'nginx-running'].flatMap((name) =>
        withStore((own) => {
          take(own, perfDataOf(name));
          return reportOn(own).listeners.map(({ id: _, capture: __, ...rest }) => rest);
        }),
      );
      expect(together).toEqual(apart);
    }));
});

describe('open', () => {
  it('refuses what is not a store, and a store of another version', () =>
    withStore((store, directory) => {
      expect(() => openStore(join(directory, 'missing.db'), { mode: 'read' })).toThrow(StoreError);
      expect(() => openStore(perfDataOf('lost'), { mode: 'read' })).toThrow(StoreError);
      const other = join(directory, 'other.db');
      const db = new Database(other);
      db.exec('CREATE TABLE t (x)');
      db.close();
      expect(() => openStore(other, { mode: 'write' })).toThrow(/not an acceptq event store/);
      store.db.pragma('user_version = 99');
      store.close();
      expect(() => openStore(store.path, { mode: 'read' })).toThrow(/version 99/);
    }));
});
