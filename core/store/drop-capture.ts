// Takes one capture out of a store, and says so in the log.
import { LOG_TABLE_CAPTURES } from './append-only.ts';
import { ChainWriter, NO_ENTRIES } from './chain-writer.ts';
import { lastEntry } from './journal.ts';
import { type RebuildProgress, rebuildProjections } from './project.ts';
import type { Connection } from './store.ts';

export interface Dropped {
  readonly capture: number;
  readonly path: string;
  readonly events: number;
}

/**
 * Drops a capture: its events, dictionary entries and all that is derived from them. What stays is a row in capture_drops and, in the
 * journal, the hashes, so that the chain still proves the rest. Positions and ids are not given again. `at` is the time, ISO 8601.
 * Undefined: there is no such capture.
 */
export function dropCapture(
  db: Connection,
  capture: number,
  at: string,
  reason: string,
  progress?: (state: RebuildProgress) => void,
): Dropped | undefined {
  const row = db
    .prepare('SELECT path, sha256, first_position AS first, events FROM captures WHERE id = ?')
    .get(capture) as { path: string; sha256: string | null; first: number; events: number } | undefined;
  if (row === undefined) return undefined;
  db.transaction(() => {
    const drop = [capture, at, reason, row.path, row.sha256, row.first, row.events] as const;
    new ChainWriter(db, lastEntry(db) ?? null).link('drop', capture, row.first, drop, NO_ENTRIES, null);
    db.prepare(
      'INSERT INTO capture_drops (capture, at, reason, path, sha256, first_position, events) VALUES (?, ?, ?, ?, ?, ?, ?)',
    ).run(...drop);
    // batches first, the capture's own rows last: what refers goes before what it refers to
    for (const [table, column] of Object.entries(LOG_TABLE_CAPTURES).reverse())
      if (column !== null) db.prepare(`DELETE FROM ${table} WHERE ${column} = ?`).run(capture);
    rebuildProjections(db, progress);
  }).immediate();
  return { capture, path: row.path, events: row.events };
}
