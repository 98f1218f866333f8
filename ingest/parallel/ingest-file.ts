// A capture file into the store with three threads: one reads, one folds, this one writes. Small files are not worth it.
import { basesOf, CaptureWriter, findCapture } from '../../core/store/capture-writer.ts';
import { firstIds } from '../../core/store/project.ts';
import { ProjectionWriter } from '../../core/store/projection-writer.ts';
import type { Connection } from '../../core/store/store.ts';
import { CaptureError } from '../format/format.ts';
import { type Ingested, type IngestProgress, ingestCapture } from '../ingest.ts';
import { BATCH_ROWS } from '../pipeline.ts';
import { hashBeside } from '../source/content-hash.ts';
import type { FileSource } from '../source/file-source.ts';
import {
  BATCHES,
  type Folded,
  type FoldTask,
  type Message,
  type OpenedFile,
  type Task,
  type ToFold,
} from './messages.ts';
import { SharedBatches, shareMemory } from './shared-batches.ts';
import { CAN_START_THREADS, Thread } from './thread.ts';

/** Bytes from which on threads save more than they cost to start. */
const WORTH_THREADS = 8 << 20;

/** ACCEPTQ_THREAD_FROM sets the size in bytes from which on. */
const isWorthThreads = (size: number): boolean =>
  CAN_START_THREADS && size >= Number(process.env.ACCEPTQ_THREAD_FROM ?? WORTH_THREADS);

const fileOf = ({ path, name, wrapperProblem }: FileSource): OpenedFile => ({
  path,
  name,
  wrapperProblem: wrapperProblem ?? null,
});

/**
 * Appends a capture to the store, or finds that its content is there already. On any error the store is as before.
 * Throws CaptureError when the capture cannot be read.
 */
export async function ingestFile(
  db: Connection,
  source: FileSource,
  progress?: (progress: IngestProgress) => void,
  beside: readonly FileSource[] = [],
): Promise<Ingested> {
  if (!isWorthThreads(source.size)) return ingestCapture(db, source, progress, beside);
  db.exec('BEGIN IMMEDIATE');
  try {
    const result = await load(db, source, progress, beside);
    db.exec(result.added ? 'COMMIT' : 'ROLLBACK');
    return result;
  } catch (error) {
    if (db.inTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

async function load(
  db: Connection,
  source: FileSource,
  progress: ((progress: IngestProgress) => void) | undefined,
  beside: readonly FileSource[],
): Promise<Ingested> {
  const bases = basesOf(db);
  const memory = shareMemory(BATCHES, BATCH_ROWS);
  const batches = new SharedBatches(memory);
  const task: Task = { capture: fileOf(source), beside: beside.map(fileOf), bases, memory };
  const reader = new Thread<Message>('read-thread', task);
  let folder: Thread<Folded> | null = null;
  try {
    // while the thread reads the beginning
    const sha256 = hashBeside(source, beside);
    const known = findCapture(db, sha256);
    if (known !== undefined) return { capture: known, added: false, notes: [] };
    const log = new CaptureWriter(db, bases);
    const projections = new ProjectionWriter(db, log.capture);
    let unfolded = 0;
    const send = (message: ToFold): void => {
      folder?.send(message);
      unfolded++;
    };
    const take = ({ rows }: Folded): void => {
      projections.write(rows);
      unfolded--;
    };
    for (;;) {
      const message = await reader.next();
      if (message.kind === 'refused')
        throw new CaptureError(message.capture, message.offset, message.message, message.next, message.unit);
      if (message.kind === 'opened') {
        const { probes, pointers } = message.info;
        const foldTask: FoldTask = { bases, first: firstIds(db), info: { probes, pointers }, memory };
        folder = new Thread<Folded>('fold-thread', foldTask);
      } else if (folder === null) throw new Error('events before the capture was opened');
      else if (message.kind === 'end') {
        const { entries, end, notes } = message.end;
        send({ filled: null, entries, last: true });
        log.define(entries);
        while (unfolded > 0) take(await folder.next());
        log.finish({ path: source.name, sha256 }, end);
        return { capture: log.capture, added: true, notes };
      } else if (message.kind === 'progress') progress?.(message.progress);
      else {
        const { filled, tasks, entries } = message;
        send({ filled, entries, last: false });
        log.append(batches.filled(filled), tasks, entries);
        batches.giveBack(filled.slot);
        for (let folded = folder.poll(); folded !== undefined; folded = folder.poll()) take(folded);
      }
    }
  } finally {
    await Promise.all([reader.end(), folder?.end()]);
  }
}
