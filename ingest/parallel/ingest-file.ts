// A capture file into the store with three threads: one reads, one folds, this one writes. Small files are not worth it.
import { openCapture, placeOf } from '../../core/store/log-place.ts';
import type { Connection } from '../../core/store/store.ts';
import { CaptureError } from '../format/format.ts';
import { type Ingested, type IngestProgress, ingestCapture } from '../ingest.ts';
import { BATCH_ROWS, beginLoad, type Load } from '../load.ts';
import { hashBeside } from '../source/content-hash.ts';
import type { FileSource } from '../source/file-source.ts';
import { BATCHES, type Folded, type FoldTask, type Message, type Task, type ToFold } from './messages.ts';
import { openedFile } from './reopen.ts';
import { SharedBatches, type SharedMemory, shareMemory } from './shared-batches.ts';
import { CAN_START_THREADS, Thread } from './thread.ts';

/** Bytes from which on threads save more than they cost to start. */
const WORTH_THREADS = 8 << 20;

/** ACCEPTQ_THREAD_FROM sets the size in bytes from which on. */
const isWorthThreads = (size: number): boolean =>
  CAN_START_THREADS && size >= Number(process.env.ACCEPTQ_THREAD_FROM ?? WORTH_THREADS);

/** As ingestCapture, which it calls for files that are not worth threads. */
export async function ingestFile(
  db: Connection,
  source: FileSource,
  progress?: (progress: IngestProgress) => void,
  beside: readonly FileSource[] = [],
): Promise<Ingested> {
  if (!isWorthThreads(source.size)) return ingestCapture(db, source, progress, beside);
  const memory = shareMemory(BATCHES, BATCH_ROWS);
  // Where it goes if its content is new, or what an interrupted run had begun: the thread reads while the content is hashed.
  const { bases } = placeOf(db, openCapture(db)?.id);
  const task: Task = { capture: openedFile(source), beside: beside.map(openedFile), bases, memory };
  const reader = new Thread<Message>('read-thread', task);
  try {
    const begun = beginLoad(db, { path: source.name, sha256: hashBeside(source, beside) });
    if ('known' in begun) return { capture: begun.known, added: false, resumed: 0, notes: [] };
    try {
      return await fill(begun, reader, memory, progress);
    } catch (error) {
      begun.abandon();
      throw error;
    }
  } finally {
    await reader.end();
  }
}

async function fill(
  load: Load,
  reader: Thread<Message>,
  memory: SharedMemory,
  progress: ((progress: IngestProgress) => void) | undefined,
): Promise<Ingested> {
  const { bases } = load.place;
  const batches = new SharedBatches(memory);
  let folder: Thread<Folded> | null = null;
  let unfolded = 0;
  const send = (message: ToFold): void => {
    folder?.send(message);
    unfolded++;
  };
  const take = (folded: Folded): void => {
    load.project(folded);
    unfolded--;
  };
  try {
    for (;;) {
      const message = await reader.next();
      if (message.kind === 'refused')
        throw new CaptureError(message.capture, message.offset, message.message, message.next, message.unit);
      if (message.kind === 'opened') {
        const { probes, pointers } = message.info;
        const foldTask: FoldTask = { bases, first: load.first, info: { probes, pointers }, memory };
        folder = new Thread<Folded>('fold-thread', foldTask);
      } else if (folder === null) throw new Error('events before the capture was opened');
      else if (message.kind === 'part') {
        const { filled, part } = message;
        send({ filled, entries: part.entries, last: false });
        load.append({ ...part, batch: batches.filled(filled) });
        batches.giveBack(filled.slot);
        for (let folded = folder.poll(); folded !== undefined; folded = folder.poll()) take(folded);
        load.mayStep();
      } else if (message.kind === 'progress') progress?.(message.progress);
      else {
        send({ filled: null, entries: message.end.entries, last: true });
        while (unfolded > 0) take(await folder.next());
        return load.finish(message.end);
      }
    }
  } finally {
    await folder?.end();
  }
}
