// The event store: one SQLite file that holds the log and what is rebuilt from it.
import { existsSync, statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { EVENT_TYPES } from '../event/event-type.ts';
import type { StoredType } from '../event/upcast.ts';
import { LOG_TRIGGERS } from './append-only.ts';
import { APPLICATION_ID, LOG_TABLES, STORE_VERSION } from './log-tables.ts';
import { migrate, OLDEST } from './migration/migrate.ts';
import { DERIVED_TABLES, rebuildProjections } from './project.ts';
import { SNAPSHOT_TABLE } from './snapshots.ts';
import { isBusy, OldStoreError, StoreError, storeErrorOf } from './store-error.ts';
import { createViews } from './views/index.ts';
import { WRITER_TABLE } from './writer-claim.ts';

export { isBusy, OldStoreError, StoreError } from './store-error.ts';

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
  /** Readers come while a new store is filled. Otherwise its first load has it for itself, which is faster. */
  readonly shared?: boolean;
}

/** Batches of the log are long: fewer pages for each. */
const PAGE_SIZE = 16384;

/** Makes all that a new store has. */
function create(db: Connection): void {
  db.transaction(() => {
    db.exec(LOG_TABLES);
    db.exec(DERIVED_TABLES);
    createViews(db);
    db.exec(WRITER_TABLE);
    db.exec(LOG_TRIGGERS);
    db.pragma(`application_id = ${APPLICATION_ID}`);
    db.pragma(`user_version = ${STORE_VERSION}`);
  })();
}

/** Names today's event types in the store, so that it says itself what its events are. */
function addTypes(path: string, db: Connection): void {
  const stored = db.prepare('SELECT code, name, version FROM event_types').all() as StoredType[];
  const byCode = new Map(stored.map((type) => [type.code, type]));
  const missing = EVENT_TYPES.filter(({ code }) => !byCode.has(code));
  const other = EVENT_TYPES.find(({ code, name, version }) => {
    const there = byCode.get(code);
    return there !== undefined && (there.name !== name || there.version !== version);
  });
  if (other !== undefined)
    throw new StoreError(
      path,
      `its event type ${other.code} is ${byCode.get(other.code)?.name}, here it is ${other.name}`,
      'use the acceptq that made it, or ingest the captures again into a new store',
    );
  if (missing.length === 0) return;
  const insert = db.prepare('INSERT INTO event_types (code, name, version, stream, args) VALUES (?, ?, ?, ?, ?)');
  db.transaction(() => {
    for (const { code, name, version, stream, args } of missing)
      insert.run(code, name, version, stream, JSON.stringify(args));
  }).immediate();
}

/** Throws StoreError for what is no store, or one of a version that cannot be read; OldStoreError for one to be brought up first. */
function check(path: string, db: Connection): void {
  const application = db.pragma('application_id', { simple: true });
  const version = db.pragma('user_version', { simple: true });
  if (application !== APPLICATION_ID)
    throw new StoreError(path, 'it is not an acceptq event store', 'name a file made by acceptq ingest');
  if (version === STORE_VERSION) return;
  const problem = `it has store version ${version}, this acceptq reads ${STORE_VERSION}`;
  if (typeof version === 'number' && version >= OLDEST && version < STORE_VERSION)
    throw new OldStoreError(path, problem, 'copy it to where you may write: it is brought up when it is opened there');
  throw new StoreError(path, problem, 'use the acceptq that made it, or ingest the captures again into a new store');
}

/** A store of an older version is brought into the present form. */
function bringUp(path: string, db: Connection): void {
  try {
    check(path, db);
  } catch (error) {
    if (!(error instanceof OldStoreError)) throw error;
    const form = { create: () => create(db), derive: () => rebuildProjections(db) };
    migrate(db, form, new Date().toISOString());
  }
}

/** Whether there is no table yet. */
function isEmpty(path: string, db: Connection, mode: OpenOptions['mode']): boolean {
  const count = (): unknown => db.prepare('SELECT count(*) FROM sqlite_master').pluck().get();
  let tables: unknown;
  try {
    tables = count();
  } catch (error) {
    if (mode !== 'read' || !needsRecovery(error)) throw error;
    recover(path);
    tables = count();
  }
  if (tables !== 0) return false;
  if (mode === 'create') return true;
  throw new StoreError(
    path,
    'it is empty',
    'ingest into it: an ingest before this was interrupted before it wrote anything',
  );
}

/** A process died while it wrote: SQLite takes back what was not committed, which needs a connection that may write. */
function recover(path: string): void {
  const db = new Database(path, { timeout: 5000 });
  try {
    db.prepare('SELECT count(*) FROM sqlite_master').get();
  } finally {
    db.close();
  }
}

const needsRecovery = (error: unknown): boolean => /^SQLITE_READONLY/.test((error as { code?: string }).code ?? '');

/** Opens a store. Throws StoreError when it is missing, damaged or something else. */
export function openStore(path: string, options: OpenOptions): Store {
  // an empty file is what a process leaves that dies before its first commit
  const isNew = (statSync(path, { throwIfNoEntry: false })?.size ?? 0) === 0;
  if (!existsSync(path) && options.mode !== 'create')
    throw new StoreError(path, 'there is no such store', 'make one: acceptq ingest CAPTURE --db FILE');
  let db: Connection | undefined;
  try {
    db = new Database(path, { readonly: options.mode === 'read', timeout: options.mode === 'read' ? 5000 : 200 });
    db.pragma('foreign_keys = OFF'); // checked by verification, not per row on the hot path
    if (options.temporary) {
      db.pragma('journal_mode = OFF');
      db.pragma('synchronous = OFF');
      db.pragma('locking_mode = EXCLUSIVE');
    } else if (options.mode !== 'read') {
      if (isNew) db.pragma(`page_size = ${PAGE_SIZE}`);
      if (isNew && options.shared !== true) {
        // a first load goes into pages that are new to the file: written once here, twice with a write-ahead log
        db.pragma('synchronous = FULL');
        db.pragma('locking_mode = EXCLUSIVE');
      } else {
        db.pragma('journal_mode = WAL');
        db.pragma('synchronous = NORMAL');
      }
    }
    if (isEmpty(path, db, options.mode)) create(db);
    if (options.mode !== 'read') bringUp(path, db);
    check(path, db);
    if (options.mode !== 'read') {
      addTypes(path, db);
      db.exec(SNAPSHOT_TABLE); // stores of an older acceptq have none
    }
  } catch (error) {
    db?.close();
    if (error instanceof StoreError || (isBusy(error) && options.mode !== 'read')) throw error;
    if (isBusy(error))
      throw new StoreError(path, 'it is being made just now', 'try again when the first ingest into it is done');
    const { message } = error as Error;
    throw (
      storeErrorOf(path, error) ?? new StoreError(path, message, 'name a file made by acceptq ingest, or a new one')
    );
  }
  db.pragma('busy_timeout = 10000');
  const opened = db;
  return {
    path,
    db: opened,
    close() {
      // from now on readers and a writer do not wait for each other
      if (isNew && options.temporary !== true && opened.open && !opened.inTransaction) {
        opened.pragma('locking_mode = NORMAL');
        opened.pragma('journal_mode = WAL');
      }
      opened.close();
    },
  };
}
