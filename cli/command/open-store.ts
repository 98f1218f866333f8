// Opens stores for commands: waits for another writer, and brings derived tables up to date when they are not.
import { indexLog, indexProjections } from '../../core/store/indexes.ts';
import { staleness } from '../../core/store/processors.ts';
import { projectAgain, rebuildProjections } from '../../core/store/project.ts';
import { openStore, type Store } from '../../core/store/store.ts';
import { isBusy, StoreError, storeErrorOf } from '../../core/store/store-error.ts';
import { claimWriting, endWriting, type Writer, writerOf } from '../../core/store/writer-claim.ts';
import { stepProgress } from '../progress.ts';
import { escapeText } from '../render/escape.ts';

const AGAIN_MS = 100;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Says once on stderr whom this waits for. */
class Waiting {
  private told = false;

  async for(path: string, { pid, doing }: Writer): Promise<void> {
    if (!this.told)
      process.stderr.write(
        `acceptq: ${escapeText(path)}: waiting for ${pid === 0 ? 'another process' : `process ${pid}`}, which ${escapeText(doing)}\n`,
      );
    this.told = true;
    await sleep(AGAIN_MS);
  }
}

export interface WriteOptions {
  readonly mode: 'create' | 'write';
  /** What this process does, for others that wait: "ingests a capture". */
  readonly doing: string;
  readonly temporary?: boolean;
  /** Readers come while it is written: from the beginning, not only once it is made. */
  readonly shared?: boolean;
}

/** Opens a store as its only writer; waits for another one to be done. Closing it lets others write. */
export async function openForWriting(path: string, { doing, ...options }: WriteOptions): Promise<Store> {
  const waiting = new Waiting();
  for (;;) {
    let store: Store | undefined;
    try {
      store = openStore(path, options);
      if (options.temporary) return store;
      const other = claimWriting(store.db, doing);
      if (other === null) {
        const { close, ...rest } = store;
        return {
          ...rest,
          close() {
            endWriting(rest.db);
            close();
          },
        };
      }
      store.close();
      await waiting.for(path, other);
    } catch (error) {
      if (store?.db.open) store.close();
      if (!isBusy(error)) throw error;
      await waiting.for(path, { pid: 0, doing: 'has the store for itself' });
    }
  }
}

/** Opens a store to be read, with derived tables that follow from its log as this acceptq reads it. */
export async function openForReading(path: string): Promise<Store> {
  const store = openStore(path, { mode: 'read' });
  const { versions, captures } = staleness(store.db);
  if (!versions && captures.length === 0) return store;
  const writer = writerOf(store.db);
  if (writer !== null && !versions) return store; // it is being written: what there is, is shown
  store.close();
  try {
    await bringUpToDate(path, versions ? null : captures);
  } catch (error) {
    const reason = error instanceof StoreError ? error : storeErrorOf(path, error);
    if (reason === undefined) throw error;
    if (versions)
      throw new StoreError(
        path,
        `what it derives from its log is of another version, and it cannot be written: ${reason.message}`,
        'copy it to where you may write, or let its owner run acceptq rebuild once',
      );
    process.stderr.write(
      `acceptq: ${escapeText(path)}: figures are those of an interrupted ingest, and cannot be brought up to date: ${escapeText(reason.message)}\n`,
    );
  }
  return openStore(path, { mode: 'read' });
}

/** Derives some captures anew, or all. */
async function bringUpToDate(path: string, captures: readonly number[] | null): Promise<void> {
  const store = await openForWriting(path, { mode: 'write', doing: 'brings the store up to date' });
  const progress = stepProgress();
  const tell = ({ capture, events, of }: { capture: number; events: number; of: number }): void =>
    progress.update(`bringing capture ${capture} up to date`, events, of);
  try {
    if (captures === null) rebuildProjections(store.db, tell);
    else projectAgain(store.db, captures, tell);
    indexProjections(store.db);
    indexLog(store.db);
  } finally {
    progress.done();
    store.close();
  }
}
