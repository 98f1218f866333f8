// A thread of a sweep: plays the tasks that it is sent.
import { parentPort, workerData } from 'node:worker_threads';
import type { Prepared } from './prepared.ts';
import { playerOf } from './sweep.ts';
import type { Task } from './sweep-plan.ts';

const play = playerOf(workerData as Prepared);
parentPort?.on('message', ({ index, task }: { index: number; task: Task }) => {
  parentPort?.postMessage({ index, played: play(task) });
});
