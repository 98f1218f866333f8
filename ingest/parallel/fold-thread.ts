// The folding thread: what the events come to, while others read and write.
import { parentPort, workerData } from 'node:worker_threads';
import type { PackedRows } from '../../core/projection/row-buffers.ts';
import { Fold } from '../fold.ts';
import type { Folded, FoldTask, ToFold } from './messages.ts';
import { SharedBatches } from './shared-batches.ts';

const { bases, first, info, memory } = workerData as FoldTask;
const port = parentPort;
const fold = new Fold(bases, first, info);
const batches = new SharedBatches(memory);

function tell(rows: readonly PackedRows[], last: boolean): void {
  const message: Folded = { rows, last };
  port?.postMessage(
    message,
    rows.map(({ values }) => values.buffer as ArrayBuffer),
  );
}

port?.on('message', ({ filled, entries, last }: ToFold) => {
  const rows = fold.apply(filled === null ? null : batches.filled(filled), entries);
  if (filled !== null) batches.giveBack(filled.slot);
  tell(last ? [...rows, ...fold.finish()] : rows, last);
});
