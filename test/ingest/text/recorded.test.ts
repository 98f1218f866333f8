// Recorded texts of every dialect against a second, plain reader of the same text, row by row and field by field.
import { describe, expect, it } from 'vitest';
import { queryEvents } from '../../../core/store/event-query.ts';
import { take, withStore } from '../../support/fixtures.ts';
import { oracle } from './oracle.ts';
import { type Row, readText, show, textOf, textPath, textsOf } from './read-text.ts';

/** Which lines the oracle is to expect. Functions have a test of their own. */
const DIALECTS: Readonly<Record<string, readonly [folder: string, dialect: string, format: string]>> = {
  'clock-mono.txt': ['tracefs', 'tracefs', 'tracefs text'],
  'clock-x86-tsc.txt': ['tracefs', 'tracefs', 'tracefs text'],
  'default.txt': ['tracefs', 'tracefs', 'tracefs text'],
  'fields.txt': ['tracefs', 'tracefs', 'tracefs text'],
  'latency-format.txt': ['tracefs', 'latency', 'tracefs text'],
  'overrun.txt': ['tracefs', 'tracefs', 'tracefs text'],
  'raw_syscalls.txt': ['tracefs', 'tracefs', 'tracefs text'],
  'stack.txt': ['tracefs', 'tracefs', 'tracefs text'],
  'syscalls-more.txt': ['tracefs', 'tracefs', 'tracefs text'],
  'tgid.txt': ['tracefs', 'tracefs', 'tracefs text'],
  'trace_pipe-lost.txt': ['tracefs', 'tracefs', 'tracefs text'],
};
const TEXTS: readonly (readonly [folder: string, name: string, dialect: string, format: string])[] = [
  ...Object.entries(DIALECTS).map(([name, [folder, dialect, format]]) => [folder, name, dialect, format] as const),
  ...textsOf('trace-cmd').map(
    (name) =>
      ['trace-cmd', name, name === 'latency.txt' ? 'trace-cmd latency' : 'trace-cmd', 'trace-cmd report'] as const,
  ),
  ...['default.txt', 'ns.txt', 'header.txt'].map((name) => ['perf-script', name, 'perf', 'perf script'] as const),
];

/** Rows that come of notices, tasks and functions, which the oracle does not read. */
const isOther = ({ type }: Row): boolean => /^(lost|task_|func_)/.test(type);

describe('recorded texts', () => {
  it('name the task on each line, whatever else tells its name', () => {
    const text = textOf('tracefs', 'tasks.txt');
    const names = withStore((store) => {
      take(store, textPath('tracefs', 'tasks.txt'));
      // task_comm has an argument of that name
      return [...queryEvents(store.db, {})].flatMap(({ source, comm, type }) =>
        type === 'task_comm' ? [] : [[source, comm]],
      );
    });
    const printed = text.split('\n').map((line) => /^ *(.+?)-\d+ +\[/.exec(line)?.[1] ?? null);
    const own = names.filter(([source]) => !/sched_process_fork/.test(text.split('\n')[Number(source) - 1]));
    expect(own.length).toBeGreaterThan(50);
    expect(own).toEqual(own.map(([source]) => [source, printed[Number(source) - 1]]));
  });

  it.each(TEXTS)('%s/%s', (folder, name, dialect, format) => {
    const text = textOf(folder, name);
    const read = readText(text);
    const expected = oracle(dialect, text);
    expect(read.format).toBe(format);
    expect(read.totals.rejections).toEqual([]);
    expect(read.rows.filter((row) => !isOther(row)).map(show)).toEqual(expected.map(show));
    const ignored = text.split('\n').filter((line) => line !== '').length - read.rows.length;
    expect(read.totals.ignored).toBe(ignored);
  });

  it.each(TEXTS)('%s/%s goes into a store', (folder, name, dialect) => {
    const stored = withStore((store) => {
      const capture = take(store, textPath(folder, name));
      return store.db
        .prepare(
          `SELECT (SELECT count(*) FROM events WHERE type NOT LIKE 'lost%') AS events,
             rejected, unit FROM captures WHERE id = ?`,
        )
        .get(capture);
    });
    expect(stored).toEqual({ events: oracle(dialect, textOf(folder, name)).length, rejected: 0, unit: 'line' });
  });
});
