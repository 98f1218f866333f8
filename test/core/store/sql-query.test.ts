// Queries of users: what is refused, that nothing is rounded, and which names are offered for wrong ones.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closestNames, editDistance } from '../../../core/store/closest-names.ts';
import { readSchema } from '../../../core/store/schema-text.ts';
import { hintFor } from '../../../core/store/sql-hint.ts';
import { QueryError, querySql, type SqlValue } from '../../../core/store/sql-query.ts';
import { openStore, type Store } from '../../../core/store/store.ts';
import { perfDataOf, take, withStore } from '../../support/fixtures.ts';

/** A store with a capture in it, opened for reading. */
const reading = <T>(use: (store: Store, directory: string) => T): T =>
  withStore((written, directory) => {
    take(written, perfDataOf('listen-errors'));
    written.close();
    const store = openStore(written.path, { mode: 'read' });
    try {
      return use(store, directory);
    } finally {
      store.close();
    }
  });

const all = (store: Store, sql: string): (readonly SqlValue[])[] => [...querySql(store, sql).rows];

describe('querySql', () => {
  it('runs what reads, in any dress', () =>
    reading((store) => {
      for (const sql of [
        'select 1',
        ' \n\t-- a comment; with a semicolon\n/* and\nanother */ SELECT 1 ; -- done',
        'WITH one(n) AS (SELECT 1) SELECT n FROM one',
        'VALUES (1)',
      ])
        expect(all(store, sql), sql).toEqual([[1n]]);
      expect(all(store, 'EXPLAIN QUERY PLAN SELECT * FROM v_depth').length).toBeGreaterThan(0);
      expect(querySql(store, 'SELECT 1 AS a, 2 AS a').columns).toEqual(['a', 'a']);
    }));

  it('refuses everything else and changes no byte', () =>
    reading((store, directory) => {
      const bytes = (): string => createHash('sha256').update(readFileSync(store.path)).digest('hex');
      const before = bytes();
      const other = join(directory, 'other.db');
      const refused: [string, RegExp][] = [
        ['', /empty/],
        [' -- nothing\n ; ', /empty|more than one|only reading/],
        ['/* never closed', /empty/],
        ['SELECT 1; DELETE FROM listeners', /more than one statement/],
        ['DELETE FROM listeners', /not DELETE/],
        ['delete from listeners returning id', /not DELETE/],
        ['/* SELECT */ UPDATE listeners SET accepted = 0', /not UPDATE/],
        ['INSERT INTO strings VALUES (1, 1, 1)', /not INSERT/],
        ['WITH a AS (SELECT 1) DELETE FROM listeners', /would change/],
        ['WITH a AS (SELECT 1) DELETE FROM listeners RETURNING id', /would change/],
        ['DROP TABLE listeners', /not DROP/],
        ['CREATE TEMP TABLE t (x)', /not CREATE/],
        [`ATTACH '${other}' AS other`, /not ATTACH/],
        [`VACUUM INTO '${other}'`, /not VACUUM/],
        ['BEGIN EXCLUSIVE', /not BEGIN/],
        ['PRAGMA query_only = OFF', /PRAGMA is not taken/],
        ['PRAGMA journal_mode = DELETE', /PRAGMA is not taken/],
        ['SELECT ?', /parameters/],
        ['SELECT :name', /parameters/],
        ['SELECT 1\0; DROP TABLE listeners', /NUL/],
        ["SELECT load_extension('x')", /not authorized/],
        ["SELECT writefile('x', 'y')", /no such function/],
        ['selec 1', /only reading/],
        ['SELECT FROM', /syntax error/],
      ];
      for (const [sql, message] of refused) {
        const run = (): unknown => all(store, sql);
        expect(run, sql).toThrow(QueryError);
        expect(run, sql).toThrow(message);
      }
      expect(bytes()).toBe(before);
      expect(() => readFileSync(other)).toThrow(/ENOENT/);
    }));

  it('will not run on a store that is open for writing', () =>
    withStore((store) => expect(() => querySql(store, 'SELECT 1')).toThrow(/mode read/)));

  it('tells what fails in the middle of the rows as an error of the query', () =>
    reading((store) => {
      const { rows } = querySql(store, 'SELECT abs(-9223372036854775807 - n) FROM (SELECT 0 AS n UNION ALL SELECT 1)');
      const read = rows[Symbol.iterator]();
      expect(read.next().value).toEqual([9223372036854775807n]);
      expect(() => read.next()).toThrow(QueryError);
    }));

  it('rounds no integer and keeps types apart', () =>
    reading((store) => {
      fc.assert(
        fc.property(fc.bigInt({ min: -(2n ** 63n) + 1n, max: 2n ** 63n - 1n }), (value) => {
          expect(all(store, `SELECT ${value}`)).toEqual([[value]]);
        }),
        { numRuns: 200 },
      );
      const [[real, empty, nothing, blob]] = all(store, "SELECT 1.5, '', NULL, x'00ff'");
      expect([real, empty, nothing]).toEqual([1.5, '', null]);
      expect([...(blob as Uint8Array)]).toEqual([0, 255]);
    }));
});

describe('closestNames', () => {
  it('measures edits: symmetric, 0 for the same, one for one edit', () => {
    const word = fc.string({ maxLength: 12 });
    fc.assert(
      fc.property(word, word, fc.nat(12), fc.string({ minLength: 1, maxLength: 1 }), (one, other, at, letter) => {
        expect(editDistance(one, other)).toBe(editDistance(other, one));
        expect(editDistance(one, one)).toBe(0);
        expect(editDistance(one, other) === 0).toBe(one === other);
        expect(editDistance(one, one.slice(0, at) + letter + one.slice(at))).toBe(1);
        expect(editDistance(one, other)).toBeLessThanOrEqual(Math.max(one.length, other.length));
      }),
    );
    expect(editDistance('kitten', 'sitting')).toBe(3);
    expect(editDistance('wiat', 'wait')).toBe(1);
  });

  it('offers near names, nearest first, and none for what is like nothing', () => {
    const names = ['wait_ms', 'wait_ns', 'address', 'comm'];
    expect(closestNames('wiat_ns', names)).toEqual(['wait_ns', 'wait_ms']);
    expect(closestNames('ADRESS', names)).toEqual(['address']);
    expect(closestNames('wait', names)).toEqual(['wait_ms', 'wait_ns']);
    expect(closestNames('zzzzzz', names)).toEqual([]);
    expect(closestNames('a'.repeat(100_000), names)).toEqual([]);
  });
});

describe('hintFor', () => {
  it('names tables, and columns of the tables in the query', () =>
    reading((store) => {
      const schema = readSchema(store.db);
      const hint = (sql: string): string | null => {
        try {
          all(store, sql);
        } catch (error) {
          return hintFor((error as Error).message, sql, schema);
        }
        throw new Error(`it ran: ${sql}`);
      };
      expect(hint('SELECT * FROM v_listner')).toMatch(/^did you mean v_listeners\?/);
      expect(hint('SELECT * FROM main.conections')).toMatch(/^did you mean connections/);
      expect(hint('SELECT * FROM nothing_like_it_at_all')).toMatch(/^acceptq sql .*--schema lists/);
      expect(hint('SELECT w.wait FROM v_waits w')).toMatch(/^did you mean wait_ms or wait_ns\? .*--schema v_waits/);
      expect(hint('SELECT "addres" FROM v_acceptors')).toMatch(/^did you mean address\?/);
      expect(hint('SELECT 1 +')).toBeNull();
    }));

  it('says what to do where a store is older than its views', () =>
    withStore((store) => {
      store.db.exec('DROP VIEW v_waits');
      expect(hintFor('no such table: main.v_waits', 'SELECT * FROM v_waits', readSchema(store.db))).toMatch(/rebuild/);
    }));
});

describe('readSchema', () => {
  it('has a purpose and a comment for everything in a store, views for people first', () =>
    reading(({ db }) => {
      const schema = readSchema(db);
      expect(schema[0].name).toBe('v_listeners');
      for (const { name, purpose, columns } of schema) {
        expect(purpose, name).not.toBe('');
        expect(columns.length, name).toBeGreaterThan(0);
        for (const { name: column, comment } of columns) expect(comment, `${name}.${column}`).not.toBe('');
      }
      const inFile = db.prepare("SELECT count(*) FROM sqlite_master WHERE type IN ('table', 'view')").pluck().get();
      expect(schema.length).toBe(inFile);
      const listeners = schema.find(({ name }) => name === 'listeners');
      expect(listeners?.columns[0]).toEqual({ name: 'id', type: 'INTEGER', comment: 'in order of appearance' });
    }));
});
