// Opens stores for commands: waits for another writer, and brings derived tables up to date when they are not.

import { formatNs } from '../../core/report/units.ts';
import { indexLog, indexProjections } from '../../core/store/indexes.ts';
import { isOpen } from '../../core/store/log-place.ts';
import { staleness } from '../../core/store/processors.ts';
import { projectAgain, rebuildProjections } from '../../core/store/project.ts';
import { deriveForReading, type SoFar } from '../../core/store/provisional.ts';
import { abandonedStreams, sealCapture } from '../../core/store/seal.ts';
import { openStore, type Store } from '../../core/store/store.ts';
import { isBusy, OldStoreError, StoreError, storeErrorOf } from '../../core/store/store-error.ts';
import { claimWriting, endWriting, type Writer, writerOf } from '../../core/store/writer-claim.ts';
import { stepProgress } from '../progress.ts';
import { escapeText } from '../render/escape.ts';
import { UsageError } from '../result.ts';

const AGAIN_MS = 100;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const nameOf = ({ pid }: Writer): string => (pid === 0 ? 'another process' : `process ${pid}`);

/** Says once on stderr whom this waits for. */
class Waiting {
  private told = false;
  private readonly until: number;

  constructor(seconds: number) {
    this.until = Date.now() + 1000 * seconds;
  }

  /** Throws StoreError when it has waited for long enough. */
  async for(path: string, writer: Writer): Promise<void> {
    const left = this.until - Date.now();
    if (left <= 0)
      throw new StoreError(
        path,
        `${nameOf(writer)} ${writer.doing}${this.told ? ' still' : ''}`,
        this.told ? 'try again when it is done' : 'try again when it is done, or without --no-wait',
      );
    if (!this.told)
      process.stderr.write(
        `acceptq: ${escapeText(path)}: waiting for ${nameOf(writer)}, which ${escapeText(writer.doing)}\n`,
      );
    this.told = true;
    await sleep(Math.min(AGAIN_MS, left));
  }
}

/** --no-wait, --wait. */
export interface WaitOptions {
  /** False: not at all; seconds as given; true: for as long as it takes. */
  readonly wait?: string | boolean;
}

/** How long to wait for another writer. Throws UsageError. */
export function waitFor({ wait }: WaitOptions): { waitSeconds: number } {
  if (wait === undefined || wait === true) return { waitSeconds: Number.POSITIVE_INFINITY };
  if (wait === false) return { waitSeconds: 0 };
  const seconds = /^\d{1,9}(\.\d+)?$/.test(wait) ? Number(wait) : Number.NaN;
  if (Number.isNaN(seconds)) throw new UsageError(`--wait takes seconds, not ${wait}`);
  return { waitSeconds: seconds };
}

export interface WriteOptions {
  readonly mode: 'create' | 'write';
  /** What this process does, for others that wait: "ingests a capture". */
  readonly doing: string;
  readonly temporary?: boolean;
  /** Readers come while it is written: from the beginning, not only once it is made. */
  readonly shared?: boolean;
  /** How long to wait for another writer; without it for as long as that takes. */
  readonly waitSeconds?: number;
}

/** Opens a store as its only writer; waits for another one to be done. Closing it lets others write. */
export async function openForWriting(path: string, { doing, waitSeconds, ...options }: WriteOptions): Promise<Store> {
  const waiting = new Waiting(waitSeconds ?? Number.POSITIVE_INFINITY);
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

/** Opens a store of which only the log is to be read: as it is, whoever writes to it. */
export async function openLogForReading(path: string): Promise<Store> {
  try {
    return openStore(path, { mode: 'read' });
  } catch (error) {
    if (!(error instanceof OldStoreError)) throw error;
    await bringIntoForm(path, error);
    return openStore(path, { mode: 'read' });
  }
}

/** Opening a store for writing is all it takes. */
async function bringIntoForm(path: string, old: OldStoreError): Promise<void> {
  try {
    (await openForWriting(path, { mode: 'write', doing: 'brings the store into a newer form' })).close();
  } catch (error) {
    const reason = error instanceof StoreError ? error : storeErrorOf(path, error);
    if (reason === undefined) throw error;
    throw new StoreError(path, `${old.message}; ${reason.message}`, old.next);
  }
  process.stderr.write(
    `acceptq: ${escapeText(path)}: ${old.message}: it was brought into the present form, its journal begins now\n`,
  );
}

/** Opens a store to be read, with derived tables that follow from its log as this acceptq reads it. */
export async function openForReading(path: string): Promise<Store> {
  const store = await openLogForReading(path);
  const { versions, captures } = staleness(store.db);
  if (!versions && captures.length === 0) return store;
  const writer = writerOf(store.db);
  if (writer !== null && !versions) {
    const open = captures.filter((capture) => isOpen(store.db, capture));
    if (open.length > 0) tellSoFar(path, deriveSoFar(store, open), `${nameOf(writer)} reads on`);
    return store;
  }
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
    const again = openStore(path, { mode: 'read' });
    tellSoFar(path, deriveSoFar(again, captures), `reading was interrupted there, and ${reason.message}`);
    return again;
  }
  return openStore(path, { mode: 'read' });
}

/** Derives for this connection what the store cannot have yet. */
function deriveSoFar(store: Store, captures: readonly number[]): readonly SoFar[] {
  const progress = stepProgress();
  try {
    return deriveForReading(store.db, captures, ({ capture, events, of }) =>
      progress.update(`reading capture ${capture}`, events, of),
    );
  } catch (error) {
    store.close();
    throw error;
  } finally {
    progress.done();
  }
}

function tellSoFar(path: string, captures: readonly SoFar[], why: string): void {
  for (const { capture, events, duration_ns } of captures)
    process.stderr.write(
      `acceptq: ${escapeText(path)}: figures of capture ${capture} are those of its first ${events.toLocaleString('en')} events, ${formatNs(duration_ns)} of time: ${escapeText(why)}\n`,
    );
}

/** Derives some captures anew, or all. */
async function bringUpToDate(path: string, captures: readonly number[] | null): Promise<void> {
  const store = await openForWriting(path, { mode: 'write', doing: 'brings the store up to date' });
  const progress = stepProgress();
  const tell = ({ capture, events, of }: { capture: number; events: number; of: number }): void =>
    progress.update(`bringing capture ${capture} up to date`, events, of);
  try {
    for (const capture of abandonedStreams(store.db)) sealCapture(store.db, capture);
    if (captures === null) rebuildProjections(store.db, tell);
    else projectAgain(store.db, staleness(store.db).captures, tell);
    indexProjections(store.db);
    indexLog(store.db);
  } finally {
    progress.done();
    store.close();
  }
}
