// The reading thread: decodes and orders one capture, and hands its events to the thread that has the store.
import { statSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { CaptureError } from '../format/format.ts';
import { sniff } from '../format/index.ts';
import { Pipeline } from '../pipeline.ts';
import { openDirectorySource } from '../source/directory-source.ts';
import { type FileSource, openFileSource } from '../source/file-source.ts';
import { type Message, type OpenedFile, type Task, USERS } from './messages.ts';
import { SharedBatches } from './shared-batches.ts';

const { capture, beside, bases, memory } = workerData as Task;
const port = parentPort;

function open({ path, name, wrapperProblem }: OpenedFile): FileSource {
  const file = statSync(path).isDirectory() ? openDirectorySource(path, name) : openFileSource(path, name);
  return { ...file, wrapperProblem };
}

const tell = (message: Message): void => port?.postMessage(message);

try {
  const source = open(capture);
  const others = beside.map(open);
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
