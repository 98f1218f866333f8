// The folding thread: what the events come to, while others read and write.
import { parentPort, workerData } from 'node:worker_threads';
import type { PackedRows } from '../../core/projection/row-buffers.ts';
import { Fold } from '../fold.ts';
import type { Folded, FoldTask, ToFold } from './messages.ts';

const { bases, first, info } = workerData as FoldTask;
const port = parentPort;
const fold = new Fold(bases, first, info);

function tell(rows: readonly PackedRows[], last: boolean): void {
  const message: Folded = { rows, last };
  port?.postMessage(
    message,
    rows.map(({ values }) => values.buffer as ArrayBuffer),
  );
}

port?.on('message', ({ columns, entries, last }: ToFold) => {
  const rows = fold.apply(columns, entries);
  tell(last ? [...rows, ...fold.finish()] : rows, last);
});
