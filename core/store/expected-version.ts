// What a writer expects the log to be when it appends: if another has written meanwhile, nothing is written.
import { lastEntry } from './journal.ts';
import type { Connection } from './store.ts';
import { StoreError } from './store-error.ts';

/** What must be so; what is left away may be anything. */
export interface Expected {
  /** Number of the journal's last entry; 0: it has none. */
  readonly seq?: number;
  /** A capture's stream and how many events it has; 0 also when there is no such capture. */
  readonly stream?: { readonly capture: number; readonly events: number };
}

/** The log is not at the version that the writer expects. Nothing was written. */
export class ExpectedVersionError extends StoreError {
  /** `journal`, or the stream's name. */
  readonly of: string;
  readonly expected: number;
  readonly actual: number;

  constructor(path: string, of: string, expected: number, actual: number) {
    super(
      path,
      `another process has written to it meanwhile: its ${of} is at ${actual}, not ${expected}`,
      'let one process write at a time, then run the same command again: what was read stays',
    );
    this.of = of;
    this.expected = expected;
    this.actual = actual;
  }
}

/** Within the transaction that is to append. Throws ExpectedVersionError. */
export function checkExpected(db: Connection, { seq, stream }: Expected): void {
  if (seq !== undefined) {
    const actual = lastEntry(db)?.seq ?? 0;
    if (actual !== seq) throw new ExpectedVersionError(db.name, 'journal', seq, actual);
  }
  if (stream === undefined) return;
  const { capture, events } = stream;
  const actual = db
    .prepare('SELECT ifnull(sum(count), 0) FROM batches WHERE capture = ?')
    .pluck()
    .get(capture) as number;
  if (actual !== events) throw new ExpectedVersionError(db.name, `stream capture-${capture}`, events, actual);
}
