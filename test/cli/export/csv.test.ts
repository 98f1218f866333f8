// acceptq export --to csv: files that another reader of CSV understands, with the figures that the kernel's account and the report have.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readAccount } from '../../support/account.ts';
import { duckdb } from '../../support/duckdb.ts';
import { PERF_DATA, perfDataOf } from '../../support/fixtures.ts';
import { acceptq } from '../../support/run.ts';

const directory = mkdtempSync(join(tmpdir(), 'acceptq-csv-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const DB = join(directory, 'host.db');
const OUT = join(directory, 'made', 'tables');
beforeAll(() => {
  const captures = ['node-clamped', 'reuseport'].map(perfDataOf);
  expect(acceptq(['ingest', ...captures, '--db', DB]).status).toBe(0);
  const { status, stdout } = acceptq(['export', '--db', DB, '--to', 'csv', '--out', OUT]);
  expect([status, stdout.match(/written/g)?.length]).toEqual([0, readdirSync(OUT).length]);
});

it('writes every view, each row of it, as DuckDB reads it', async () => {
  const db = new Database(DB, { readonly: true });
  const views = db
    .prepare("SELECT name FROM sqlite_master WHERE type = 'view' AND name LIKE 'v\\_%' ESCAPE '\\'")
    .pluck();
  for (const view of views.all() as string[]) {
    const [rows] = await duckdb(`SELECT count(*)::INT AS n FROM read_csv('${join(OUT, `${view.slice(2)}.csv`)}')`);
    expect([view, rows.n]).toEqual([view, db.prepare(`SELECT count(*) FROM ${view}`).pluck().get()]);
  }
  db.close();
});

it("has the waits that the kernel's own account of the run has", async () => {
  const [life] = readAccount(join(PERF_DATA, 'node-clamped')).lives;
  const waited = life.accepted.map(({ at }, k) => Number(at - life.queued[k].at)).sort((a, b) => a - b);
  const rows = await duckdb(`SELECT wait_ns FROM '${join(OUT, 'waits.csv')}' WHERE capture = 1 ORDER BY wait_ns`);
  expect(rows).toHaveLength(waited.length);
  // the account's clock is read up to 90 µs earlier
  for (const [k, { wait_ns: ns }] of rows.entries()) expect(Math.abs(Number(ns) - waited[k])).toBeLessThan(500_000);
});

it('prints one view, of one listener, and leaves nothing behind', () => {
  const { status, stdout } = acceptq(['export', '--db', DB, '--to', 'csv', '--view', 'waits', '--listener', ':8080']);
  expect(status).toBe(0);
  expect(
    stdout
      .split('\r\n')
      .slice(1, -1)
      .map((line) => line.split(',')[2]),
  ).toEqual(Array(150).fill('127.0.0.1:8080'));
  const temporary = mkdtempSync(join(directory, 'tmp-'));
  const alone = acceptq(['export', perfDataOf('node-clamped'), '--to', 'csv', '--view', 'waits'], {
    env: { TMPDIR: temporary },
  });
  expect(alone.stdout).toBe(stdout);
  expect(readdirSync(temporary)).toEqual([]);
});

it('says what it takes', () => {
  const refused = (...args: string[]): string => {
    const { status, stderr } = acceptq(['export', '--db', DB, ...args]);
    expect(status).toBe(2);
    return stderr;
  };
  expect(refused('--to', 'csv')).toMatch(/--out with a directory/);
  expect(refused('--to', 'csv', '--view', 'nothing')).toMatch(/--view takes listeners, connections, waits/);
  expect(refused('--to', 'markdown', '--view', 'waits')).toMatch(/--view is for/);
  expect(refused('--to', 'xls\u001b[31m')).toMatch(/--to takes workload, csv, .* not xls\\x1b/);
  const file = join(directory, 'a-file');
  writeFileSync(file, '');
  expect(refused('--to', 'csv', '--out', file)).toMatch(/a-file: cannot be written/);
  expect(readFileSync(file, 'utf8')).toBe('');
});
