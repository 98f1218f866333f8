// Brings a store of an older version into the present form, step by step, in one transaction: all of it, or nothing.
import { STORE_VERSION } from '../log-tables.ts';
import type { Connection } from '../store.ts';
import { from1 } from './from-1.ts';
import { from2 } from './from-2.ts';

/** In migrated stores only: why their journal does not go back to their first day. */
const MIGRATIONS_TABLE = `
CREATE TABLE IF NOT EXISTS migrations ( -- when this store was brought into a newer form
  id              INTEGER PRIMARY KEY, -- in order
  from_version    INTEGER NOT NULL,    -- store version before
  to_version      INTEGER NOT NULL,    -- and after
  at              TEXT NOT NULL        -- when, UTC, ISO 8601; of the time before 3, the journal's hashes prove nothing
) STRICT;
`;

/** The oldest version that can be brought up. */
export const OLDEST = 1;

export interface NewForm {
  /** Makes all that a new store has. */
  readonly create: () => void;
  /** Derives all that follows from the log. */
  readonly derive: () => void;
}

/** `at` is the time, ISO 8601. Does nothing when another process has done it meanwhile. */
export function migrate(db: Connection, { create, derive }: NewForm, at: string): void {
  db.transaction(() => {
    const before = db.pragma('user_version', { simple: true }) as number;
    if (before < OLDEST || before >= STORE_VERSION) return;
    // tables are renamed: views must not be in the way
    const views = db.prepare("SELECT name FROM sqlite_master WHERE type = 'view'").pluck().all() as string[];
    for (const view of views) db.exec(`DROP VIEW "${view.replaceAll('"', '""')}"`);
    if (before === 1) from1(db);
    from2(db, create);
    db.exec(MIGRATIONS_TABLE);
    db.prepare('INSERT INTO migrations (from_version, to_version, at) VALUES (?, ?, ?)').run(before, STORE_VERSION, at);
    derive();
  }).immediate();
}

export interface Migration {
  readonly from_version: number;
  readonly at: string;
}

/** What was done to a store, in order. */
export function migrationsOf(db: Connection): readonly Migration[] {
  const isThere = db.prepare("SELECT count(*) FROM sqlite_master WHERE name = 'migrations'").pluck().get();
  return isThere === 0 ? [] : (db.prepare('SELECT from_version, at FROM migrations ORDER BY id').all() as Migration[]);
}
