// A store made of the captures on the command line: --db, or one of its own that goes away when it is closed, and when the process is interrupted.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { indexLog, indexProjections } from '../../core/store/indexes.ts';
import type { Store } from '../../core/store/store.ts';
import { takeInAll } from './captures-in.ts';
import { openForReading, openForWriting } from './open-store.ts';

export interface CapturesOptions {
  readonly db?: string;
  readonly with?: readonly string[];
  /** The caller watches for signals itself. */
  readonly interruptible?: false;
}

export interface CapturesStore {
  readonly store: Store;
  /** How many of the captures could be read; of the others it was said why not. */
  readonly read: 'all' | 'some' | 'none';
}

/** Takes in captures, and opens what came of them for reading: another may write to it by then. Whoever asks closes the store. */
export async function storeOfCaptures(captures: readonly string[], options: CapturesOptions): Promise<CapturesStore> {
  const place = placeOf(options);
  try {
    const read = await takenIn(place, captures, options.with);
    const opened = await openForReading(place.path);
    const store: Store = {
      ...opened,
      close() {
        opened.close();
        place.removed();
      },
    };
    return { store, read };
  } catch (error) {
    place.removed();
    throw error;
  }
}

async function takenIn(
  { path, temporary }: Place,
  captures: readonly string[],
  beside: readonly string[] | undefined,
): Promise<CapturesStore['read']> {
  const store = await openForWriting(path, { mode: 'create', doing: 'ingests captures', temporary });
  try {
    const taken = await takeInAll(store, captures, beside);
    indexProjections(store.db);
    if (!temporary) indexLog(store.db);
    const read = taken.filter(({ capture }) => capture !== null).length;
    return read === 0 ? 'none' : read < taken.length ? 'some' : 'all';
  } finally {
    store.close();
  }
}

interface Place {
  readonly path: string;
  readonly temporary: boolean;
  removed(): void;
}

function placeOf({ db, interruptible }: CapturesOptions): Place {
  const directory = db === undefined ? mkdtempSync(join(tmpdir(), 'acceptq-')) : null;
  const removed = (): void => {
    process.off('SIGINT', interrupted);
    process.off('exit', removed);
    if (directory !== null) rmSync(directory, { recursive: true, force: true });
  };
  const interrupted = (): never => {
    removed();
    process.exit(130);
  };
  if (interruptible !== false) process.once('SIGINT', interrupted);
  process.once('exit', removed); // the reader of a pipe may leave in the middle
  return { path: db ?? join(directory as string, 'store.db'), temporary: directory !== null, removed };
}
