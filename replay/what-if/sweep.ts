// Many settings over one workload, on all cores: each replay is of its own, so that they are dealt out one by one.
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Outcome, Workload } from '../workload/workload.ts';
import { resampled } from './bootstrap.ts';
import { type Prepared, prepare } from './prepared.ts';
import { ReplayMemory } from './replay-memory.ts';
import { Replay } from './simulate.ts';
import { type Played, SweepPlan, type Task } from './sweep-plan.ts';

/** Below so many connections in all, starting threads costs more than it gives. */
const WORTH_THREADS = 200_000;
/** Replays hold about 40 bytes a connection. */
const MOST_THREADS = 8;
/** Threads are started from compiled files only. */
const CAN_START_THREADS = import.meta.url.endsWith('.js');

/** Plays tasks one after the other, in the same memory. */
export function playerOf(prepared: Prepared): (task: Task) => Played {
  const memory = new ReplayMemory(prepared);
  return ({ settings, seed }) => {
    memory.clear();
    const replay = new Replay(seed === null ? prepared : resampled(prepared, seed), settings, memory);
    return { outcome: replay.run(), mostRequests: replay.mostRequests };
  };
}

/** Outcomes in the order of the tasks. @param progress told how many are done. */
export async function sweep(
  workload: Workload,
  tasks: readonly Task[],
  progress: (done: number) => void = () => undefined,
): Promise<Outcome[]> {
  const prepared = prepare(workload);
  const threads = Math.min(availableParallelism(), MOST_THREADS, tasks.length);
  if (threads > 1 && CAN_START_THREADS && prepared.connections * tasks.length >= WORTH_THREADS)
    return await onThreads(shared(prepared), tasks, threads, progress);
  const plan = new SweepPlan(tasks);
  const play = playerOf(prepared);
  for (let index = plan.next(); index !== null; index = plan.next()) {
    plan.played(index, play(tasks[index]));
    progress(plan.done);
  }
  return plan.outcomes;
}

/** The same with its large arrays in memory that threads share. */
function shared(prepared: Prepared): Prepared {
  const share = <T extends Float64Array | Int32Array>(array: T): T => {
    const kind = array.constructor as new (memory: SharedArrayBuffer) => T;
    const copy = new kind(new SharedArrayBuffer(array.byteLength));
    copy.set(array);
    return copy;
  };
  return {
    ...prepared,
    // what is laid out already need not go over as lists too
    workload: {
      ...prepared.workload,
      acceptors: [],
      recorded: null,
      clients: { ...prepared.workload.clients, arrivals_ns: [], members: [], slots: [] },
    },
    arrivals: share(prepared.arrivals),
    members: share(prepared.members),
    think: share(prepared.think),
    thinkFrom: share(prepared.thinkFrom),
    pool: prepared.pool === null ? null : share(prepared.pool),
    acceptors: prepared.acceptors.map((acceptor) => ({
      ...acceptor,
      service: share(acceptor.service),
      wake: share(acceptor.wake),
    })),
  };
}

async function onThreads(
  prepared: Prepared,
  tasks: readonly Task[],
  threads: number,
  progress: (done: number) => void,
): Promise<Outcome[]> {
  const plan = new SweepPlan(tasks);
  const workers: Worker[] = [];
  const one = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL('./sweep-thread.js', import.meta.url), { workerData: prepared });
      workers.push(worker);
      const give = (): void => {
        const index = plan.next();
        if (index === null) resolve();
        else worker.postMessage({ index, task: tasks[index] });
      };
      worker.on('message', ({ index, played }: { index: number; played: Played }) => {
        plan.played(index, played);
        progress(plan.done);
        give();
      });
      worker.on('error', reject);
      give();
    });
  try {
    await Promise.all(Array.from({ length: threads }, one));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  return plan.outcomes;
}
