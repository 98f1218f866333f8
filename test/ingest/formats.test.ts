// The registry: a format is one folder, one line and fixtures; content alone decides, and an unknown file says what would be taken.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { CaptureError } from '../../ingest/format/format.ts';
import { FORMATS, sniff } from '../../ingest/format/index.ts';
import { memorySource } from './perf-data/bytes.ts';

const FOLDERS = fileURLToPath(new URL('../../ingest/format/', import.meta.url));
const FIXTURES = fileURLToPath(new URL('../fixture/', import.meta.url));

/** Recordings of each format; what lies beside them as another view of the same is not a capture. */
const RECORDINGS: Readonly<Record<string, { readonly at: readonly string[]; readonly only: RegExp }>> = {
  'perf.data': { at: ['perf-data', 'perf-data-forms', 'perf-data-probes', 'other-kernels'], only: /\.data$/ },
  'trace.dat': { at: ['trace-dat'], only: /\.dat$/ },
  'tracefs text': { at: ['text/tracefs'], only: /\.txt$/ },
  'perf script': { at: ['text/perf-script'], only: /\.txt$/ },
  'trace-cmd report': { at: ['text/trace-cmd'], only: /\.txt$/ },
  strace: { at: ['text/strace'], only: /\.txt$/ },
};

function filesIn(directory: string, only: RegExp): string[] {
  return readdirSync(directory).flatMap((name) => {
    const path = join(directory, name);
    if (statSync(path).isDirectory()) return name.endsWith('.data') ? [join(path, 'data')] : filesIn(path, only);
    return only.test(name) ? [path] : [];
  });
}

describe('the registry', () => {
  it('has each folder with a format in it, once', () => {
    const folders = readdirSync(FOLDERS).filter((name) => {
      try {
        return statSync(join(FOLDERS, name, 'format.ts')).isFile();
      } catch {
        return false;
      }
    });
    const registry = readFileSync(join(FOLDERS, 'index.ts'), 'utf8');
    expect(folders.filter((name) => !registry.includes(`'./${name}/format.ts'`))).toEqual([]);
    expect(FORMATS).toHaveLength(folders.length);
    expect(new Set(FORMATS.map(({ name }) => name)).size).toBe(FORMATS.length);
  });

  it.each(Object.entries(RECORDINGS))('knows every recording of %s by its content', (name, { at, only }) => {
    const files = at.flatMap((directory) => filesIn(join(FIXTURES, directory), only));
    expect(files.length).toBeGreaterThan(2);
    const wrong = files
      .map((path) => ({ path, format: sniff(memorySource(readFileSync(path), 'nameless')).name }))
      .filter(({ format }) => format !== name);
    expect(wrong).toEqual([]);
  });

  it.each([
    ['a program', readFileSync(process.execPath).subarray(0, 65536)],
    ['a source file', readFileSync(join(FIXTURES, 'record/acceptload.c'))],
    ['a page of the web', Buffer.from('<!DOCTYPE html>\n<html><body>502 Bad Gateway</body></html>\n')],
    ['zeros', Buffer.alloc(8192)],
    ['prose', readFileSync(join(FIXTURES, 'README.md'))],
    ['other JSON', Buffer.from('{"listeners": 4, "type": "ok"}\n'.repeat(40))],
    [
      'a log',
      Buffer.from('Nov 26 03:00:01 web sshd[812]: Accepted publickey for root from 10.0.0.1 port 4711\n'.repeat(40)),
    ],
  ])('does not take %s for a capture, and says what it would take', (_, bytes) => {
    let error: unknown;
    try {
      sniff(memorySource(Buffer.from(bytes)));
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(CaptureError);
    for (const { name } of FORMATS) expect((error as CaptureError).next).toContain(name);
  });
});
