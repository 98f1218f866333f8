// Brings captures named on the command line into a store, one after the other; what cannot be read is told and left out.
import type { Store } from '../../core/store/store.ts';
import { CaptureError } from '../../ingest/format/format.ts';
import { ingestFile } from '../../ingest/parallel/ingest-file.ts';
import { openSource } from '../../ingest/source/open.ts';
import { spool } from '../../ingest/source/spool.ts';
import { describeCaptureError } from '../errors.ts';
import { ingestProgress } from '../progress.ts';

export interface TakenIn {
  readonly path: string;
  /** Id in the store; null when the capture could not be read. */
  readonly capture: number | null;
  readonly added: boolean;
}

async function takeIn(store: Store, path: string): Promise<TakenIn> {
  const stdin = path === '-' ? await spool(process.stdin) : null;
  try {
    const source = await openSource(stdin?.path ?? path, path === '-' ? 'standard input' : path);
    const progress = ingestProgress(path);
    try {
      return { path, ...(await ingestFile(store.db, source, (state) => progress.update(state))) };
    } finally {
      progress.done();
      source.close();
    }
  } finally {
    stdin?.remove();
  }
}

export async function takeInAll(store: Store, paths: readonly string[]): Promise<TakenIn[]> {
  const results: TakenIn[] = [];
  for (const path of paths) {
    try {
      results.push(await takeIn(store, path));
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      process.stderr.write(`${describeCaptureError(error)}\n`);
      results.push({ path, capture: null, added: false });
    }
  }
  return results;
}
