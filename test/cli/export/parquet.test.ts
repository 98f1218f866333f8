// The Parquet files, read by DuckDB: the same numbers as the kernel's account, the report and the store.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Column } from '../../../cli/export/parquet-column.ts';
import type { Report } from '../../../core/report/model.ts';
import { readAccount, readCounters } from '../../support/account.ts';
import { duckdb } from '../../support/duckdb.ts';
import { PERF_DATA, perfDataOf } from '../../support/fixtures.ts';
import { acceptq } from '../../support/run.ts';

const directory = mkdtempSync(join(tmpdir(), 'acceptq-parquet-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const DB = join(directory, 'host.db');
const LAKE = join(directory, 'lake');
const TABLES = ['connections', 'depth', 'events', 'listeners', 'overflows'];
const of = (table: string): string => `read_parquet('${LAKE}/${table}/*/*/*.parquet', hive_partitioning = true)`;

let report: Report;
beforeAll(() => {
  const captures = [
    perfDataOf('node-clamped'),
    perfDataOf('lost'),
    'test/fixture/one-load/bpftrace.json.xz',
    'test/fixture/text/strace/f-ttt.txt', // no host, sockets without addresses
  ];
  expect(acceptq(['ingest', ...captures, '--db', DB]).status).toBe(0);
  const { status, stderr } = acceptq(['export', '--db', DB, '--to', 'parquet', '--out', LAKE]);
  expect([status, stderr]).toEqual([0, '']);
  report = JSON.parse(acceptq(['report', '--db', DB, '--json']).stdout);
});

it('has every table, and each of its rows and values as the store has them', async () => {
  expect(readdirSync(LAKE).sort()).toEqual(TABLES);
  const db = new Database(DB, { readonly: true });
  for (const table of TABLES) {
    const known = table === 'events' ? 'nullif(pid, -1)' : 'pid'; // -1 in the log where it is not known
    const view = table === 'events' ? 'events' : `v_${table}`;
    const columns = (db.prepare(`SELECT * FROM ${view} LIMIT 0`).columns() as { name: string }[])
      .map(({ name }) => name)
      .filter((name) => !/^a\d$/.test(name));
    // of each column how many are not null, and the sum of those that are numbers
    const sums = columns.map(
      (name) => `count(${name}), sum(CASE WHEN typeof(${name}) IN ('integer', 'real') THEN ${name} END)`,
    );
    const expected = db
      .prepare(`SELECT ${sums.join(', ').replaceAll(/\bpid\b/g, known)} FROM ${view}`)
      .raw()
      .get() as (number | null)[];
    const types = await duckdb(`DESCRIBE SELECT * FROM ${of(table)}`);
    const typeOf = (name: string) => types.find(({ column_name: column }) => column === name)?.column_type;
    const [found] = await duckdb(
      `SELECT ${columns.map((name, k) => `count(${name}) AS c${k}, ${typeOf(name) === 'VARCHAR' ? 'NULL' : `sum(${name})::DOUBLE`} AS s${k}`).join(', ')} FROM ${of(table)}`,
    );
    columns.forEach((name, k) => {
      expect([table, name, Number(found[`c${k}`])]).toEqual([table, name, expected[2 * k]]);
      const sum = expected[2 * k + 1];
      if (sum === null) expect([table, name, found[`s${k}`]]).toEqual([table, name, null]);
      else expect(Math.abs(Number(found[`s${k}`]) - sum)).toBeLessThanOrEqual(Math.abs(sum) * 1e-12);
    });
  }
  db.close();
});

it('gives the figures of the report, and of the kernel', async () => {
  const rows = await duckdb(
    `SELECT listener, count(*) FILTER (outcome = 'accepted' AND enqueued_at_ns IS NOT NULL) AS waits,
       quantile_disc(wait_ns, 0.5) FILTER (outcome = 'accepted' AND enqueued_at_ns IS NOT NULL) AS p50 FROM ${of('connections')} GROUP BY listener`,
  );
  const found = new Map(
    rows.map(({ listener, waits, p50 }) => [Number(listener), [Number(waits), p50 === null ? null : Number(p50)]]),
  );
  const listeners = report.listeners.filter(({ wait_ns: { count } }) => count > 0);
  expect(listeners.length).toBeGreaterThan(2);
  for (const { id, wait_ns: wait } of listeners) expect([id, found.get(id)]).toEqual([id, [wait.count, wait.p50]]);
  const [life] = readAccount(join(PERF_DATA, 'node-clamped')).lives;
  const [kernel] = await duckdb(
    `SELECT (SELECT max(depth) FROM ${of('depth')} WHERE capture = 1) AS longest, (SELECT count(*) FROM ${of('overflows')} WHERE capture = 1) AS refused`,
  );
  expect(Number(kernel.longest)).toBe(Math.max(...life.queued.map(({ ackBacklog }) => ackBacklog)));
  expect(Number(kernel.refused)).toBe(Number(readCounters(join(PERF_DATA, 'node-clamped')).get('ListenOverflows')));
});

it('is laid out by host and date, which readers see as columns', async () => {
  const rows = await duckdb(
    `SELECT DISTINCT capture, host, date::VARCHAR AS date, capture_sha256 AS sha FROM ${of('events')} ORDER BY capture`,
  );
  expect(rows.map(({ capture, host, date, sha }) => [Number(capture), host, date, sha])).toEqual(
    report.captures.map(({ id, host, started_at: at, sha256 }) => [id, host, at?.slice(0, 10) ?? null, sha256]),
  );
});

it('spells the arguments of events out', async () => {
  const [row] = await duckdb(
    `SELECT args->>'backlog' AS backlog, comm FROM ${of('events')} WHERE capture = 1 AND type = 'sys_enter_listen'`,
  );
  expect(row).toEqual({ backlog: '511', comm: 'node' });
});

it('takes one listener, and says what it needs', () => {
  const out = join(directory, 'one');
  const { status, stdout } = acceptq([
    'export',
    '--db',
    DB,
    '--to',
    'parquet',
    '--out',
    out,
    '--listener',
    ':8080',
    '--json',
  ]);
  expect(status).toBe(0);
  const files = JSON.parse(stdout).written as { path: string; rows: number }[];
  expect(files.some(({ path }) => path.includes('events'))).toBe(false);
  expect(acceptq(['export', '--db', DB, '--to', 'parquet']).stderr).toMatch(/--out with a directory/);
  mkdirSync(join(directory, 'blocked'));
  writeFileSync(join(directory, 'blocked', 'listeners'), '');
  const blocked = acceptq(['export', '--db', DB, '--to', 'parquet', '--out', join(directory, 'blocked')]);
  expect([blocked.status, blocked.stderr]).toEqual([2, expect.stringMatching(/blocked: cannot be written/)]);
});

it('has the arguments of each event as acceptq events has them', async () => {
  const common = new Set(['position', 'stream', 'version', 'at_ns', 'type', 'cpu', 'pid', 'tid', 'comm', 'source']);
  const events = JSON.parse(acceptq(['events', '--db', DB, '--json']).stdout) as Record<string, unknown>[];
  const rows = await duckdb(`SELECT type, args FROM ${of('events')} ORDER BY position`);
  expect(rows).toHaveLength(events.length);
  const told = events.map(({ type, ...event }) => [
    type,
    Object.fromEntries(Object.entries(event).filter(([name]) => !common.has(name))),
  ]);
  expect(rows.map(({ type, args }) => [type, JSON.parse(args as string)])).toEqual(told);
});

it('writes a column over and over, and knows what is null in each group', () => {
  const column = new Column('n', 'INT64', 3);
  const group = (...values: (bigint | null)[]): (bigint | null)[] => {
    for (const [row, value] of values.entries()) column.set(row, value);
    return Array.from(column.take(values.length) as ArrayLike<bigint | null>);
  };
  expect(group(1n, null, -3n)).toEqual([1n, null, -3n]);
  expect(group(4n, 5n, 2n ** 62n)).toEqual([4n, 5n, 2n ** 62n]);
  expect(group(null, 7n)).toEqual([null, 7n]);
});
