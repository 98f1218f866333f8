// What is derived of a capture that is being read: gone on with from the writer's last commit, it is what all of its log comes to.
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { PROJECTION_TABLE_NAMES } from '../../../core/store/projection-tables.ts';
import { deriveForReading } from '../../../core/store/provisional.ts';
import { type Connection, openStore } from '../../../core/store/store.ts';
import { ingestCapture } from '../../../ingest/ingest.ts';
import { openFileSource } from '../../../ingest/source/file-source.ts';
import { perfDataOf } from '../../support/fixtures.ts';

/** Commits in small steps, so that something is left of an ingest that is given up. */
vi.hoisted(() => {
  process.env.ACCEPTQ_STEP = '1024';
});

const directory = mkdtempSync(join(tmpdir(), 'acceptq-provisional-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** A store with one whole capture and one whose reading ended after so many events. */
function begun(name: string, events: number): string {
  const path = join(directory, `${name}-${events}.db`);
  const store = openStore(path, { mode: 'create' });
  const whole = openFileSource(perfDataOf('ipv6-dual'));
  ingestCapture(store.db, whole);
  whole.close();
  const source = openFileSource(perfDataOf(name));
  const stop = new Error('enough');
  try {
    ingestCapture(store.db, source, (progress) => {
      if (progress.events > events) throw stop;
    });
  } catch (error) {
    if (error !== stop) throw error;
  }
  source.close();
  store.close();
  return path;
}

const POINTED_TO = ['listeners', 'connections'];

function derived(path: string, before: (db: Connection) => void = () => undefined) {
  const copy = `${path}.copy`;
  copyFileSync(path, copy);
  const db = new Database(copy);
  before(db);
  const [soFar] = deriveForReading(db, [2]);
  const rows = Object.fromEntries(
    PROJECTION_TABLE_NAMES.map((table) => {
      const all = db.prepare(`SELECT * FROM ${table} WHERE capture = 2 ORDER BY id`).all() as { id: number }[];
      // others are numbered behind what the store has, and nothing points to them
      return [table, POINTED_TO.includes(table) ? all : all.map(({ id, ...rest }) => rest)];
    }),
  );
  const views = ['v_listeners', 'v_waits', 'v_overflows'].map((view) => db.prepare(`SELECT * FROM ${view}`).all());
  db.close();
  return { soFar, rows, views };
}

const withoutSnapshots = (db: Connection): void => {
  db.exec('DELETE FROM snapshots');
};

describe('a capture that is being read', () => {
  it.each([
    ['acceptload-burst', 6000],
    ['acceptload-burst', 9500],
    ['nginx-ab', 7000],
    ['redis-benchmark', 5000],
  ])('is folded from the last snapshot on, to the same rows: %s, %i events', (name, events) => {
    const path = begun(name, events);
    const resumed = derived(path);
    const anew = derived(path, withoutSnapshots);
    expect(anew.soFar.folded).toBe(anew.soFar.events);
    expect(resumed.soFar.folded).toBeLessThan(resumed.soFar.events - 4000);
    expect(resumed.soFar.events).toBe(anew.soFar.events);
    for (const table of PROJECTION_TABLE_NAMES) expect([table, resumed.rows[table]]).toEqual([table, anew.rows[table]]);
    expect(resumed.views).toEqual(anew.views);
    expect(resumed.rows.connections.length).toBeGreaterThan(60);
  });

  it('is folded anew when its events show a probe that its writer did not know of', () => {
    const path = begun('acceptload-burst', 9500);
    const forgotten = (db: Connection): void => {
      db.exec('DROP TRIGGER IF EXISTS capture_starts_no_update');
      for (const name of db
        .prepare("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'capture_starts'")
        .pluck()
        .all())
        db.exec(`DROP TRIGGER ${name}`);
      db.exec("UPDATE capture_starts SET probes = '[]' WHERE id = 2");
    };
    const { soFar, rows } = derived(path, forgotten);
    expect(soFar.folded).toBe(soFar.events);
    expect(rows.listeners).toEqual(derived(path, withoutSnapshots).rows.listeners);
  });
});
