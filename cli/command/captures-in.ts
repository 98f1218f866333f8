// Brings captures named on the command line into a store, one after the other; what cannot be read is told and left out.
import { fstatSync } from 'node:fs';
import type { Store } from '../../core/store/store.ts';
import { CaptureError } from '../../ingest/format/format.ts';
import { ingestFile } from '../../ingest/parallel/ingest-file.ts';
import { ingestLive } from '../../ingest/parallel/ingest-live.ts';
import type { Stopping } from '../../ingest/parallel/live-pipe.ts';
import { CAN_START_THREADS } from '../../ingest/parallel/thread.ts';
import type { FileSource } from '../../ingest/source/file-source.ts';
import { openSource } from '../../ingest/source/open.ts';
import { firstLook } from '../../ingest/source/piped.ts';
import { type Spool, spool } from '../../ingest/source/spool.ts';
import { describeCaptureError } from '../errors.ts';
import { ingestProgress, liveProgress } from '../progress.ts';
import { escapeText } from '../render/escape.ts';
import { UsageError } from '../result.ts';

export interface TakenIn {
  readonly path: string;
  /** Id in the store; null when the capture could not be read. */
  readonly capture: number | null;
  readonly added: boolean;
  /** Events that an interrupted run had left. */
  readonly resumed: number;
  /** It was stopped before its end. */
  readonly cut?: true;
}

async function takeIn(
  store: Store,
  path: string,
  beside: readonly FileSource[],
  stopping: Stopping | undefined,
): Promise<TakenIn> {
  if (path === '-' && stopping !== undefined && CAN_START_THREADS && !fstatSync(0).isFile()) {
    const piped = await firstLook(process.stdin, stopping.stop);
    if (piped.live) return takeInLive(store, piped.head, beside, stopping);
    return takeInFile(store, path, beside, await spool(process.stdin, piped.head, piped.ended));
  }
  return takeInFile(store, path, beside, path === '-' ? await spool(process.stdin) : null);
}

async function takeInLive(
  store: Store,
  head: readonly Uint8Array[],
  beside: readonly FileSource[],
  stopping: Stopping,
): Promise<TakenIn> {
  const progress = liveProgress('standard input');
  try {
    const { capture, added, resumed, notes, complete } = await ingestLive(store.db, {
      name: 'standard input',
      input: process.stdin,
      head,
      beside,
      stopping,
      progress: (events) => progress.update(events),
      now: () => new Date().toISOString(),
    });
    progress.done();
    for (const note of notes) process.stderr.write(`acceptq: ${escapeText(note)}\n`);
    return { path: '-', capture, added, resumed, ...(complete ? {} : { cut: true }) };
  } finally {
    progress.done();
  }
}

async function takeInFile(
  store: Store,
  path: string,
  beside: readonly FileSource[],
  stdin: Spool | null,
): Promise<TakenIn> {
  try {
    const source = await openSource(stdin?.path ?? path, path === '-' ? 'standard input' : path);
    const progress = ingestProgress(path);
    try {
      const { capture, added, resumed, notes } = await ingestFile(
        store.db,
        source,
        (state) => progress.update(state),
        beside,
      );
      progress.done();
      for (const note of notes) process.stderr.write(`acceptq: ${escapeText(note)}\n`);
      return { path, capture, added, resumed };
    } finally {
      progress.done();
      source.close();
    }
  } finally {
    stdin?.remove();
  }
}

/** Opens the files of --with. Throws CaptureError when one cannot be opened. */
async function openBeside(paths: readonly string[]): Promise<FileSource[]> {
  const opened: FileSource[] = [];
  try {
    for (const path of paths) opened.push(await openSource(path));
  } catch (error) {
    for (const file of opened) file.close();
    throw error;
  }
  return opened;
}

/**
 * `beside` are the snapshots of --with: they belong to one capture. With `stopping` standard input is read while it is written.
 * Throws UsageError when there are several.
 */
export async function takeInAll(
  store: Store,
  paths: readonly string[],
  beside: readonly string[] = [],
  stopping?: Stopping,
): Promise<TakenIn[]> {
  if (beside.length > 0 && paths.length > 1)
    throw new UsageError('--with needs one capture: its snapshots belong to that');
  const snapshots = await openBeside(beside);
  const results: TakenIn[] = [];
  try {
    for (const path of paths) {
      if (stopping?.stop.aborted) break;
      try {
        results.push(await takeIn(store, path, snapshots, stopping));
      } catch (error) {
        if (!(error instanceof CaptureError)) throw error;
        process.stderr.write(`${describeCaptureError(error)}\n`);
        results.push({ path, capture: null, added: false, resumed: 0 });
      }
    }
  } finally {
    for (const file of snapshots) file.close();
  }
  return results;
}
