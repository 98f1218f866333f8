// A pipe into the store while it is written: one thread reads, this one folds and writes, and commits what came several times a second.

import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { CaptureInfo } from '../../core/event/capture.ts';
import { dropCapture } from '../../core/store/drop-capture.ts';
import { findComplete } from '../../core/store/log-place.ts';
import { projectAgain, seesAlike } from '../../core/store/project.ts';
import type { Connection } from '../../core/store/store.ts';
import { Fold } from '../fold.ts';
import { CaptureError } from '../format/format.ts';
import { BATCH_ROWS, beginLoad, type Ingested, type Load } from '../load.ts';
import type { End } from '../pipeline.ts';
import { hashWith } from '../source/content-hash.ts';
import type { FileSource } from '../source/file-source.ts';
import type { LiveMessage, LiveTask } from './live-messages.ts';
import { LivePipe, type Stopping } from './live-pipe.ts';
import { openedFile } from './reopen.ts';
import { SharedBatches, type SharedMemory, shareMemory } from './shared-batches.ts';
import { Thread } from './thread.ts';

const BATCHES = 4;

export interface LiveOptions {
  readonly name: string;
  readonly input: Readable;
  /** What was read of the input already. */
  readonly head: readonly Uint8Array[];
  /** Snapshots beside it. */
  readonly beside: readonly FileSource[];
  readonly stopping: Stopping;
  /** Called when events were committed. */
  readonly progress?: (events: number) => void;
  /** ISO 8601, when a content that is there already has to be taken out again. */
  readonly now: () => string;
}

export interface LiveIngested extends Ingested {
  /** False: it was stopped before the pipe's end. */
  readonly complete: boolean;
}

/** Throws CaptureError when it is no capture, StoreError when the store does not take it. */
export async function ingestLive(db: Connection, options: LiveOptions): Promise<LiveIngested> {
  db.pragma('synchronous = FULL'); // commits are few, and each is meant to stay
  const begun = beginLoad(db, { path: options.name, sha256: null });
  if ('known' in begun) throw new Error('a stream cannot be there already');
  const memory = shareMemory(BATCHES, BATCH_ROWS);
  const pipe = new LivePipe(options.input, options.stopping);
  const task: LiveTask = {
    name: options.name,
    head: options.head.reduce((sum, { length }) => sum + length, 0),
    bases: begun.place.bases,
    memory,
    counts: pipe.counts,
    beside: options.beside.map(openedFile),
  };
  const thread = new Thread<LiveMessage>('live-thread', task);
  try {
    const hash = createHash('sha256');
    pipe.begin(options.head, thread, hash);
    const { end, fold } = await fill(begun, thread, pipe, memory, options);
    const sha256 = pipe.complete ? hashWith(hash.digest('hex'), options.beside) : null;
    return { ...finish(db, begun, end, fold, sha256, options.now), complete: pipe.complete };
  } catch (error) {
    begun.abandon();
    throw error;
  } finally {
    pipe.end();
    await thread.end();
  }
}

interface Filled {
  readonly end: End;
  readonly fold: { readonly fold: Fold; readonly probes: readonly string[]; readonly pointers: boolean };
}

async function fill(
  load: Load,
  thread: Thread<LiveMessage>,
  pipe: LivePipe,
  memory: SharedMemory,
  { progress }: LiveOptions,
): Promise<Filled> {
  const batches = new SharedBatches(memory);
  let fold: Filled['fold'] | null = null;
  let events = 0;
  let told = 0;
  for (;;) {
    const message = await thread.next();
    switch (message.kind) {
      case 'refused':
        throw new CaptureError(message.capture, message.offset, message.message, message.next, message.unit);
      case 'more':
        pipe.goOn();
        break;
      case 'opened':
        break;
      case 'part': {
        const { filled, part } = message;
        fold ??= begun(load, part.info);
        const batch = batches.filled(filled);
        load.append({ ...part, batch });
        load.project(fold.fold.apply(batch, part.entries));
        events += batch.length;
        batches.giveBack(filled.slot);
        load.mayStep();
        break;
      }
      case 'tick':
        load.step();
        if (events > told) progress?.(events);
        told = events;
        break;
      case 'progress':
        break;
      case 'end':
        fold ??= begun(load, message.end.end.info);
        return { end: message.end, fold };
    }
  }
}

/** With what the capture's start says in the log, so that readers understand what came so far as this does. */
function begun({ place, first }: Load, { probes, pointers }: CaptureInfo): Filled['fold'] {
  return { fold: new Fold(place.bases, first, { probes, pointers }), probes: [...probes], pointers };
}

function finish(
  db: Connection,
  load: Load,
  end: End,
  { fold, ...probed }: Filled['fold'],
  sha256: string | null,
  now: () => string,
): Ingested {
  const { capture } = load.place;
  const known = sha256 === null ? undefined : findComplete(db, sha256);
  const { rows, snapshots } = fold.apply(null, end.entries);
  load.project({ rows: [...rows, ...fold.finish()], snapshots });
  const alike = seesAlike(probed, end.end.info);
  const ingested = load.finishStream(end, sha256, alike);
  // probes that showed only on the way: what came before was understood without them
  if (!alike) projectAgain(db, [capture]);
  if (known === undefined) return ingested;
  dropCapture(db, capture, now(), `the same content as capture ${known}`);
  return { ...ingested, capture: known, added: false };
}
