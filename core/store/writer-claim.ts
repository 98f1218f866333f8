// One process writes to a store at a time: a row in the store says which, so that another can wait for it, and take over when it has died.
import { readFileSync } from 'node:fs';
import type { Connection } from './store.ts';
import { isBusy } from './store-error.ts';

export const WRITER_TABLE = `
CREATE TABLE writer (                -- the process that writes to this store now, if any
  one             INTEGER PRIMARY KEY CHECK (one = 1), -- there is one at most
  pid             INTEGER NOT NULL,    -- its process id
  started         TEXT NOT NULL,       -- when that process started, in clock ticks since boot: ids are used again
  doing           TEXT NOT NULL        -- what it does
) STRICT;
`;

/** Another process that writes. */
export interface Writer {
  readonly pid: number;
  readonly doing: string;
}

/** Field 22 of /proc/pid/stat; '' where there is no /proc or no such process. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

function isAlive(pid: number, started: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return startOf(pid) === started;
}

/** Makes this process the store's writer. Returns null, or who is it already. */
export function claimWriting(db: Connection, doing: string): Writer | null {
  // asked for without the lock, which a writer may hold for long
  const writer = writerOf(db);
  if (writer !== null && writer.pid !== process.pid) return writer;
  try {
    db.exec('BEGIN IMMEDIATE');
  } catch (error) {
    if (isBusy(error)) return writerOf(db) ?? { pid: 0, doing: 'is writing' };
    throw error;
  }
  try {
    const other = db.prepare('SELECT pid, started, doing FROM writer').get() as
      | (Writer & { started: string })
      | undefined;
    const taken = other !== undefined && isAlive(other.pid, other.started);
    if (!taken)
      db.prepare('INSERT OR REPLACE INTO writer (one, pid, started, doing) VALUES (1, ?, ?, ?)').run(
        process.pid,
        startOf(process.pid),
        doing,
      );
    db.exec('COMMIT');
    return taken ? { pid: other.pid, doing: other.doing } : null;
  } catch (error) {
    if (db.inTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

/** Gives it up again. */
export function endWriting(db: Connection): void {
  if (db.open && !db.readonly && !db.inTransaction) db.prepare('DELETE FROM writer WHERE pid = ?').run(process.pid);
}

/** Whether some process that lives writes to the store. */
export function writerOf(db: Connection): Writer | null {
  const row = db.prepare('SELECT pid, started, doing FROM writer').get() as (Writer & { started: string }) | undefined;
  return row !== undefined && isAlive(row.pid, row.started) ? { pid: row.pid, doing: row.doing } : null;
}
