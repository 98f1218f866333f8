// One live replay in the process that has a namespace to itself: listeners, threads, samples, counters before and after.
import { Worker } from 'node:worker_threads';
import { prepare } from '../what-if/prepared.ts';
import type { Settings } from '../what-if/settings.ts';
import type { Workload } from '../workload/workload.ts';
import { acceptorWorks } from './acceptor-plan.ts';
import { clientWork } from './client-plan.ts';
import { type Counters, countersSince, readCounters } from './counters.ts';
import type { Libc } from './libc.ts';
import { openListeners } from './listeners.ts';
import { type LiveCounts, liveCounts } from './live-outcome.ts';
import { MADE, READY, RunMemory, runBuffers, STARTED, STOP } from './run-memory.ts';
import { TcpInfo } from './tcp-info.ts';
import type { ThreadData } from './thread.ts';
import { monotonic } from './waiter.ts';

export interface LiveJob {
  readonly workload: Workload;
  readonly settings: Settings;
  /** How much faster than recorded it goes, 0.1 to 100. */
  readonly speed: number;
  /** Ends it after so long, whoever waits; null for no such limit. */
  readonly limit_ns: number | null;
}

export interface LiveRun extends LiveCounts {
  readonly counters: Counters;
  /** The listeners' TCP_INFO, read while it ran. */
  readonly samples: { readonly count: number; readonly max: number; readonly mean: number };
  /** It was ended by its limit. */
  readonly cut_short: boolean;
}

/** From all threads being ready to the workload's zero. */
const LEAD_NS = 20e6;
const SAMPLE_MS = 2;

/** @param say called with how many clients have come, now and then. */
export async function runLive(libc: Libc, job: LiveJob, say: (made: number) => void): Promise<LiveRun> {
  const { workload, settings, speed } = job;
  const prepared = prepare(workload);
  const works = acceptorWorks(prepared, settings, speed);
  const buffers = runBuffers(prepared.connections, works.length);
  const memory = new RunMemory(buffers);
  const connects = clientWork(prepared, settings, speed, works.length);
  const listeners = openListeners(libc, settings.members, settings.backlog, connects.members.length > 0);
  const before = readCounters();
  const threads = [
    ...works.map((accepts): ThreadData => ({ buffers, listeners, accepts })),
    { buffers, listeners, connects } satisfies ThreadData,
  ].map((data) => startThread(data));
  const isOver = overOf(threads);
  await allReady(memory, threads.length, isOver);
  memory.start[0] = monotonic() + LEAD_NS;
  Atomics.store(memory.control, STARTED, 1);
  Atomics.notify(memory.control, STARTED);
  const info = new TcpInfo(libc);
  const depths = { count: 0, max: 0, sum: 0 };
  const sampler = setInterval(() => {
    for (const fd of listeners) {
      const depth = info.depth(fd);
      depths.count++;
      depths.sum += depth;
      if (depth > depths.max) depths.max = depth;
    }
  }, SAMPLE_MS);
  const teller = setInterval(() => say(Atomics.load(memory.control, MADE)), 250);
  let cutShort = false;
  const limit =
    job.limit_ns === null
      ? undefined
      : setTimeout(() => {
          cutShort = true;
          Atomics.store(memory.control, STOP, 1);
        }, job.limit_ns / 1e6);
  try {
    await isOver;
  } finally {
    clearInterval(sampler);
    clearInterval(teller);
    clearTimeout(limit);
    Atomics.store(memory.control, STOP, 1);
  }
  const left = listeners.reduce((sum, fd) => sum + info.depth(fd), 0);
  const capacity = info.limit(listeners[0]) + 1;
  await Promise.all(threads.map(({ ended }) => ended));
  const counters = countersSince(before, readCounters());
  for (const fd of listeners) libc.close(fd);
  const duration = workload.duration_ns / speed / settings.rate;
  return {
    ...liveCounts(memory, { capacity, left, counters, duration, sampledMax: depths.max }, speed),
    counters,
    samples: { count: depths.count, max: depths.max, mean: depths.count === 0 ? 0 : depths.sum / depths.count },
    cut_short: cutShort,
  };
}

interface RunThread {
  readonly worker: Worker;
  readonly ended: Promise<void>;
}

function startThread(data: ThreadData): RunThread {
  const worker = new Worker(new URL('./thread.js', import.meta.url), { workerData: data });
  const ended = new Promise<void>((resolve, reject) => {
    worker.once('error', reject);
    worker.once('exit', () => resolve());
  });
  return { worker, ended };
}

/** Once the clients' thread, which is the last, says that it is over, or any has failed. */
function overOf(threads: readonly RunThread[]): Promise<void> {
  const clients = threads[threads.length - 1].worker;
  return new Promise<void>((resolve, reject) => {
    clients.once('message', () => resolve());
    for (const { worker } of threads) worker.once('error', reject);
    clients.once('exit', () => resolve());
  });
}

async function allReady(memory: RunMemory, count: number, failed: Promise<void>): Promise<void> {
  const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));
  while (Atomics.load(memory.control, READY) < count) await Promise.race([pause(), failed]);
}
