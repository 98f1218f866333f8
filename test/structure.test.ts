// The structure that ARCHITECTURE.md promises: dependencies point one way, the core is pure, rooms are small.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const TOP = ['cli', 'core', 'ingest', 'replay'];

const files = TOP.flatMap((top) => {
  try {
    return readdirSync(join(ROOT, top), { recursive: true, encoding: 'utf8' }).map((name) => join(top, name));
  } catch {
    return [];
  }
}).filter((name) => name.endsWith('.ts'));

const textOf = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

/** What a file imports: project files relative to the root, packages by name; with types and dynamic imports. */
function importsOf(file: string): string[] {
  const found = [...textOf(file).matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*)'([^']+)'/g)].map((match) => match[1]);
  return found.map((name) => (name.startsWith('.') ? relative(ROOT, resolve(ROOT, dirname(file), name)) : name));
}

const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  cli: ['cli', 'core', 'ingest', 'replay'],
  replay: ['replay', 'core'],
  ingest: ['ingest', 'core'],
  core: ['core'],
};

/** Pure rooms, and what each may import of the project. */
const PURE: Readonly<Record<string, readonly string[]>> = {
  'core/kernel/': ['core/kernel/'],
  'core/projection/': ['core/projection/', 'core/event/', 'core/kernel/'],
  'core/stats/': ['core/stats/'],
  'core/compare/': ['core/compare/', 'core/report/', 'core/stats/'],
  'core/report/': ['core/report/', 'core/event/', 'core/kernel/', 'core/stats/'],
  'core/state/': ['core/state/', 'core/projection/', 'core/event/', 'core/kernel/'],
  'core/event/': ['core/event/'],
  'ingest/format/': ['ingest/format/', 'ingest/probe/', 'core/event/'],
  'ingest/probe/': ['ingest/probe/', 'ingest/format/', 'core/event/'],
  'ingest/snapshot/': ['ingest/snapshot/', 'ingest/format/', 'ingest/probe/', 'core/event/'],
  'ingest/order/': ['ingest/order/', 'ingest/format/', 'core/event/'],
};
/** Pure themselves: they compute from bytes in memory. */
const PACKAGES_IN_PURE = ['effect/Schema', 'fzstd', 'node:zlib'];

describe('structure', () => {
  it('finds the sources', () => {
    expect(files.length).toBeGreaterThan(50);
    expect(importsOf('core/report/build.ts')).toContain('core/report/verdict.ts');
    expect(importsOf('cli/program.ts')).toContain('cli/command/analyze.ts');
  });

  it('lets dependencies point one way', () => {
    const wrong = files.flatMap((file) => {
      const allowed = MAY_IMPORT[file.split('/')[0]];
      return importsOf(file)
        .filter((name) => TOP.includes(name.split('/')[0]) && !allowed.includes(name.split('/')[0]))
        .map((name) => `${file} → ${name}`);
    });
    expect(wrong).toEqual([]);
  });

  it('keeps the pure rooms pure', () => {
    const wrong = Object.entries(PURE).flatMap(([room, allowed]) =>
      files
        .filter((file) => file.startsWith(room))
        .flatMap((file) => [
          ...importsOf(file)
            .filter((name) => !allowed.some((prefix) => name.startsWith(prefix)) && !PACKAGES_IN_PURE.includes(name))
            .map((name) => `${file} imports ${name}`),
          ...(
            textOf(file).match(/Date\.now|new Date\(\)|Math\.random|performance\.now|process\.\w|setTimeout/g) ?? []
          ).map((use) => `${file} uses ${use}`),
        ]),
    );
    expect(wrong).toEqual([]);
  });

  it('lets core/kernel import nothing but itself', () => {
    const kernel = files.filter((file) => file.startsWith('core/kernel/'));
    expect(kernel.length).toBeGreaterThan(0);
    expect(kernel.flatMap(importsOf).filter((name) => !name.startsWith('core/kernel/'))).toEqual([]);
  });

  it('lets only the store know SQLite, and only the command line know commander', () => {
    expect(
      files.filter((file) => importsOf(file).includes('better-sqlite3') && !file.startsWith('core/store/')),
    ).toEqual([]);
    expect(files.filter((file) => importsOf(file).includes('commander') && !file.startsWith('cli/'))).toEqual([]);
  });

  it('has small files that say what they are for', () => {
    expect(files.filter((file) => textOf(file).split('\n').length > 300)).toEqual([]);
    expect(files.filter((file) => !/^(#!.*\n)?\/\/ \S/.test(textOf(file)))).toEqual([]);
    expect(files.filter((file) => /(^|\/)(utils?|helpers?|common|manager)(\/|\.|-)/.test(file))).toEqual([]);
  });
});
