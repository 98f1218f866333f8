// The event store: one SQLite file that holds the log and what is rebuilt from it.
import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import { EVENT_TYPES } from '../event/event-type.ts';
import { LOG_TRIGGERS } from './append-only.ts';
import { APPLICATION_ID, LOG_TABLES, STORE_VERSION } from './log-tables.ts';
import { PROJECTION_TABLES } from './projection-tables.ts';
import { StoreError } from './store-error.ts';
import { STREAM_TABLE } from './stream-index.ts';
import { WRITER_TABLE } from './writer-claim.ts';

export { StoreError } from './store-error.ts';

export type Connection = Database.Database;

export interface Store {
  readonly path: string;
  readonly db: Connection;
  close(): void;
}

export interface OpenOptions {
  /** `create` makes the file when it is not there; `read` refuses to change anything. */
  readonly mode: 'create' | 'write' | 'read';
  /** A store that is thrown away afterwards: no durability. */
  readonly temporary?: boolean;
}

/** Batches of the log are long: fewer pages for each. */
const PAGE_SIZE = 16384;

function create(db: Connection): void {
  db.transaction(() => {
    db.exec(LOG_TABLES);
    db.exec(STREAM_TABLE);
    db.exec(PROJECTION_TABLES);
    db.exec(WRITER_TABLE);
    const insert = db.prepare('INSERT INTO event_types (code, name, version, stream, args) VALUES (?, ?, ?, ?, ?)');
    for (const { code, name, version, stream, args } of EVENT_TYPES)
      insert.run(code, name, version, stream, JSON.stringify(args));
    db.exec(LOG_TRIGGERS);
    db.pragma(`application_id = ${APPLICATION_ID}`);
    db.pragma(`user_version = ${STORE_VERSION}`);
  })();
}

function check(path: string, db: Connection): void {
  const application = db.pragma('application_id', { simple: true });
  const version = db.pragma('user_version', { simple: true });
  if (application !== APPLICATION_ID)
    throw new StoreError(path, 'it is not an acceptq event store', 'name a file made by acceptq ingest');
  if (version !== STORE_VERSION) {
    throw new StoreError(
      path,
      `it has store version ${version}, this acceptq reads ${STORE_VERSION}`,
      'ingest the captures again into a new store',
    );
  }
}

/** Opens a store. Throws StoreError when it is missing, damaged or something else. */
export function openStore(path: string, options: OpenOptions): Store {
  const isNew = !existsSync(path);
  if (isNew && options.mode !== 'create')
    throw new StoreError(path, 'there is no such store', 'make one: acceptq ingest CAPTURE --db FILE');
  let db: Connection | undefined;
  try {
    db = new Database(path, { readonly: options.mode === 'read' });
    db.pragma('foreign_keys = OFF'); // checked by verification, not per row on the hot path
    if (options.temporary) {
      db.pragma('journal_mode = OFF');
      db.pragma('synchronous = OFF');
      db.pragma('locking_mode = EXCLUSIVE');
    } else if (isNew) {
      // a first load goes into pages that are new to the file: written once here, twice with a write-ahead log
      db.pragma(`page_size = ${PAGE_SIZE}`);
      db.pragma('synchronous = FULL');
    } else if (options.mode !== 'read') {
      db.pragma('journal_mode = WAL');
      db.pragma('synchronous = NORMAL');
    }
    if (isNew || db.prepare('SELECT count(*) FROM sqlite_master').pluck().get() === 0) create(db);
    check(path, db);
  } catch (error) {
    db?.close();
    if (error instanceof StoreError) throw error;
    const { message } = error as Error;
    throw new StoreError(path, message, 'name a file made by acceptq ingest, or a new one');
  }
  const opened = db;
  return {
    path,
    db: opened,
    close() {
      // from now on readers and a writer do not wait for each other
      if (isNew && options.temporary !== true && opened.open && !opened.inTransaction)
        opened.pragma('journal_mode = WAL');
      opened.close();
    },
  };
}
