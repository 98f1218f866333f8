// Recordings as perfs since 2.6.33 wrote them: the same rows as from the file that they were made of, and the same to perf.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { group } from '../../support/needs.ts';
import { toBigEndian } from './big-endian.ts';
import { bytesOf } from './bytes.ts';
import { withAttrsOf, withEventTypeRecords, withEventTypes, withoutSampleIds, withTracingData05 } from './old-forms.ts';
import { perfScript } from './perf-script-text.ts';
import { readRows, typeOf } from './rows.ts';

const SIZES = [64, 72, 80, 96];
const FILES = ['listen-errors', 'ipv6-dual', 'per-task'];
const pipe = readFileSync(fileURLToPath(new URL('../../fixture/perf-data-forms/pipe.data', import.meta.url)));
const KALLSYMS =
  'ffffffff81000000 T _text\nffffffff81c4eb10 T inet_csk_accept\nffffffff81c4f000 T inet_csk_destroy_sock\n';

/** What has a time of its own without sample_id_all. */
const samples = (lines: readonly string[]): string[] => lines.filter((line) => !/^(task_|lost)/.test(typeOf(line)));

describe.each(FILES)('%s', (name) => {
  describe.each([
    ['little-endian', bytesOf(name)],
    ['big-endian', toBigEndian(bytesOf(name))],
  ])('%s', (_, file) => {
    const { lines } = readRows(file);

    it.each(SIZES)('attrs of %i bytes', (size) => {
      const read = readRows(withAttrsOf(file, size));
      expect(read).toMatchObject({ rejected: 0 });
      expect(read.lines).toEqual(lines);
    });

    it('event types', () => {
      expect(readRows(withEventTypes(file))).toMatchObject({ rejected: 0, lines });
      expect(readRows(withEventTypes(withAttrsOf(file, 64)))).toMatchObject({ rejected: 0, lines });
    });

    it('tracing_data 0.5, with and without symbols', () => {
      for (const kallsyms of ['', KALLSYMS])
        expect(readRows(withTracingData05(file, kallsyms))).toMatchObject({ rejected: 0, lines });
    });

    it('no sample_id_all', () => {
      const read = readRows(withoutSampleIds(file));
      expect(read.rejected).toBe(0);
      expect(samples(read.lines)).toEqual(samples(lines));
      // tasks keep their order; those that perf made up at the start come before the first event
      const tasks = (all: readonly string[]): string[] =>
        all
          .filter((line) => line.startsWith('task_'))
          .map((line) =>
            line
              .split(' ')
              .filter((_, k) => k !== 1 && k !== 2 && !_.startsWith('synthesized'))
              .join(' '),
          );
      expect(tasks(read.lines)).toEqual(tasks(lines));
      const first = read.lines.findIndex((line) => !line.startsWith('task_'));
      expect(read.lines.slice(0, first).every((line) => line.split(' ')[1] === '-Infinity')).toBe(true);
    });

    it('all of it at once', () => {
      const oldest = withEventTypes(withAttrsOf(withTracingData05(withoutSampleIds(file), KALLSYMS), 64));
      const read = readRows(oldest);
      expect(read.rejected).toBe(0);
      expect(samples(read.lines)).toEqual(samples(lines));
    });
  });
});

it('event types in a pipe', () => {
  const { lines } = readRows(pipe);
  expect(lines.length).toBeGreaterThan(100);
  expect(readRows(withEventTypeRecords(pipe))).toMatchObject({ rejected: 0, lines });
});

group('by perf script', ['perf'], () => {
  const directory = (): string => mkdtempSync(join(tmpdir(), 'acceptq-test-'));
  const printed = (file: Buffer): string[] => {
    const at = directory();
    try {
      writeFileSync(join(at, 'perf.data'), file);
      return perfScript(join(at, 'perf.data'));
    } finally {
      rmSync(at, { recursive: true });
    }
  };
  /** Names of tasks need the time of COMM records. */
  const unnamed = (lines: readonly string[]): string[] => lines.map((line) => line.replace(/^.*?(?=-?\d+\/)/, ''));

  it.each(FILES)('%s means the same to perf in each form', (name) => {
    const file = bytesOf(name);
    const lines = printed(file);
    expect(lines.length).toBeGreaterThan(100);
    for (const size of SIZES) expect(printed(withAttrsOf(file, size))).toEqual(lines);
    expect(printed(withEventTypes(file))).toEqual(lines);
    expect(unnamed(printed(withTracingData05(file, '')))).toEqual(unnamed(lines));
    // perf leaves them in the order of the file then
    expect(unnamed(printed(withoutSampleIds(file))).sort()).toEqual(unnamed(lines).sort());
  });
});
