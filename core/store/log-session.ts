// Transactions of a writer, one after the other: what is committed stays, and nobody else writes in between.
import { checkExpected, type Expected } from './expected-version.ts';
import { lastEntry } from './journal.ts';
import type { Connection } from './store.ts';

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

  /** `expected`: what the log must be now. Throws ExpectedVersionError when it is not; then nothing has begun. */
  begin(expected: Expected = {}): void {
    this.db.exec(this.within ? 'SAVEPOINT session' : 'BEGIN IMMEDIATE');
    try {
      checkExpected(this.db, expected);
    } catch (error) {
      this.rollback();
      throw error;
    }
  }

  /** What was written up to here stays, whatever happens next. Throws ExpectedVersionError when another process wrote meanwhile. */
  step(): void {
    if (this.within) return;
    this.commit();
    this.begin({ seq: this.seq });
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
