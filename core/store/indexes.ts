// Indexes, made after loading: one pass over many rows is cheaper than keeping them up row by row.
import { SNAPSHOT_INDEXES } from './snapshots.ts';
import type { Connection } from './store.ts';

/** For the report. */
export function indexProjections(db: Connection): void {
  db.exec(`
    CREATE INDEX IF NOT EXISTS connections_by_listener ON connections (listener);
    CREATE INDEX IF NOT EXISTS refusals_by_listener ON refusals (listener);
  `);
}

/** For reading single streams, tasks and instants: a store that is kept. */
export function indexLog(db: Connection): void {
  db.exec(`
    CREATE INDEX IF NOT EXISTS streams_by_name ON streams (capture, kind, key);
    CREATE INDEX IF NOT EXISTS batches_by_capture ON batches (capture, position);
    CREATE INDEX IF NOT EXISTS tasks_by_capture ON tasks (capture);
    ${SNAPSHOT_INDEXES}
  `);
}
