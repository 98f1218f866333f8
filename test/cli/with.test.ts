// --with: snapshots beside a capture, as users give them.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, it } from 'vitest';
import { perfDataOf } from '../support/fixtures.ts';
import { acceptq } from '../support/run.ts';

const directory = mkdtempSync(join(tmpdir(), 'acceptq-with-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const file = (name: string, content: string | Uint8Array): string => {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
};
const CAPTURE = perfDataOf('acceptload-overflow');
const counters = (overflows: number): string => `#kernel\nTcpExtListenOverflows ${overflows} 0.0\n`;
const before = file('before.txt', counters(100));
const after = file('after.txt', gzipSync(counters(104)));

it('joins snapshots to the capture, in either spelling, wrapped or not', () => {
  for (const args of [
    ['--with', before, '--with', after],
    ['--with', before, after],
  ]) {
    const { status, stdout, stderr } = acceptq(['analyze', CAPTURE, ...args, '--json']);
    expect([status, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout).captures[0].counters).toEqual({ TcpExtListenOverflows: 4 });
  }
});

it('makes another capture of it, and leaves the hash without snapshots what it is', () => {
  const db = join(directory, 'store.db');
  expect(acceptq(['ingest', CAPTURE, '--db', db]).stdout).toMatch(/capture 1,/);
  expect(acceptq(['ingest', CAPTURE, '--db', db, '--with', before, after]).stdout).toMatch(/capture 2,/);
  expect(acceptq(['ingest', CAPTURE, '--db', db, '--with', after, before]).stdout).toMatch(/capture 3,/);
  expect(acceptq(['ingest', CAPTURE, '--db', db, '--with', before, after]).stdout).toMatch(
    /already there as capture 2/,
  );
  const { captures } = JSON.parse(acceptq(['captures', '--db', db, '--json']).stdout);
  const alone = JSON.parse(acceptq(['analyze', CAPTURE, '--json']).stdout).captures[0];
  expect(captures[0].sha256).toBe(alone.sha256);
  expect(captures[1].duration_ns).toBe(alone.duration_ns);
  expect(captures[1].events).toBe(alone.events + 2);
  const rows = JSON.parse(acceptq(['events', '--db', db, '--capture', '2', '--type', 'counter', '--json']).stdout);
  expect(
    rows.map((row: { at_ns: number; value: number; source: number }) => [row.at_ns, row.value, row.source]),
  ).toEqual([
    [0, 100, -2],
    [alone.duration_ns, 104, -2],
  ]);
  const report = acceptq(['report', '--db', db, '--json']).stdout;
  expect(acceptq(['rebuild', '--db', db]).status).toBe(0);
  expect(acceptq(['report', '--db', db, '--json']).stdout).toBe(report);
});

it('places stamped snapshots by the wall time of the capture', () => {
  const { started_at: start } = JSON.parse(acceptq(['analyze', CAPTURE, '--json']).stdout).captures[0];
  const stamp = (after: number): string => `${(Date.parse(start) + after) / 1000}\n`; // date +%s.%3N
  const db = join(directory, 'stamped.db');
  const file1 = file('stamped.txt', `${stamp(2500)}${counters(3)}${stamp(1250)}${counters(2)}`);
  const file2 = file('far.txt', `${stamp(-3_600_000)}${counters(1)}${stamp(3_600_000)}${counters(4)}`);
  const { status, stderr } = acceptq(['ingest', CAPTURE, '--db', db, '--with', file1, file2]);
  expect(status).toBe(0);
  expect(stderr).toMatch(/far\.txt: nstat was taken 3600 s before the capture/);
  expect(stderr).toMatch(/far\.txt: nstat was taken 3595 s after the capture/); // it is 5.41 s long
  const rows = JSON.parse(acceptq(['events', '--db', db, '--json']).stdout) as {
    type: string;
    at_ns: number;
    value: number;
  }[];
  expect(rows.map(({ at_ns: at }) => at)).toEqual(rows.map(({ at_ns: at }) => at).sort((x, y) => x - y));
  const found = rows.filter(({ type }) => type === 'counter');
  expect(found.map(({ value }) => value)).toEqual([1, 2, 3, 4]);
  // started_at is cut to milliseconds
  for (const [k, ms] of [
    [1, 1250],
    [2, 2500],
  ])
    expect(Math.abs(found[k].at_ns / 1e6 - ms)).toBeLessThanOrEqual(1);
  expect(found[0].at_ns).toBe(0);
});

it('refuses what it does not know, and several captures; says what it could not read', () => {
  const unknown = acceptq(['analyze', CAPTURE, '--with', file('hello', 'hello\n')]);
  expect(unknown).toMatchObject({ status: 3, stdout: '' });
  expect(unknown.stderr).toMatch(/hello: it holds no snapshot .*\n {2}--with takes the output of: ss, nstat/);
  expect(acceptq(['analyze', CAPTURE, '--with', join(directory, 'none')])).toMatchObject({ status: 3, stdout: '' });
  expect(acceptq(['analyze', CAPTURE, CAPTURE, '--with', before])).toMatchObject({ status: 2, stdout: '' });
  const noisy = acceptq(['analyze', CAPTURE, '--with', file('noisy', `$ nstat -az\n${counters(1)}`)]);
  expect(noisy.status).toBe(0);
  expect(noisy.stderr).toMatch(/noisy: 1 line not understood, first line 1: \$ nstat -az/);
  expect(noisy.stderr).toMatch(/one reading of the counters shows no growth/);
});
