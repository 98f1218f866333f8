// The reading thread: decodes and orders one capture, and hands its events to the thread that has the store.
import { statSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { CaptureError } from '../format/format.ts';
import { sniff } from '../format/index.ts';
import { Pipeline } from '../pipeline.ts';
import { openDirectorySource } from '../source/directory-source.ts';
import { type FileSource, openFileSource } from '../source/file-source.ts';
import { type Message, MOST_WAITING, type OpenedFile, type Task } from './messages.ts';

const { capture, beside, bases, waiting } = workerData as Task;
const port = parentPort;

function open({ path, name, wrapperProblem }: OpenedFile): FileSource {
  const file = statSync(path).isDirectory() ? openDirectorySource(path, name) : openFileSource(path, name);
  return { ...file, wrapperProblem };
}

function tell(message: Message): void {
  Atomics.add(waiting, 0, 1);
  port?.postMessage(message);
  for (;;) {
    const count = Atomics.load(waiting, 0);
    if (count < MOST_WAITING) return;
    Atomics.wait(waiting, 0, count);
  }
}

try {
  const source = open(capture);
  const others = beside.map(open);
  const reading = new Pipeline(source, sniff(source).open(source), bases, others);
  tell({ kind: 'opened', info: reading.info });
  const pipeline = reading.run();
  for (let step = pipeline.next(); ; step = pipeline.next()) {
    if (step.done) {
      tell({ kind: 'end', end: step.value });
      break;
    }
    const { parts, progress } = step.value;
    tell({ kind: 'parts', parts, progress });
  }
  for (const file of [source, ...others]) file.close();
} catch (error) {
  if (!(error instanceof CaptureError)) throw error;
  const { capture, offset, message, next, unit } = error;
  tell({ kind: 'refused', capture, offset, message, next, unit });
}
