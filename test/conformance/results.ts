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

/** All kernels with results, oldest first. */
export const storedResults = (): KernelResults[] =>
  readdirSync(DIRECTORY)
    .map((name) => JSON.parse(readFileSync(join(DIRECTORY, name), 'utf8')) as KernelResults)
    .sort((a, b) => versionKey(a.release) - versionKey(b.release));

export function storeResults(results: KernelResults): void {
  mkdirSync(DIRECTORY, { recursive: true });
  const line = results.release.split('.').slice(0, 2).join('.');
  writeFileSync(join(DIRECTORY, `${line}.json`), `${JSON.stringify(results, null, 1)}\n`);
}
