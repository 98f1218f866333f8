// A store to read from, whatever the command line names: a store, or captures, which get one of their own until it is closed.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { indexLog, indexProjections } from '../../core/store/indexes.ts';
import type { Store } from '../../core/store/store.ts';
import { UsageError } from '../result.ts';
import { takeInAll } from './captures-in.ts';
import { isStore } from './is-store.ts';
import { openForReading, openForWriting } from './open-store.ts';

export interface StoreToRead {
  readonly db?: string;
  readonly with?: readonly string[];
}

/**
 * @param paths captures, one store, or none with --db
 * @returns null when a capture could not be read (it was said why)
 */
export async function openToRead(paths: readonly string[], options: StoreToRead): Promise<Store | null> {
  if (paths.length === 0) {
    if (options.db === undefined) throw new UsageError('it takes a capture, or --db with a store');
    return openForReading(options.db);
  }
  if (paths.length === 1 && options.db === undefined && isStore(paths[0])) {
    if (options.with !== undefined) throw new UsageError('--with belongs to a capture that is read in, not to a store');
    return openForReading(paths[0]);
  }
  const directory = options.db === undefined ? mkdtempSync(join(tmpdir(), 'acceptq-')) : null;
  const removed = (): void => {
    process.off('SIGINT', interrupted);
    process.off('exit', removed);
    if (directory !== null) rmSync(directory, { recursive: true, force: true });
  };
  const interrupted = (): never => {
    removed();
    process.exit(130);
  };
  process.once('SIGINT', interrupted);
  process.once('exit', removed); // the reader of a pipe may leave in the middle
  try {
    const path = options.db ?? join(directory as string, 'store.db');
    const all = await takenIn(path, directory !== null, paths, options.with);
    if (!all) {
      removed();
      return null;
    }
    const store = await openForReading(path);
    return {
      ...store,
      close() {
        store.close();
        removed();
      },
    };
  } catch (error) {
    removed();
    throw error;
  }
}

async function takenIn(
  path: string,
  temporary: boolean,
  captures: readonly string[],
  beside: readonly string[] | undefined,
): Promise<boolean> {
  const store = await openForWriting(path, { mode: 'create', doing: 'ingests captures', temporary });
  try {
    const taken = await takeInAll(store, captures, beside);
    if (taken.some(({ capture }) => capture === null)) return false;
    indexProjections(store.db);
    if (!temporary) indexLog(store.db);
    return true;
  } finally {
    store.close();
  }
}
