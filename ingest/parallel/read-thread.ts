// The reading thread: decodes and orders one capture, and hands its events to the thread that has the store.
import { parentPort, workerData } from 'node:worker_threads';
import { CaptureError } from '../format/format.ts';
import { sniff } from '../format/index.ts';
import { Pipeline } from '../pipeline.ts';
import { type Message, type Task, USERS } from './messages.ts';
import { reopen } from './reopen.ts';
import { SharedBatches } from './shared-batches.ts';

const { capture, beside, bases, memory } = workerData as Task;
const port = parentPort;

const tell = (message: Message): void => port?.postMessage(message);

try {
  const source = reopen(capture);
  const others = beside.map(reopen);
  const batches = new SharedBatches(memory);
  const reading = new Pipeline(
    source,
    sniff(source).open(source),
    bases,
    {
      next: () => batches.take(USERS),
      give: ({ batch, ...part }) => {
        const { position, length } = batch;
        tell({ kind: 'part', filled: { slot: batches.slotOf(batch), position, length }, part });
      },
    },
    others,
  );
  tell({ kind: 'opened', info: reading.info });
  const pipeline = reading.run();
  for (let step = pipeline.next(); ; step = pipeline.next()) {
    if (step.done) {
      tell({ kind: 'end', end: step.value });
      break;
    }
    tell({ kind: 'progress', progress: step.value });
  }
  for (const file of [source, ...others]) file.close();
} catch (error) {
  if (!(error instanceof CaptureError)) throw error;
  const { capture, offset, message, next, unit } = error;
  tell({ kind: 'refused', capture, offset, message, next, unit });
}
