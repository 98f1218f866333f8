// A capture file into the store with two threads: one reads, this one folds and writes. Small files are not worth a thread.
import { Worker } from 'node:worker_threads';
import { basesOf, findCapture } from '../../core/store/capture-writer.ts';
import type { Connection } from '../../core/store/store.ts';
import { CaptureError } from '../format/format.ts';
import { type Ingested, type IngestProgress, ingestCapture } from '../ingest.ts';
import { PartWriter } from '../part-writer.ts';
import { hashBeside } from '../source/content-hash.ts';
import type { FileSource } from '../source/file-source.ts';
import type { Message, OpenedFile, Task } from './messages.ts';

/** Bytes from which on a second thread saves more than it costs to start. */
const WORTH_A_THREAD = 8 << 20;
/** Most objects die young: with more room for them they are not moved around before. */
const YOUNG_MB = 96;
const THREAD = new URL(`./read-thread${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);

/** Threads are started from compiled files only. ACCEPTQ_THREAD_FROM sets the size in bytes from which on. */
const isWorthAThread = (size: number): boolean =>
  THREAD.pathname.endsWith('.js') && size >= Number(process.env.ACCEPTQ_THREAD_FROM ?? WORTH_A_THREAD);

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
  if (!isWorthAThread(source.size)) return ingestCapture(db, source, progress, beside);
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
  const waiting = new Int32Array(new SharedArrayBuffer(4));
  const task: Task = { capture: fileOf(source), beside: beside.map(fileOf), bases, waiting };
  const thread = new Worker(THREAD, { workerData: task, resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB } });
  try {
    // while the thread reads the beginning
    const messages = queueOf(thread);
    const sha256 = hashBeside(source, beside);
    const known = findCapture(db, sha256);
    if (known !== undefined) return { capture: known, added: false, notes: [] };
    let writer: PartWriter | null = null;
    for (;;) {
      const message = await messages.next();
      if (message.kind === 'refused')
        throw new CaptureError(message.capture, message.offset, message.message, message.next, message.unit);
      if (message.kind === 'opened') writer = new PartWriter(db, bases, message.info);
      else if (writer === null) throw new Error('events before the capture was opened');
      else if (message.kind === 'end') {
        writer.finish(message.end, source.name, sha256);
        return { capture: writer.capture, added: true, notes: message.end.notes };
      } else {
        for (const part of message.parts) writer.write(part);
        progress?.(message.progress);
      }
      Atomics.sub(waiting, 0, 1);
      Atomics.notify(waiting, 0);
    }
  } finally {
    await thread.terminate();
  }
}

/** The thread's messages, to be awaited one by one. */
function queueOf(thread: Worker): { next(): Promise<Message> } {
  const arrived: Message[] = [];
  let failure: Error | null = null;
  let wake: (() => void) | null = null;
  const woken = (): void => {
    wake?.();
    wake = null;
  };
  thread.on('message', (message: Message) => {
    arrived.push(message);
    woken();
  });
  thread.on('error', (error: Error) => {
    failure = error;
    woken();
  });
  return {
    async next() {
      for (;;) {
        const message = arrived.shift();
        if (message !== undefined) return message;
        if (failure !== null) throw failure;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}
