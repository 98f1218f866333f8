// The folding thread: what the events come to, while others read and write.
import { parentPort, workerData } from 'node:worker_threads';
import { Fold, type Folds } from '../fold.ts';
import type { Folded, FoldTask, ToFold } from './messages.ts';
import { SharedBatches } from './shared-batches.ts';

const { bases, first, info, memory } = workerData as FoldTask;
const port = parentPort;
const fold = new Fold(bases, first, info);
const batches = new SharedBatches(memory);

function tell({ rows, snapshots }: Folds, last: boolean): void {
  const message: Folded = { rows, snapshots, last };
  port?.postMessage(
    message,
    [...rows.map(({ values }) => values), ...snapshots.map(({ bytes }) => bytes)].map(
      (array) => array.buffer as ArrayBuffer,
    ),
  );
}

port?.on('message', ({ filled, entries, last }: ToFold) => {
  const { rows, snapshots } = fold.apply(filled === null ? null : batches.filled(filled), entries);
  if (filled !== null) batches.giveBack(filled.slot);
  tell({ rows: last ? [...rows, ...fold.finish()] : rows, snapshots }, last);
});
