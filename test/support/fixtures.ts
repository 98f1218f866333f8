// The recorded fixtures: where they are, and a store with one of them in it.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildReport } from '../../core/report/build.ts';
import type { Report } from '../../core/report/model.ts';
import { readReportInput } from '../../core/store/report-input.ts';
import { openStore, type Store } from '../../core/store/store.ts';
import { type Ingested, ingestCapture } from '../../ingest/ingest.ts';
import { openFileSource } from '../../ingest/source/file-source.ts';
import { openSource } from '../../ingest/source/open.ts';

export const PERF_DATA = fileURLToPath(new URL('../fixture/perf-data/', import.meta.url));

/** Names of the recorded cases. */
export const CASES: readonly string[] = readdirSync(PERF_DATA).sort();

export const perfDataOf = (name: string): string => join(PERF_DATA, name, 'perf.data');

/** Calls `use` with a fresh store in a directory that is removed afterwards. */
export function withStore<T>(use: (store: Store, directory: string) => T): T {
  const directory = mkdtempSync(join(tmpdir(), 'acceptq-test-'));
  const store = openStore(join(directory, 'store.db'), { mode: 'create' });
  try {
    return use(store, directory);
  } finally {
    if (store.db.open) store.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The same for work that waits. */
export async function withStoreAsync<T>(use: (store: Store, directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'acceptq-test-'));
  const store = openStore(join(directory, 'store.db'), { mode: 'create' });
  try {
    return await use(store, directory);
  } finally {
    if (store.db.open) store.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Ingests a file, a directory, or what is wrapped in gzip, zstd or xz. */
export async function takeAny(store: Store, path: string): Promise<number> {
  const source = await openSource(path);
  try {
    return ingestCapture(store.db, source).capture;
  } finally {
    source.close();
  }
}

/** Ingests a file; closes it again. */
export function take(store: Store, path: string): number {
  const source = openFileSource(path);
  try {
    return ingestCapture(store.db, source).capture;
  } finally {
    source.close();
  }
}

/** Ingests a file with snapshots beside it, given as text. */
export function takeBeside(store: Store, path: string, texts: readonly string[]): Ingested {
  const source = openFileSource(path);
  const beside = texts.map((text, index) => {
    const bytes = Buffer.from(text);
    return {
      name: `snapshot ${index}`,
      size: bytes.length,
      read: (offset: number, length: number) => bytes.subarray(offset, offset + length),
    };
  });
  try {
    return ingestCapture(store.db, source, undefined, beside);
  } finally {
    source.close();
  }
}

export const reportOn = (store: Store, somaxconn?: number): Report =>
  buildReport(readReportInput(store.db), { version: 'test', ...(somaxconn === undefined ? {} : { somaxconn }) });
