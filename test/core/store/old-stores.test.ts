// Stores that older versions made open, say what a store made now says, and prove whole; newer ones are refused.
import { chmodSync, copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { STORE_VERSION } from '../../../core/store/log-tables.ts';
import { migrationsOf } from '../../../core/store/migration/migrate.ts';
import { OldStoreError, openStore, type StoreError } from '../../../core/store/store.ts';
import { verifyLog } from '../../../core/store/verify.ts';
import { perfDataOf, reportOn, take } from '../../support/fixtures.ts';
import { acceptq } from '../../support/run.ts';
import { storeRows } from '../../support/store-rows.ts';

const VERSIONS = fileURLToPath(new URL('../../fixture/store-versions/', import.meta.url));
/** Each holds these two captures; see the README of the fixtures. */
const HELD = ['listen-errors', 'per-task'];
const FILES = readdirSync(VERSIONS).sort();

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'acceptq-old-'));
  path = join(directory, 'old.db');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const unpack = (file: string): void => writeFileSync(path, gunzipSync(readFileSync(join(VERSIONS, file))));

it('there is a store of each version before this one', () => {
  expect(FILES).toEqual(Array.from({ length: STORE_VERSION - 1 }, (_, k) => `${k + 1}.db.gz`));
});

describe.each(FILES)('%s', (file) => {
  it('is brought up: events, listeners and report are those of the captures read now', () => {
    unpack(file);
    const fresh = openStore(join(directory, 'fresh.db'), { mode: 'create' });
    for (const name of HELD) take(fresh, perfDataOf(name));
    const old = openStore(path, { mode: 'write' });
    const known = (report: object): unknown =>
      JSON.parse(JSON.stringify(report), (key, value) => (key === 'path' ? undefined : value));
    expect(known(reportOn(old))).toEqual(known(reportOn(fresh)));
    expect(verifyLog(old.db).damages).toEqual([]);
    expect(old.db.pragma('foreign_key_check')).toEqual([]);
    expect(migrationsOf(old.db)).toMatchObject([{ from_version: Number.parseInt(file, 10) }]);
    for (const store of [old, fresh]) store.close();
    const { migrations, ...rows } = storeRows(path);
    expect(migrations).toHaveLength(1);
    expect(rows).toEqual(storeRows(join(directory, 'fresh.db')));
  });

  it('has facts as they were, byte for byte', () => {
    unpack(file);
    const db = new Database(path);
    const before = (table: string): unknown[] => db.prepare(`SELECT * FROM ${table} ORDER BY id`).raw().all();
    const facts = ['strings', 'addresses', 'endpoints', 'tasks'].map(before);
    const isRows =
      db.prepare("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'events'").pluck().get() === 1;
    // what SQLite itself makes of the old tables
    const events = db
      .prepare(`SELECT position, version, at_ns, cpu, source, a0, a1, a2, a3, a4, a5 FROM events ORDER BY position`)
      .raw()
      .all();
    const batches = isRows ? [] : db.prepare('SELECT events FROM batches ORDER BY position').raw().all();
    db.close();
    openStore(path, { mode: 'write' }).close();
    const after = new Database(path, { readonly: true });
    expect(
      ['strings', 'addresses', 'endpoints', 'tasks'].map((table) =>
        after.prepare(`SELECT * FROM ${table} ORDER BY id`).raw().all(),
      ),
    ).toEqual(facts);
    expect(
      after
        .prepare('SELECT position, version, at_ns, cpu, source, a0, a1, a2, a3, a4, a5 FROM events ORDER BY position')
        .raw()
        .all(),
    ).toEqual(events);
    if (!isRows) expect(after.prepare('SELECT events FROM batches ORDER BY position').raw().all()).toEqual(batches);
    after.close();
  });

  it('is brought up by a command that reads, which says so; then takes more captures', () => {
    unpack(file);
    const first = acceptq(['captures', '--db', path]);
    expect(first).toMatchObject({ status: 0, stderr: expect.stringMatching(/brought into the present form/) });
    expect(acceptq(['captures', '--db', path])).toMatchObject({ status: 0, stderr: '' });
    expect(acceptq(['ingest', perfDataOf('listen-errors'), perfDataOf('ipv6-dual'), '--db', path]).stdout).toMatch(
      /already there as capture 1\n.*capture 3/,
    );
    expect(acceptq(['verify', '--db', path]).stdout).toMatch(/brought up from version \d then[\s\S]*the log is whole/);
  });

  it('stays as it was when bringing it up fails', () => {
    unpack(file);
    const db = new Database(path);
    db.pragma('foreign_keys = OFF');
    db.exec('DELETE FROM strings WHERE id = 2');
    db.close();
    copyFileSync(path, join(directory, 'before.db'));
    expect(() => openStore(path, { mode: 'write' })).toThrow(/1 rows of its table strings are missing/);
    const rows = (store: string): unknown => {
      const open = new Database(store, { readonly: true });
      try {
        return [open.pragma('user_version'), open.prepare('SELECT type, name, sql FROM sqlite_master').all()];
      } finally {
        open.close();
      }
    };
    expect(rows(path)).toEqual(rows(join(directory, 'before.db')));
  });

  it('opened only to be read, says what to do', () => {
    unpack(file);
    chmodSync(path, 0o444);
    expect(() => openStore(path, { mode: 'read' })).toThrow(OldStoreError);
    try {
      openStore(path, { mode: 'read' });
    } catch (error) {
      expect((error as StoreError).next).toMatch(/copy it to where you may write/);
    }
  });
});

it('a store of a newer version is refused, and says which', () => {
  openStore(path, { mode: 'create' }).close();
  const db = new Database(path);
  db.pragma(`user_version = ${STORE_VERSION + 1}`);
  db.close();
  for (const mode of ['read', 'write'] as const)
    expect(() => openStore(path, { mode })).toThrow(`it has store version ${STORE_VERSION + 1}, this acceptq reads`);
  expect(acceptq(['report', '--db', path])).toMatchObject({
    status: 3,
    stderr: expect.stringMatching(/use the acceptq that made it/),
  });
});
