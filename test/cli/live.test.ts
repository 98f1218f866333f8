// A pipe that is read while it is written: what came is there for others within a second, survives a kill, and makes the same store as a file.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSource } from '../../ingest/source/open.ts';
import { Paced, peek, until, untilCommitted } from '../support/paced.ts';
import { acceptq } from '../support/run.ts';
import { storeRows } from '../support/store-rows.ts';

const FIXTURE = fileURLToPath(new URL('../fixture/', import.meta.url));
const fixture = (path: string): Buffer => readFileSync(join(FIXTURE, path));

let directory: string;
let db: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'acceptq-live-'));
  db = join(directory, 'live.db');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function bpftraceLines(): Promise<string[]> {
  const source = await openSource(join(FIXTURE, 'one-load/bpftrace.json.xz'));
  try {
    return Buffer.from(source.read(0, source.size))
      .toString('latin1')
      .split(/(?<=\n)/);
  } finally {
    source.close();
  }
}

/** The store that a file with these bytes gives. */
function storeOf(bytes: string | Uint8Array): string {
  const file = join(directory, 'file');
  const store = join(directory, 'file.db');
  writeFileSync(file, bytes);
  const { status, stderr } = acceptq(['ingest', file, '--db', store]);
  expect(status, stderr).toBe(0);
  return store;
}

interface Listed {
  readonly ending: string;
  readonly events: number;
  readonly sha256: string | null;
}

const captures = (): Listed[] => JSON.parse(acceptq(['captures', '--db', db, '--json']).stdout).captures;

describe('a stream in pieces', () => {
  const streams: readonly (readonly [name: string, bytes: () => Promise<Buffer>, first: number, cut: number])[] = [
    ['bpftrace -f json', async () => Buffer.from((await bpftraceLines()).join(''), 'latin1'), 100, 0.5],
    ['trace_pipe', async () => gunzipSync(fixture('one-load/trace.txt.gz')), 100, 0.5],
    // perf has drained its buffers once, when it ended
    ['perf record -o -', async () => fixture('perf-data-forms/pipe.data'), 900, 1],
    ['perf record -z -o -', async () => fixture('perf-data-forms/pipe-zstd.data'), 900, 1],
    ['perf script', async () => fixture('text/perf-script/header.txt'), 20, 0.5],
    ['strace', async () => fixture('text/strace/f-ttt-T-yy-o.txt'), 5, 0.5],
  ];
  it.each(streams)(
    '%s: makes the store that the file makes, and is seen by others before its end',
    async (_, read, first, cut) => {
      const bytes = await read();
      const ingest = new Paced(['ingest', '-', '--db', db]);
      // not at a line's or record's end
      const half = Math.floor(bytes.length * cut) + 3;
      await ingest.feed(bytes.subarray(0, half));
      await untilCommitted(db, first);
      const seen = captures();
      expect(seen.map(({ ending, sha256 }) => [ending, sha256])).toEqual([['open', null]]);
      expect(acceptq(['report', '--db', db]).stderr).toMatch(
        /figures of capture 1 are those of its first [\d,]+ events/,
      );
      await ingest.feed(bytes.subarray(half));
      ingest.close();
      const { status, stdout, stderr } = await ingest.end();
      expect([status, stderr], stdout).toEqual([0, '']);
      expect(storeRows(db)).toEqual(storeRows(storeOf(bytes)));
      expect(acceptq(['verify', '--db', db]).stdout).toMatch(/the log is whole/);
      // and is known by its content
      expect(acceptq(['ingest', join(directory, 'file'), '--db', db]).stdout).toMatch(/already there as capture 1/);
    },
  );
});

it('shows readers the figures that a file of what came so far gives', async () => {
  const lines = await bpftraceLines();
  const ingest = new Paced(['ingest', '-', '--db', db]);
  await ingest.feed(lines.slice(0, 300).join(''));
  const whole = storeOf(lines.slice(0, 300).join(''));
  await untilCommitted(db, peek(whole, 'SELECT events FROM captures') as number);
  const query = (store: string, sql: string): string => acceptq(['sql', '--db', store, '--format', 'csv', sql]).stdout;
  for (const sql of [
    'SELECT * FROM v_listeners',
    'SELECT * FROM v_waits',
    'SELECT * FROM v_overflows',
    'SELECT capture, kind, key, length FROM streams ORDER BY kind, key',
  ])
    expect(query(db, sql), sql).toEqual(query(whole, sql));
  const listeners = (store: string): unknown => JSON.parse(acceptq(['listeners', '--db', store, '--json']).stdout);
  expect(listeners(db)).toEqual(listeners(whole));
  const task = 'capture-1';
  expect(acceptq(['events', '--db', db, '--stream', task]).stdout).toEqual(
    acceptq(['events', '--db', whole, '--stream', task]).stdout,
  );
  // the writer was not stopped by any of that
  await ingest.feed(lines.slice(300).join(''));
  ingest.close();
  expect((await ingest.end()).status).toBe(0);
});

it('keeps what was committed when it is killed; the next writer ends that capture as cut', async () => {
  const lines = await bpftraceLines();
  const ingest = new Paced(['ingest', '-', '--db', db]);
  await ingest.feed(lines.slice(0, 200).join(''));
  const came = storeOf(lines.slice(0, 200).join(''));
  await untilCommitted(db, peek(came, 'SELECT events FROM captures') as number);
  ingest.child.kill('SIGKILL');
  expect((await ingest.end()).signal).toBe('SIGKILL');

  const [killed] = captures();
  expect(killed).toMatchObject({ ending: 'open', events: peek(came, 'SELECT events FROM captures') });
  expect(acceptq(['captures', '--db', db]).stdout).toMatch(/its reader was killed/);
  expect(acceptq(['verify', '--db', db])).toMatchObject({ status: 0 });

  const next = acceptq(['ingest', join(FIXTURE, 'perf-data/listen-errors/perf.data'), '--db', db]);
  expect(next, next.stderr).toMatchObject({ status: 0 });
  expect(captures().map(({ ending, sha256 }) => [ending, sha256 === null])).toEqual([
    ['cut', true],
    ['complete', false],
  ]);
  const before = storeRows(db);
  // the same rows as those of a file that ends there
  const own = (rows: readonly unknown[]): unknown[] => rows.filter((row) => /^\[\d+,1,/.test(row as string));
  for (const table of ['listeners', 'connections', 'acceptors', 'refusals', 'listen_calls'])
    expect(own(before[table]), table).toEqual(own(storeRows(came)[table]));
  expect(acceptq(['verify', '--db', db])).toMatchObject({ status: 0 });
  expect(acceptq(['rebuild', '--db', db])).toMatchObject({ status: 0 });
  expect(storeRows(db)).toEqual(before);
});

it.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s: keeps what has come, ends the capture as cut, exits with %i', async (signal, status) => {
  const lines = await bpftraceLines();
  const ingest = new Paced(['ingest', '-', '--db', db]);
  await ingest.feed(lines.slice(0, 100).join(''));
  await untilCommitted(db, 50);
  ingest.child.kill(signal);
  const ended = await ingest.end();
  expect([ended.status, ended.stderr]).toEqual([status, '']);
  expect(ended.stdout).toMatch(/stopped before its end/);
  expect(captures().map(({ ending, sha256 }) => [ending, sha256])).toEqual([['cut', null]]);
  expect(acceptq(['verify', '--db', db])).toMatchObject({ status: 0 });
});

it('takes the last words of a recorder that the same Ctrl-C stopped: then it is complete', async () => {
  const lines = await bpftraceLines();
  const ingest = new Paced(['ingest', '-', '--db', db]);
  await ingest.feed(lines.slice(0, 100).join(''));
  await untilCommitted(db, 50);
  ingest.child.kill('SIGINT');
  await ingest.feed(lines.slice(100).join(''));
  ingest.close();
  expect((await ingest.end()).status).toBe(130);
  expect(storeRows(db)).toEqual(storeRows(storeOf(lines.join(''))));
});

it('adds nothing when the content is there already, and says so', async () => {
  const text = (await bpftraceLines()).join('');
  expect(acceptq(['ingest', join(FIXTURE, 'one-load/bpftrace.json.xz'), '--db', db]).status).toBe(0);
  const file = storeOf(text);
  const ingest = new Paced(['ingest', '-', '--db', file, '--json']);
  await ingest.feed(text.slice(0, 20_000));
  await untilCommitted(file, (peek(file, 'SELECT events FROM captures') as number) + 50);
  await ingest.feed(text.slice(20_000));
  ingest.close();
  const { stdout, status } = await ingest.end();
  expect([status, JSON.parse(stdout).captures]).toMatchObject([0, [{ capture: 1, added: false }]]);
  expect(JSON.parse(acceptq(['captures', '--db', file, '--json']).stdout).captures).toHaveLength(1);
  expect(acceptq(['verify', '--db', file]).status).toBe(0);
});

it('reads what is wrapped, or can only be read from its end, once the pipe has closed', async () => {
  for (const path of ['one-load/trace.txt.gz', 'trace-dat/v7-zstd.dat', 'perf-data-forms/mono.data']) {
    const store = join(directory, `${path.replaceAll('/', '-')}.db`);
    const ingest = new Paced(['ingest', '-', '--db', store]);
    const bytes = fixture(path);
    await ingest.feed(bytes.subarray(0, 100));
    await ingest.feed(bytes.subarray(100));
    ingest.close();
    expect(await ingest.end(), path).toMatchObject({ status: 0, stderr: '' });
    expect(acceptq(['ingest', join(FIXTURE, path), '--db', store]).stdout).toMatch(/already there as capture 1/);
  }
});

it('refuses what is no capture, and an end before anything came', async () => {
  const noise = new Paced(['ingest', '-', '--db', db]);
  await noise.feed('this is no trace\n'.repeat(10));
  noise.close();
  const { status, stderr } = await noise.end();
  expect([status, stderr]).toEqual([3, expect.stringMatching(/standard input: the content is of no known format/)]);
  const nothing = new Paced(['ingest', '-', '--db', db]);
  nothing.close();
  expect(await nothing.end()).toMatchObject({ status: 3, stderr: expect.stringMatching(/the file is empty/) });
});

it('waits for remarks before the first line of the program', async () => {
  // as bpftrace prints without -f json
  const lines = (await bpftraceLines())
    .map((line) => JSON.parse(line) as { type: string; data: string })
    .filter(({ type }) => type === 'printf')
    .map(({ data }) => data);
  const ingest = new Paced(['ingest', '-', '--db', db]);
  await ingest.feed('Attaching 13 probes...\n');
  await until('the writer is there', () => peek(db, 'SELECT pid FROM writer') === ingest.child.pid);
  await ingest.feed(lines.slice(0, 100).join(''));
  await untilCommitted(db, 50);
  ingest.close();
  expect(await ingest.end()).toMatchObject({ status: 0, stderr: '' });
});
