// Many processes at one store: readers and a writer do not wait for each other; a second writer waits and says so, or is refused.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openStore } from '../../core/store/store.ts';
import { claimWriting, endWriting } from '../../core/store/writer-claim.ts';
import { perfDataOf } from '../support/fixtures.ts';
import { Paced, peek, until, untilCommitted } from '../support/paced.ts';
import { acceptq } from '../support/run.ts';

const SMALL = perfDataOf('listen-errors');
const LARGE = perfDataOf('acceptload-burst');

let directory: string;
let db: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'acceptq-many-'));
  db = join(directory, 'store.db');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const events = (): unknown => peek(db, 'SELECT sum(events) FROM captures');

it('a reader in the middle of reading does not stop an ingest, and goes on to see what it began with', () => {
  expect(acceptq(['ingest', SMALL, '--db', db]).status).toBe(0);
  const reader = new Database(db, { readonly: true });
  try {
    reader.exec('BEGIN');
    const count = reader.prepare('SELECT count(*) FROM events').pluck();
    const before = count.get() as number;
    const ingest = acceptq(['ingest', LARGE, '--db', db], { env: { ACCEPTQ_STEP: '1024' } });
    expect(ingest, ingest.stderr).toMatchObject({ status: 0, stderr: '' });
    expect(count.get()).toBe(before);
    reader.exec('COMMIT');
    expect(count.get()).toBeGreaterThan(before);
    // and the write-ahead log that it had kept goes with the next writer
    expect(acceptq(['verify', '--db', db]).stdout).toMatch(/the log is whole/);
  } finally {
    reader.close();
  }
});

it('readers see whole steps while a writer is in the middle of one', () => {
  expect(acceptq(['ingest', SMALL, '--db', db]).status).toBe(0);
  const before = acceptq(['report', '--db', db, '--json']).stdout;
  const store = openStore(db, { mode: 'write' });
  try {
    expect(claimWriting(store.db, 'ingests captures')).toBeNull();
    store.db.exec('BEGIN IMMEDIATE');
    store.db.exec("INSERT INTO strings (id, capture, text) VALUES (1000000, 1, 'not committed')");
    const read = acceptq(['report', '--db', db, '--json']);
    expect(read).toMatchObject({ status: 0, stderr: '', stdout: before });
    expect(acceptq(['sql', '--db', db, "SELECT count(*) FROM strings WHERE text = 'not committed'"]).stdout).toMatch(
      /^ *0$/m,
    );
    store.db.exec('ROLLBACK');
    endWriting(store.db);
  } finally {
    store.close();
  }
});

it('a second writer waits for the first, says for whom, and then does its work', async () => {
  const first = new Paced(['ingest', '-', '--db', db]);
  const bytes = readFileSync(new URL('../fixture/text/strace/f-ttt-T-yy-o.txt', import.meta.url));
  await first.feed(bytes.subarray(0, 15_000));
  await untilCommitted(db, 5);
  const second = new Paced(['ingest', SMALL, '--db', db]);
  await until('it says that it waits', () =>
    second.said.includes(`waiting for process ${first.child.pid}, which ingests a stream`),
  );
  expect(acceptq(['ingest', SMALL, '--db', db, '--no-wait'])).toMatchObject({
    status: 3,
    stderr: expect.stringContaining(`process ${first.child.pid} ingests a stream`),
  });
  expect(acceptq(['ingest', SMALL, '--db', db, '--wait', '0.3'])).toMatchObject({
    status: 3,
    stderr: expect.stringMatching(/waiting for process[\s\S]*still\n/),
  });
  await first.feed(bytes.subarray(15_000));
  first.close();
  expect((await first.end()).status).toBe(0);
  expect(await second.end()).toMatchObject({ status: 0, stdout: expect.stringMatching(/capture 2, 630 events/) });
  expect(acceptq(['verify', '--db', db]).stdout).toMatch(/the log is whole/);
});

it('the first load of a new file has it for itself: readers are told that it is being made', () => {
  const store = openStore(db, { mode: 'create' });
  try {
    store.db.exec('BEGIN IMMEDIATE'); // the exclusive lock comes with the first write, and stays
    store.db.exec('COMMIT');
    for (const command of ['report', 'captures'])
      expect(acceptq([command, '--db', db])).toMatchObject({
        status: 3,
        stderr: expect.stringMatching(/it is being made just now\n {2}try again when the first ingest into it is done/),
      });
    expect(acceptq(['ingest', SMALL, '--db', db, '--no-wait'])).toMatchObject({ status: 3 });
  } finally {
    store.close();
  }
  expect(acceptq(['ingest', SMALL, '--db', db])).toMatchObject({ status: 0 });
  expect(events()).toBe(630);
});

it('a writer that was killed is not waited for', async () => {
  const first = new Paced(['ingest', '-', '--db', db]);
  await first.feed(
    readFileSync(new URL('../fixture/text/strace/f-ttt-T-yy-o.txt', import.meta.url)).subarray(0, 15_000),
  );
  await untilCommitted(db, 5);
  first.child.kill('SIGKILL');
  await first.end();
  expect(acceptq(['ingest', SMALL, '--db', db, '--no-wait'])).toMatchObject({ status: 0, stderr: '' });
});

it('--wait takes seconds', () => {
  expect(acceptq(['ingest', SMALL, '--db', db, '--wait', 'long'])).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/--wait takes seconds, not long/),
  });
});
