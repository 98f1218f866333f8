// Derived tables of captures that are being read right now: made from the log by whoever reads, in temporary tables that stand before
// the store's own. The writer is not disturbed, and all that is read belongs to one state of the log.
import { DERIVED_TABLE_NAMES } from './capture-derived.ts';
import { DERIVED_TABLES, type FirstIds, projectCapture, type RebuildProgress } from './project.ts';
import type { Connection } from './store.ts';
import { VIEWS } from './views/index.ts';

/** How far a capture was when it was looked at. */
export interface SoFar {
  readonly capture: number;
  readonly path: string;
  readonly events: number;
  readonly duration_ns: number;
}

const temporary = (sql: string): string => sql.replaceAll(/CREATE (TABLE|VIEW) /g, 'CREATE TEMP $1 ');

/**
 * Derives the rows of some captures for this connection only, as if each ended with its last event that is committed. Other captures'
 * rows are those of the store. The connection stays in one read transaction until it is closed.
 */
export function deriveForReading(
  db: Connection,
  captures: readonly number[],
  progress?: (state: RebuildProgress) => void,
): readonly SoFar[] {
  db.exec('BEGIN');
  const those = captures.join(', ');
  db.exec(temporary(DERIVED_TABLES));
  const first = firstBefore(db, those);
  for (const capture of captures) projectCapture(db, capture, progress, first);
  for (const table of DERIVED_TABLE_NAMES)
    db.exec(`
      ALTER TABLE temp.${table} RENAME TO so_far_${table};
      CREATE TEMP VIEW ${table} AS
      SELECT * FROM main.${table} WHERE capture NOT IN (${those}) UNION ALL SELECT * FROM temp.so_far_${table};
    `);
  for (const view of Object.values(VIEWS)) db.exec(temporary(view));
  return db
    .prepare(`SELECT id AS capture, path, events, duration_ns FROM captures WHERE id IN (${those}) ORDER BY id`)
    .all() as SoFar[];
}

/** The ids that the writer gives them as well: behind the captures before. */
function firstBefore(db: Connection, captures: string): FirstIds {
  const next = (table: string): number =>
    db
      .prepare(`SELECT ifnull(max(id), 0) + 1 FROM main.${table} WHERE capture NOT IN (${captures})`)
      .pluck()
      .get() as number;
  return { listener: next('listeners'), connection: next('connections') };
}
