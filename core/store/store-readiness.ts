// Whether a store can be read now, without waiting for it.
import { statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { isBusy } from './store-error.ts';

/** absent: no such file; empty: nothing is committed yet; busy: a process has it for itself, as the first load into a new store has. */
export type Readiness = 'absent' | 'empty' | 'busy' | 'ready';

/** What is wrong with the file otherwise, opening it tells: then it is ready for that. */
export function readinessOf(path: string): Readiness {
  const file = statSync(path, { throwIfNoEntry: false });
  if (file === undefined) return 'absent';
  if (file.size === 0) return 'empty';
  let db: Database.Database | undefined;
  try {
    db = new Database(path, { readonly: true, timeout: 0 });
    return db.prepare('SELECT count(*) FROM sqlite_master').pluck().get() === 0 ? 'empty' : 'ready';
  } catch (error) {
    return isBusy(error) ? 'busy' : 'ready';
  } finally {
    db?.close();
  }
}
