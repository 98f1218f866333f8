// The command line as scripts and people meet it: exit status, streams, JSON, errors, hostile names.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { perfDataOf } from '../support/fixtures.ts';
import { acceptq, ROOT } from '../support/run.ts';

const directory = mkdtempSync(join(tmpdir(), 'acceptq-cli-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const file = (name: string, content: string | Uint8Array = ''): string => {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
};
const SMALL = perfDataOf('listen-errors');
const OVERFLOW = perfDataOf('acceptload-overflow');

describe('acceptq', () => {
  it('is a program, as npx runs it from a checkout that was built again', () => {
    const { bin } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(execFileSync(join(ROOT, bin.acceptq), ['--version'], { encoding: 'utf8' })).toMatch(/^\d/);
  });

  it('shows help and version with status 0, and wrong usage with status 2', () => {
    expect(acceptq(['--help'])).toMatchObject({ status: 0, stderr: '' });
    expect(acceptq(['--version']).stdout.trim()).toBe(JSON.parse(readFileSync('package.json', 'utf8')).version);
    for (const args of [
      [],
      ['nonsense'],
      ['analyze'],
      ['analyze', SMALL, '--nonsense'],
      ['report'],
      ['analyze', SMALL, '--somaxconn', 'many'],
    ]) {
      const { status, stdout, stderr } = acceptq(args);
      expect([args, status, stdout]).toEqual([args, 2, '']);
      expect(stderr).not.toBe('');
    }
  });

  it('analyze: verdict first, then the table, then what it rests on; no escapes in a pipe', () => {
    const { status, stdout, stderr } = acceptq(['analyze', OVERFLOW]);
    expect([status, stderr]).toEqual([0, '']);
    const lines = stdout.split('\n');
    // the figures are the account's: 60 connections, 4 overflows, backlog 5 (fixtures' README)
    expect(lines[0]).toBe(
      'CRITICAL: 127.0.0.1:42329 dropped at least 4 connection attempts: its accept queue was full.',
    );
    expect(lines[1]).toMatch(/^Raise the backlog/);
    expect(stdout).toMatch(/^LISTENER +BACKLOG +MAX\/CAP/m);
    expect(stdout).toMatch(/^127\.0\.0\.1:42329 +5 +6\/6 .* 60 +60 +≥4 /m);
    expect(stdout).toMatch(/records read, [\d,]+\s+events\s+used,\s+none\s+reported\s+lost/);
    expect(stdout).not.toContain('\x1b');
    expect(lines.every((line) => line.length <= 100)).toBe(true);
  });

  it('analyze --json: one document and nothing else', () => {
    const { status, stdout, stderr } = acceptq(['analyze', SMALL, OVERFLOW, '--json']);
    expect([status, stderr]).toEqual([0, '']);
    const report = JSON.parse(stdout);
    expect(report.schema).toBe('acceptq.report/1');
    expect(report.captures).toHaveLength(2);
  });

  it('analyze -: reads standard input', () => {
    const fromFile = JSON.parse(acceptq(['analyze', SMALL, '--json']).stdout);
    const piped = JSON.parse(acceptq(['analyze', '-', '--json'], { input: readFileSync(SMALL) }).stdout);
    expect(piped.captures[0].path).toBe('standard input');
    expect({ ...piped, captures: [] }).toEqual({ ...fromFile, captures: [] });
  });

  it('says what is wrong with a file, where, and what to do; status 3, no stack trace', () => {
    const cut = readFileSync(OVERFLOW).subarray(0, 9000);
    const cases: readonly (readonly [string, RegExp])[] = [
      [join(directory, 'missing'), /there is no such file/],
      [directory, /it is a directory/],
      [file('empty'), /the file is empty/],
      [file('zeros', new Uint8Array(5000)), /all zero/],
      [file('text', 'hello'), /no known format.*68 65 6c 6c 6f/],
      [file('cut', cut), /9000/],
    ];
    for (const [path, message] of cases) {
      const { status, stdout, stderr } = acceptq(['analyze', path]);
      expect([path, status, stdout]).toEqual([path, 3, '']);
      expect(stderr).toMatch(message);
      expect(stderr.trim().split('\n').length).toBe(2);
      expect(stderr).not.toMatch(/\n\s+at /);
    }
    expect(acceptq(['report', '--db', join(directory, 'none.db')])).toMatchObject({ status: 3, stdout: '' });
    expect(acceptq(['report', '--db', SMALL]).stderr).toMatch(/not a database/);
  });

  it('reports on what it could read when one of several captures is unreadable', () => {
    const { status, stdout, stderr } = acceptq(['analyze', file('bad', 'bad'), SMALL, '--json']);
    expect(status).toBe(3);
    expect(stderr).toMatch(/no known format/);
    expect(JSON.parse(stdout).captures).toHaveLength(1);
  });

  it('selects one listener by address, port or id', () => {
    for (const which of ['127.0.0.1:7004', ':7004', '6']) {
      const { listeners } = JSON.parse(acceptq(['analyze', SMALL, '--listener', which, '--json']).stdout);
      expect(listeners.map((listener: { port: number }) => listener.port)).toEqual([7004]);
    }
    expect(acceptq(['analyze', SMALL, '--listener', ':1'])).toMatchObject({ status: 2, stdout: '' });
  });

  it('keeps a store: ingest, again, report, captures, listeners, events, rebuild', () => {
    const db = join(directory, 'kept.db');
    expect(acceptq(['ingest', SMALL, '--db', db]).stdout).toMatch(/capture 1, \d+ events/);
    expect(acceptq(['ingest', SMALL, '--db', db]).stdout).toMatch(/already there as capture 1/);
    const direct = JSON.parse(acceptq(['analyze', SMALL, '--json']).stdout);
    expect(JSON.parse(acceptq(['report', '--db', db, '--json']).stdout)).toEqual(direct);
    expect(JSON.parse(acceptq(['captures', '--db', db, '--json']).stdout).captures).toEqual(direct.captures);
    expect(JSON.parse(acceptq(['listeners', '--db', db, '--json']).stdout).listeners).toEqual(direct.listeners);
    expect(acceptq(['captures', '--db', db]).stdout).toMatch(/^ID +CAPTURE/);
    expect(acceptq(['rebuild', '--db', db]).status).toBe(0);
    expect(JSON.parse(acceptq(['report', '--db', db, '--json']).stdout)).toEqual(direct);
    const listens = JSON.parse(acceptq(['events', '--db', db, '--type', 'sys_enter_listen', '--json']).stdout);
    expect(listens).toHaveLength(15); // L lines of the account
    expect(listens[0]).toMatchObject({ type: 'sys_enter_listen', fd: 3, backlog: 8 });
    const { stream } = listens[0];
    const task = JSON.parse(acceptq(['events', '--db', db, '--stream', stream, '--json']).stdout);
    expect(task.map((event: { version: number }) => event.version)).toEqual(
      task.map((_: unknown, index: number) => index + 1),
    );
    const early = JSON.parse(acceptq(['events', '--db', db, '--to', '2ms', '--json']).stdout);
    expect(early.every((event: { at_ns: number }) => event.at_ns <= 2e6)).toBe(true);
    expect(acceptq(['events', '--db', db, '--limit', '3']).stdout.trim().split('\n')).toHaveLength(3);
    for (const bad of [
      ['--type', 'nothing'],
      ['--stream', 'x'],
      ['--from', 'soon'],
      ['--limit', '-1'],
    ]) {
      expect(acceptq(['events', '--db', db, ...bad]).status, bad.join(' ')).toBe(2);
    }
  });

  it('makes names from a capture harmless on the terminal and keeps them in JSON', () => {
    // the comm of every task named listencases, replaced by one of the same length with an escape sequence
    const bytes = readFileSync(SMALL);
    const evil = '\x1b[2J\x07<b>\u00e9!'; // 11 bytes in UTF-8, as "listencases"
    const name = Buffer.from('listencases');
    for (let at = bytes.indexOf(name); at >= 0; at = bytes.indexOf(name, at + 1)) bytes.write(evil, at, 'utf8');
    const path = file('evil', bytes);
    const text = acceptq(['analyze', path, '--verbose']).stdout;
    expect(text).toContain('\\x1b[2J\\x07<b>é!');
    expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
    const report = JSON.parse(acceptq(['analyze', path, '--json']).stdout);
    expect(report.listen_calls[0].comm).toBe(evil);
  });

  it('leaves nothing behind', () => {
    const temporary = mkdtempSync(join(directory, 'tmp-'));
    acceptq(['analyze', SMALL], { env: { TMPDIR: temporary } });
    acceptq(['analyze', '-'], { env: { TMPDIR: temporary }, input: readFileSync(SMALL) });
    acceptq(['analyze', file('broken', 'x')], { env: { TMPDIR: temporary } });
    expect(readdirSync(temporary)).toEqual([]);
  });
});
