// Derived tables of captures that are being read right now, for whoever reads, in temporary tables that stand before the store's own:
// what the writer has committed, and what follows from the log beyond. The writer is not disturbed, and all that is read belongs to one
// state of the log.
import { DERIVED_TABLE_NAMES } from './capture-derived.ts';
import { DERIVED_TABLES, type FirstIds, projectCapture, projectOn, type RebuildProgress } from './project.ts';
import { resumeFold } from './resume-fold.ts';
import type { Connection } from './store.ts';
import { VIEWS } from './views/index.ts';

/** How far a capture was when it was looked at. */
export interface SoFar {
  readonly capture: number;
  readonly path: string;
  readonly events: number;
  readonly duration_ns: number;
  /** Events that were folded for it. */
  readonly folded: number;
}

const temporary = (sql: string): string => sql.replaceAll(/CREATE (TABLE|VIEW) /g, 'CREATE TEMP $1 ');

/**
 * Derives the rows of some captures for this connection only, as if each ended with its last event that is committed: from where the
 * writer has come, where it left a snapshot. Pieces of their streams are those that the store has. Other captures' rows are those of the
 * store. The connection stays in one read transaction until it is closed.
 */
export function deriveForReading(
  db: Connection,
  captures: readonly number[],
  progress?: (state: RebuildProgress) => void,
): readonly SoFar[] {
  db.exec('BEGIN');
  const those = captures.join(', ');
  const resumed = captures.map((capture) => resumeFold(db, capture));
  db.exec(temporary(DERIVED_TABLES));
  const first = firstBefore(db, those);
  const folded = new Map<number, number>();
  const anew: number[] = [];
  for (const [k, capture] of captures.entries()) {
    const fold = resumed[k];
    const row = db.prepare('SELECT events, first_position AS first FROM captures WHERE id = ?').get(capture);
    const { events, first: from } = row as { events: number; first: number };
    if (fold !== null && projectOn(db, capture, fold, progress)) {
      folded.set(capture, fold.folded + from + events - 1 - fold.position);
      continue;
    }
    for (const table of DERIVED_TABLE_NAMES) db.prepare(`DELETE FROM temp.${table} WHERE capture = ?`).run(capture);
    projectCapture(db, capture, progress, first);
    folded.set(capture, events);
    anew.push(capture);
  }
  for (const table of DERIVED_TABLE_NAMES) {
    const replaced = table === 'processors' ? those : anew.join(', ');
    db.exec(`
      ALTER TABLE temp.${table} RENAME TO so_far_${table};
      CREATE TEMP VIEW ${table} AS
      SELECT * FROM main.${table} WHERE capture NOT IN (${replaced}) UNION ALL SELECT * FROM temp.so_far_${table};
    `);
  }
  for (const view of Object.values(VIEWS)) db.exec(temporary(view));
  const rows = db
    .prepare(`SELECT id AS capture, path, events, duration_ns FROM captures WHERE id IN (${those}) ORDER BY id`)
    .all() as Omit<SoFar, 'folded'>[];
  return rows.map((row) => ({ ...row, folded: folded.get(row.capture) ?? 0 }));
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
