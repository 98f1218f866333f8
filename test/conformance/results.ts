// The results of each kernel on disk: one JSON file a kernel line, and the matrix made of all of them.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KernelResults } from './matrix.ts';

const DIRECTORY = join(process.cwd(), 'test/conformance/results');
export const MATRIX = join(process.cwd(), 'test/conformance/MATRIX.md');

const versionKey = (release: string): number => {
  const [major = 0, minor = 0] = release.split('.').map(Number);
  return major * 1000 + minor;
};

/** 6.18 of 6.18.44-1-amd64: each line has one file. */
export const lineOf = (release: string): string => release.split('.').slice(0, 2).join('.');

/** All kernels with results, oldest first. */
export const storedResults = (): KernelResults[] =>
  readdirSync(DIRECTORY)
    .map((name) => JSON.parse(readFileSync(join(DIRECTORY, name), 'utf8')) as KernelResults)
    .sort((a, b) => versionKey(a.release) - versionKey(b.release));

export function storeResults(results: KernelResults): void {
  mkdirSync(DIRECTORY, { recursive: true });
  writeFileSync(join(DIRECTORY, `${lineOf(results.release)}.json`), `${JSON.stringify(results, null, 2)}\n`);
}
