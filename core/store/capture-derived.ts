// What is derived from one capture's events, to be taken away before it is derived anew.
import { PROJECTION_TABLE_NAMES } from './projection-tables.ts';
import type { Connection } from './store.ts';

/** Every table that is not log. */
export const DERIVED_TABLE_NAMES: readonly string[] = ['streams', 'processors', 'snapshots', ...PROJECTION_TABLE_NAMES];

/** Removes the rows of a capture from every table that is not log. */
export function clearDerived(db: Connection, capture: number): void {
  for (const table of DERIVED_TABLE_NAMES) db.prepare(`DELETE FROM ${table} WHERE capture = ?`).run(capture);
}
