// A thread of a sweep: plays the tasks that it is sent.
import { parentPort, workerData } from 'node:worker_threads';
import type { Prepared } from './prepared.ts';
import { playTask, type Task } from './sweep.ts';

parentPort?.on('message', ({ index, task }: { index: number; task: Task }) => {
  parentPort?.postMessage({ index, outcome: playTask(workerData as Prepared, task) });
});
