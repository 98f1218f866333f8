// acceptq sql as scripts and people meet it: tables, CSV, JSON, refusals, long queries, and the same views in another SQLite.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sqlCsv } from '../../cli/render/sql-csv.ts';
import { perfDataOf } from '../support/fixtures.ts';
import { group } from '../support/needs.ts';
import { acceptq, type Ran, ROOT } from '../support/run.ts';

const directory = mkdtempSync(join(tmpdir(), 'acceptq-sql-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const DB = join(directory, 'host.db');
beforeAll(() => {
  const captures = ['node-clamped', 'listen-errors', 'redis-benchmark'].map(perfDataOf);
  expect(acceptq(['ingest', ...captures, '--db', DB]).status).toBe(0);
});

const sql = (...args: string[]): Ran => acceptq(['sql', '--db', DB, ...args]);
const COUNT = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n';

/** Reads CSV by RFC 4180; a field is null where nothing stands, not even quotes. */
function parseCsv(text: string): (string | null)[][] {
  const rows: (string | null)[][] = [];
  let row: (string | null)[] = [];
  let at = 0;
  while (at < text.length) {
    let field: string | null = null;
    if (text[at] === '"') {
      field = '';
      for (at++; text[at] !== '"' || text[at + 1] === '"'; at++) {
        if (text[at] === '"') at++;
        field += text[at];
      }
      at++;
    } else for (; at < text.length && !/[,\r]/.test(text[at]); at++) field = (field ?? '') + text[at];
    row.push(field);
    if (text[at] === ',') at++;
    else {
      expect(text.slice(at, at + 2)).toBe('\r\n');
      at += 2;
      rows.push(row);
      row = [];
    }
  }
  return rows;
}

describe('acceptq sql', () => {
  it('prints an aligned table; NULL, empty and hostile text are told apart', () => {
    const query = [
      "SELECT 'a' AS name, 5 AS n, NULL AS gone, '' AS empty, x'0aff' AS bytes",
      "SELECT char(27) || '[2J' || char(0x202e), 12345678901234567, 'NULL', 'x', NULL",
    ].join(' UNION ALL ');
    const { status, stdout, stderr } = sql(query);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout.split('\n')).toEqual([
      'name                           n  gone    empty  bytes',
      "a                              5  NULL           x'0aff'",
      "\\x1b[2J\\u202e  12345678901234567  'NULL'  x      NULL",
      '',
    ]);
    expect(sql('SELECT 1 AS one WHERE 0').stdout).toBe('one\nno rows\n');
  });

  it('cuts no row and no cell of a long table, whose widths come from its beginning', () => {
    const { stdout } = sql(`SELECT i, 'x' FROM (${COUNT} LIMIT 123456)`);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(123457);
    lines.slice(1).forEach((line, k) => {
      if (line.trim().split(/ +/)[0] !== String(k + 1)) throw new Error(`line ${k + 1}: ${line}`);
    });
  });

  it('writes CSV by RFC 4180: what a reader of it gets back is what was asked for', () => {
    const texts = ['plain', 'a,b', 'say "no"', 'two\r\nlines', '', ' x ', 'é€😀', '"'];
    const literals = texts.map((text) => `'${text}'`).join(', ');
    const { status, stdout } = sql('--format', 'csv', `SELECT ${literals}, NULL, x'00ff', 9223372036854775807, 0.5`);
    expect(status).toBe(0);
    const [head, row, ...rest] = parseCsv(stdout);
    expect(rest).toEqual([]);
    expect(row).toEqual([...texts, null, '00ff', '9223372036854775807', '0.5']);
    expect(head).toHaveLength(row.length);
    expect(sql('--format', 'csv', 'SELECT 1 AS "a,b" WHERE 0').stdout).toBe('"a,b"\r\n');
  });

  it('spells control characters out in CSV only where it goes to a terminal', () => {
    const lines = (terminal: boolean): string[] => [
      ...sqlCsv({ columns: ['a\x07'], rows: [['\x1b[2J\n', 1n]] }, terminal),
    ];
    expect(lines(true)).toEqual(['a\\x07\r', '\\x1b[2J\\x0a,1\r']);
    expect(lines(false)).toEqual(['a\x07\r', '"\x1b[2J\n",1\r']);
  });

  it('prints one JSON document: columns, rows as arrays, unsafe integers as strings', () => {
    const query =
      "SELECT 9007199254740991 AS a, 9007199254740992 AS a, -9007199254740993, NULL, '', x'00ff', 0.1, 9e999, char(27)";
    for (const args of [['--json'], ['--format', 'json'], ['--json', '--format', 'json']]) {
      const { status, stdout, stderr } = sql(...args, query);
      expect([status, stderr]).toEqual([0, '']);
      const { schema, columns, rows } = JSON.parse(stdout);
      expect(schema).toBe('acceptq.sql/1');
      expect(columns.slice(0, 2)).toEqual(['a', 'a']);
      expect(rows).toEqual([
        [9007199254740991, '9007199254740992', '-9007199254740993', null, '', '00ff', 0.1, 'Infinity', '\x1b'],
      ]);
    }
    expect(JSON.parse(sql('--json', 'SELECT 1 AS x WHERE 0').stdout)).toEqual({
      schema: 'acceptq.sql/1',
      columns: ['x'],
      rows: [],
    });
    expect(JSON.parse(sql('--json', 'VALUES (1), (2), (3)').stdout).rows).toEqual([[1], [2], [3]]);
  });

  it('reads the query from standard input', () => {
    const { stdout } = acceptq(['sql', '--db', DB, '-', '--format', 'csv'], { input: Buffer.from('SELECT 7 AS n;\n') });
    expect(stdout).toBe('n\r\n7\r\n');
  });

  it('refuses wrong usage and wrong queries with status 2, one line and nothing on standard output', () => {
    const cases: [string[], RegExp][] = [
      [[], /give a query/],
      [[''], /empty/],
      [['DELETE FROM listeners'], /only reading/],
      [['SELECT 1; SELECT 2'], /more than one/],
      [['PRAGMA journal_mode=OFF'], /PRAGMA/],
      [['SELECT * FROM v_wiats'], /no such table: v_wiats; did you mean v_waits\?/],
      [['SELECT adress FROM v_listeners'], /no such column: adress; did you mean address\?/],
      [['SELECT abs(-9223372036854775807 - 1)'], /integer overflow/],
      [['--json', 'SELECT abs(-9223372036854775807 - 1)'], /integer overflow/],
      [['--format', 'csv', "SELECT json('x')"], /malformed JSON/],
      [['--format', 'xml', 'SELECT 1'], /table, csv or json/],
      [['--format', 'csv', '--json', 'SELECT 1'], /choose one/],
      [['SELECT 1', '--schema'], /choose one/],
      [['--schema', 'v_wait'], /did you mean .*v_waits/],
      [['--schema', '--format', 'csv'], /--schema/],
      [['SELECT * FROM "\x1b[2J"'], /\\x1b\[2J/],
    ];
    for (const [args, message] of cases) {
      const { status, stdout, stderr } = sql(...args);
      expect([args, status, stdout]).toEqual([args, 2, '']);
      expect(stderr).toMatch(message);
      expect(stderr.trimEnd().split('\n')).toHaveLength(1);
      expect(stderr).not.toContain('\x1b');
    }
    expect(acceptq(['sql', '--db', join(directory, 'none.db'), 'SELECT 1']).status).toBe(3);
    expect(acceptq(['sql', '--db', perfDataOf('lost'), 'SELECT 1']).status).toBe(3);
  });

  it('shows what there is to query, as text and as JSON', () => {
    const text = sql('--schema').stdout;
    expect(text).toMatch(/^v_listeners \(view\): /);
    expect(text).toMatch(/^ {2}wait_ns +\S/m);
    expect(text).toMatch(/^connections +every connection that was in an accept queue$/m);
    expect(sql('--schema', 'connections').stdout).toMatch(
      /^connections \(table\): every connection.*\n {2}id +in order of departure\n/,
    );
    const { schema, objects } = JSON.parse(sql('--schema', '--json').stdout);
    expect(schema).toBe('acceptq.sql-schema/1');
    const db = new Database(DB, { readonly: true });
    const names = db
      .prepare("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")
      .pluck()
      .all() as string[];
    expect(objects.map(({ name }: { name: string }) => name).sort()).toEqual(names.sort());
    for (const { name, columns } of objects) {
      const own = db
        .prepare(`SELECT * FROM "${name}"`)
        .columns()
        .map((column) => column.name);
      expect(columns.map((column: { name: string }) => column.name)).toEqual(own);
    }
    db.close();
  });

  it('hands out rows as they come, and stops with its reader or with Ctrl-C', async () => {
    const main = join(ROOT, 'dist/cli/main.js');
    for (const format of ['table', 'csv', 'json']) {
      const child = spawn(process.execPath, [main, 'sql', '--db', DB, '--format', format, COUNT]); // has no end
      const [piece] = await once(child.stdout, 'data');
      expect(String(piece)).toMatch(/\b100\b/);
      child.stdout.destroy();
      expect((await once(child, 'exit'))[0]).toBe(0);
    }
    const busy = spawn(process.execPath, [main, 'sql', '--db', DB, '--format', 'csv', COUNT]);
    await once(busy.stdout, 'data');
    busy.kill('SIGINT');
    expect(await once(busy, 'exit')).toEqual([null, 'SIGINT']);
  });
});

group('acceptq sql beside Python', ['python'], () => {
  const QUERIES = [
    'SELECT * FROM v_listeners ORDER BY listener',
    'SELECT * FROM v_connections ORDER BY connection',
    'SELECT * FROM v_waits ORDER BY connection',
    'SELECT * FROM v_wait_quantiles ORDER BY listener',
    'SELECT * FROM v_depth',
    'SELECT * FROM v_overflows ORDER BY at_ns',
    'SELECT * FROM v_listen_calls ORDER BY listen_call',
    'SELECT * FROM v_acceptors ORDER BY listener, tid',
  ];

  it('gives what another SQLite gives that opens the same file', () => {
    const program = `import json, sqlite3, sys
db = sqlite3.connect('file:' + sys.argv[1] + '?mode=ro', uri=True)
for query in sys.argv[2:]:
    print(json.dumps(db.execute(query).fetchall()))`;
    const theirs = execFileSync('python3', ['-c', program, DB, ...QUERIES], { encoding: 'utf8', maxBuffer: 1 << 28 })
      .trimEnd()
      .split('\n');
    QUERIES.forEach((query, k) => {
      const { rows } = JSON.parse(sql('--json', query).stdout);
      expect(rows.length, query).toBeGreaterThan(0);
      expect(rows, query).toEqual(JSON.parse(theirs[k]));
    });
  });

  it("writes CSV that Python's reader understands", () => {
    const program = `import csv, json, sys
print(json.dumps(list(csv.reader(open(sys.argv[1], newline='')))))`;
    const file = join(directory, 'connections.csv');
    const query = 'SELECT address, client, outcome, comm, dequeued_at_ns FROM v_connections ORDER BY connection';
    execFileSync(
      'sh',
      ['-c', 'exec "$0" dist/cli/main.js sql --db "$1" --format csv "$2" > "$3"', process.execPath, DB, query, file],
      { cwd: ROOT },
    );
    const read = JSON.parse(execFileSync('python3', ['-c', program, file], { encoding: 'utf8' }));
    const { columns, rows } = JSON.parse(sql('--json', query).stdout);
    const text = (value: unknown): string => (value === null ? '' : String(value));
    expect(read).toEqual([columns, ...rows.map((row: unknown[]) => row.map(text))]);
  });
});
