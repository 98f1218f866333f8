// Transactions of a writer, one after the other: what is committed stays, and nobody else writes in between.
import { lastEntry } from './journal.ts';
import type { Connection } from './store.ts';
import { StoreError } from './store-error.ts';

/** Within a transaction of the caller's, a session is a part of that: nothing stays before the caller commits. */
export class LogSession {
  private readonly db: Connection;
  private readonly within: boolean;
  /** The journal's last entry when this last committed. */
  private seq = 0;

  constructor(db: Connection) {
    this.db = db;
    this.within = db.inTransaction;
  }

  begin(): void {
    this.db.exec(this.within ? 'SAVEPOINT session' : 'BEGIN IMMEDIATE');
  }

  /** What was written up to here stays, whatever happens next. Throws StoreError when another process wrote meanwhile. */
  step(): void {
    if (this.within) return;
    const { db } = this;
    this.commit();
    db.exec('BEGIN IMMEDIATE');
    const seq = lastEntry(db)?.seq ?? 0;
    if (seq === this.seq) return;
    this.rollback();
    throw new StoreError(
      db.name,
      'another process has written to it meanwhile',
      'let one process write at a time, then run the same command again: what was read stays',
    );
  }

  commit(): void {
    const { db } = this;
    this.seq = lastEntry(db)?.seq ?? 0;
    db.exec(this.within ? 'RELEASE session' : 'COMMIT');
  }

  rollback(): void {
    if (this.db.inTransaction) this.db.exec(this.within ? 'ROLLBACK TO session; RELEASE session' : 'ROLLBACK');
  }
}
