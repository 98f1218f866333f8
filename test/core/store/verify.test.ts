// verify finds what was done to the log behind its back; and the database refuses what goes through the front door.
import { closeSync, copyFileSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LOG_TABLE_CAPTURES } from '../../../core/store/append-only.ts';
import { dropCapture } from '../../../core/store/drop-capture.ts';
import { type Connection, openStore } from '../../../core/store/store.ts';
import { type Verified, verifyLog } from '../../../core/store/verify.ts';
import { perfDataOf, reportOn, take, withStore } from '../../support/fixtures.ts';

const AT = '2026-01-01T00:00:00.000Z';

/** A store with two captures, closed, to be damaged in copies. */
function withDamage(use: (damage: (change: (db: Connection) => void) => Verified, file: string) => void): void {
  withStore((store, directory) => {
    take(store, perfDataOf('nginx-ab'));
    take(store, perfDataOf('listen-errors'));
    const { path } = store;
    store.close();
    let copies = 0;
    use((change) => {
      const copy = join(directory, `copy-${copies++}.db`);
      copyFileSync(path, copy);
      const db = new Database(copy);
      try {
        db.pragma('foreign_keys = OFF');
        for (const name of db
          .prepare("SELECT name FROM sqlite_master WHERE type = 'trigger'")
          .pluck()
          .all() as string[])
          db.exec(`DROP TRIGGER ${name}`);
        change(db);
        const { damages, ...rest } = verifyLog(db);
        // the triggers that this test itself took away
        return { ...rest, damages: damages.filter(({ place }) => place !== 'triggers') };
      } finally {
        db.close();
      }
    }, path);
  });
}

describe('verify', () => {
  it('finds nothing in a store that nobody touched, and counts what is there', () =>
    withStore((store) => {
      take(store, perfDataOf('nginx-ab'));
      take(store, perfDataOf('listen-errors'));
      const { events, damages } = verifyLog(store.db);
      expect(damages).toEqual([]);
      expect(events).toBe(store.db.prepare('SELECT count(*) FROM events').pluck().get());
    }));

  it('finds a changed digit, a deleted row and swapped rows, and says where', () =>
    withDamage((damage) => {
      expect(damage(() => undefined).damages).toEqual([]);
      const changed = damage((db) =>
        db.exec(
          "UPDATE batches SET events = replace(events, '1', '2') WHERE position = (SELECT max(position) FROM batches WHERE capture = 1)",
        ),
      );
      expect(changed.damages[0].place).toMatch(/^batch at position \d+$/);
      expect(changed.damages[0].capture).toBe(1);

      const gone = damage((db) => db.exec('DELETE FROM batches WHERE position = 1025'));
      expect(gone.damages[0]).toMatchObject({ place: 'batch at position 1025', capture: 1 });
      expect(gone.damages[0].problem).toMatch(/missing/);

      const swapped = damage((db) =>
        db.exec(`CREATE TEMP TABLE two AS SELECT position, events FROM batches WHERE position IN (1, 1025);
                 UPDATE batches SET events = (SELECT events FROM two WHERE two.position = 1026 - batches.position)
                 WHERE position IN (1, 1025);`),
      );
      expect(swapped.damages.map(({ place }) => place)).toContain('batch at position 1');

      const name = damage((db) => db.exec("UPDATE strings SET text = 'nginy' WHERE text = 'nginx'"));
      expect(name.damages[0].problem).toMatch(/dictionary/);

      const start = damage((db) => db.exec("UPDATE capture_starts SET kernel = '6.1.0' WHERE id = 2"));
      expect(start.damages[0]).toMatchObject({ place: 'capture_starts of capture 2', capture: 2 });

      const cut = damage((db) =>
        db.exec(
          'DELETE FROM journal WHERE seq = (SELECT max(seq) FROM journal); DELETE FROM capture_ends WHERE capture = 2',
        ),
      );
      // as an interrupted run would have left it, but for the entries that came with the end
      expect(cut.damages.every(({ place }) => !place.startsWith('batch'))).toBe(true);

      const more = damage((db) => db.exec("INSERT INTO addresses (id, capture, address) VALUES (9999999, 1, 'ffff')"));
      expect(more.damages.map(({ place }) => place)).toContain('addresses 9999999');
    }));

  it('finds any row of any table of the log that is taken away', () =>
    withDamage((damage) => {
      for (const table of Object.keys(LOG_TABLE_CAPTURES)) {
        const before = damage(() => undefined);
        expect(before.damages).toEqual([]);
        let removed = 0;
        const found = damage((db) => {
          const row =
            table === 'event_types' ? "name = 'sys_enter_accept4'" : `rowid = (SELECT max(rowid) FROM ${table})`;
          removed = db.prepare(`DELETE FROM ${table} WHERE ${row}`).run().changes;
        });
        if (table === 'capture_drops')
          expect(removed).toBe(0); // none was dropped
        else expect(found.damages.length, table).toBeGreaterThan(0);
      }
    }));

  it('finds any one byte of an event that is changed in the file', () =>
    withDamage((_, file) => {
      const bytes = readFileSync(file);
      const text = bytes.toString('latin1');
      const db = new Database(file, { readonly: true });
      const batches = db.prepare('SELECT events FROM batches').pluck().all() as string[];
      db.close();
      const copy = `${file}-byte`;
      fc.assert(
        fc.property(fc.nat(), fc.nat(), fc.integer({ min: 1, max: 255 }), (which, where, flip) => {
          // wherever it is in the file: pages that are free again may have it too
          const head = batches[which % batches.length].slice(0, 200);
          copyFileSync(file, copy);
          const handle = openSync(copy, 'r+');
          for (let start = text.indexOf(head); start >= 0; start = text.indexOf(head, start + 1)) {
            const at = start + (where % head.length);
            writeSync(handle, Buffer.of(bytes[at] ^ flip), 0, 1, at);
          }
          closeSync(handle);
          const damaged = new Database(copy, { readonly: true });
          try {
            expect(verifyLog(damaged).damages.length).toBeGreaterThan(0);
          } finally {
            damaged.close();
          }
        }),
        { numRuns: 40 },
      );
    }));
});

describe('append-only', () => {
  it('is held by the database itself, for every table of the log', () =>
    withStore((store) => {
      take(store, perfDataOf('listen-errors'));
      const { db } = store;
      for (const table of Object.keys(LOG_TABLE_CAPTURES)) {
        const [column] = (db.pragma(`table_info(${table})`) as { name: string }[]).map(({ name }) => name);
        const rows = db.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number;
        if (rows === 0) continue;
        expect(() => db.exec(`UPDATE ${table} SET ${column} = ${column}`), table).toThrow(/append-only/);
        expect(() => db.exec(`DELETE FROM ${table}`), table).toThrow(/append-only/);
      }
      expect(() =>
        db.exec(
          "INSERT INTO batches (position, capture, count, at_ns, source, from_ns, to_ns, events) VALUES (0, 1, 1, 0, 0, 0, 0, '[]')",
        ),
      ).toThrow(/append-only/);
    }));
});

describe('drop', () => {
  it('takes out a capture and nothing else, says so, and leaves a log that proves whole', () =>
    withStore((store) => {
      take(store, perfDataOf('nginx-ab'));
      const kept = take(store, perfDataOf('listen-errors'));
      const alone = withStore((other) => {
        take(other, perfDataOf('listen-errors'));
        return reportOn(other);
      });
      const { db } = store;
      const last = db.prepare('SELECT max(position) FROM events').pluck().get() as number;
      expect(dropCapture(db, 1, AT, 'a test')).toMatchObject({ capture: 1, events: 11996 });
      expect(verifyLog(db).damages).toEqual([]);
      expect(db.prepare('SELECT capture, at, reason, events FROM capture_drops').all()).toEqual([
        { capture: 1, at: AT, reason: 'a test', events: 11996 },
      ]);
      for (const [table, column] of Object.entries(LOG_TABLE_CAPTURES))
        if (column !== null)
          expect(db.prepare(`SELECT DISTINCT ${column} FROM ${table}`).pluck().all(), table).toEqual([kept]);
      expect(reportOn(store).listeners.map(({ address, port, enqueued }) => ({ address, port, enqueued }))).toEqual(
        alone.listeners.map(({ address, port, enqueued }) => ({ address, port, enqueued })),
      );
      // numbers are not given again
      const again = take(store, perfDataOf('nginx-ab'));
      expect(again).toBe(3);
      expect(db.prepare('SELECT first_position FROM captures WHERE id = ?').pluck().get(again)).toBe(last + 1);
      expect(verifyLog(db).damages).toEqual([]);
      expect(dropCapture(db, 1, AT, 'again')).toBeUndefined();
    }));

  it('can drop the last capture, and the only one', () =>
    withStore((store) => {
      take(store, perfDataOf('listen-errors'));
      dropCapture(store.db, 1, AT, 'a test');
      expect(verifyLog(store.db).damages).toEqual([]);
      expect(take(store, perfDataOf('listen-errors'))).toBe(2);
      const { damages, dropped } = verifyLog(store.db);
      expect(damages).toEqual([]);
      expect(dropped).toBeGreaterThan(0);
      const path = store.path;
      store.close();
      const again = openStore(path, { mode: 'read' });
      expect(verifyLog(again.db).damages).toEqual([]);
      again.close();
    }));
});
