// The reading thread of a stream: waits for bytes, decodes and orders them, and gives what came at regular times.
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { CaptureError } from '../format/format.ts';
import { Pipeline } from '../pipeline.ts';
import { openStream } from '../source/live-open.ts';
import { type Arrivals, LiveSource } from '../source/live-source.ts';
import { FLIGHT, LESS, type LiveMessage, type LiveTask, MESSAGES, type ToLive } from './live-messages.ts';
import { reopen } from './reopen.ts';
import { SharedBatches } from './shared-batches.ts';

const { name, head, bases, memory, counts, beside } = workerData as LiveTask;
const port = parentPort;
if (port === null) throw new Error('this is a thread of another program');

const tell = (message: LiveMessage): void => port.postMessage(message);

function received(): ToLive | undefined {
  return (receiveMessageOnPort(port as NonNullable<typeof port>) as { message: ToLive } | undefined)?.message;
}

const arrivals: Arrivals = {
  now: () => performance.now(),
  next(milliseconds) {
    const seen = Atomics.load(counts, MESSAGES);
    let message = received();
    if (message === undefined) {
      Atomics.wait(counts, MESSAGES, seen, milliseconds);
      message = received();
    }
    if (message === undefined) return null;
    if (message === 'end') return 'end';
    const before = Atomics.sub(counts, FLIGHT, message.length);
    if (before >= LESS && before - message.length < LESS) tell({ kind: 'more' });
    return message;
  },
};

try {
  const source = new LiveSource(name, arrivals);
  const { reader, kind } = openStream(source, head);
  const batches = new SharedBatches(memory);
  const others = beside.map(reopen);
  const reading = new Pipeline(
    source,
    reader,
    bases,
    {
      next: () => batches.take(1),
      give: ({ batch, ...part }) => {
        const { position, length } = batch;
        tell({ kind: 'part', filled: { slot: batches.slotOf(batch), position, length }, part });
      },
    },
    others,
  );
  tell({ kind: 'opened', info: reading.info });
  source.onTick = (quiet) => {
    reading.tick(quiet, kind === 'records');
    tell({ kind: 'tick' });
  };
  const pipeline = reading.run();
  for (let step = pipeline.next(); ; step = pipeline.next()) {
    if (!step.done) continue;
    tell({ kind: 'end', end: step.value });
    break;
  }
  for (const file of others) file.close();
} catch (error) {
  if (!(error instanceof CaptureError)) throw error;
  const { capture, offset, message, next, unit } = error;
  tell({ kind: 'refused', capture, offset, message, next, unit });
}
