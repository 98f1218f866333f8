// Runs one read-only SQL query of a user and hands its rows out one by one.

import type { Store } from './store.ts';
import { StoreError } from './store-error.ts';

/** INTEGER as bigint, so that none is rounded; REAL as number; BLOB as bytes. */
export type SqlValue = bigint | number | string | Uint8Array | null;

/** The query is not one that can be run. The user can mend it. */
export class QueryError extends Error {}

export interface SqlResult {
  /** Names of the columns; two may be the same. */
  readonly columns: readonly string[];
  /** To be read once. Throws QueryError or StoreError where a row cannot be computed or read. */
  readonly rows: Iterable<readonly SqlValue[]>;
}

/** What a query may begin with. PRAGMA is not among them: several change how a database is read. */
const READS = new Set(['SELECT', 'WITH', 'VALUES', 'EXPLAIN']);
const SPACE = /^(?:\s|--[^\n]*(?:\n|$)|\/\*[\s\S]*?(?:\*\/|$))+/;

/** SQLite's codes for a file that cannot be used, whatever the query is. */
const FILE_CODES = /^SQLITE_(BUSY|LOCKED|CANTOPEN|CORRUPT|FULL|IOERR|NOTADB|PROTOCOL)/;

function checkShape(sql: string): void {
  if (sql.includes('\0')) throw new QueryError('the query holds a NUL character, where SQLite would cut it off');
  const word = /^\w+/.exec(sql.replace(SPACE, ''))?.[0].toUpperCase();
  if (word === undefined) throw new QueryError('the query is empty; give one SELECT');
  if (READS.has(word)) return;
  if (word === 'PRAGMA')
    throw new QueryError(
      "PRAGMA is not taken here: --schema shows tables and columns, SELECT * FROM pragma_table_info('NAME') works too",
    );
  throw new QueryError(`only reading is allowed here: SELECT, WITH, VALUES or EXPLAIN, not ${word}`);
}

/** SQLite's error, in the terms of the one who has to act. */
function translated(error: unknown, path: string): unknown {
  if (!(error instanceof Error)) return error;
  const { code } = error as { code?: unknown };
  if (typeof code === 'string' && FILE_CODES.test(code))
    return new StoreError(
      path,
      error.message,
      'try again when nothing writes to it; acceptq report shows whether it can be read',
    );
  if (typeof code === 'string' && code.startsWith('SQLITE_')) return new QueryError(error.message);
  // better-sqlite3's own checks
  if (/more than one statement/.test(error.message))
    return new QueryError('this is more than one statement; give one, and a semicolon only at its end');
  if (/no statements/.test(error.message)) return new QueryError('the query is empty; give one SELECT');
  if (/parameter/.test(error.message))
    return new QueryError('the query has parameters (?, :name, @name or $name); write the values into it');
  return error;
}

function* rowsOf(run: () => Iterable<unknown>, path: string): Generator<readonly SqlValue[], void> {
  try {
    yield* run() as Iterable<readonly SqlValue[]>;
  } catch (error) {
    throw translated(error, path);
  }
}

/**
 * Compiles a query on a store that was opened for reading. Throws QueryError when it is anything but one statement that reads, or when SQLite
 * refuses it; StoreError when the file cannot be read.
 */
export function querySql({ db, path }: Pick<Store, 'db' | 'path'>, sql: string): SqlResult {
  checkShape(sql);
  if (!db.readonly) throw new Error('a store to be queried is opened with mode read');
  try {
    db.pragma('query_only = ON'); // temporary tables neither
    const statement = db.prepare(sql);
    if (!statement.reader || !statement.readonly)
      throw new QueryError('only reading is allowed here: this statement would change something');
    const run = statement.safeIntegers(true).raw(true);
    return { columns: statement.columns().map(({ name }) => name), rows: rowsOf(() => run.iterate(), path) };
  } catch (error) {
    throw translated(error, path);
  }
}
