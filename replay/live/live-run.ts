// One live replay in the process that has a namespace to itself: listeners, threads, samples, counters before and after.
import { prepare } from '../what-if/prepared.ts';
import type { Settings } from '../what-if/settings.ts';
import type { Workload } from '../workload/workload.ts';
import type { AcceptorWork } from './acceptor-loop.ts';
import { acceptorWorks } from './acceptor-plan.ts';
import type { ClientWork } from './client-plan.ts';
import { clientWork } from './client-plan.ts';
import { type Counters, countersSince, readCounters } from './counters.ts';
import { Crew } from './crew.ts';
import type { Libc } from './libc.ts';
import { openListeners } from './listeners.ts';
import { type LiveCounts, liveCounts } from './live-outcome.ts';
import { MADE, type RunBuffers, RunMemory, runBuffers, STOP } from './run-memory.ts';
import { TcpInfo } from './tcp-info.ts';
import type { Round } from './thread.ts';
import { WARM_UP_BACKLOG, warmUpAcceptor, warmUpClients, warmUpConnections } from './warm-up.ts';

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

const SAMPLE_MS = 2;
/** A warm-up is over by then, however slow the machine. */
const WARM_UP_MS = 3000;
const TELL_MS = 250;

/** What is told while it runs. */
export interface LiveListener {
  /** All threads are ready, and nothing of the replay itself has happened: it goes on when this is done. */
  readonly ready: () => Promise<void>;
  /** How many clients have come, now and then. */
  readonly progress: (made: number) => void;
}

export async function runLive(libc: Libc, job: LiveJob, tell: LiveListener): Promise<LiveRun> {
  const prepared = prepare(job.workload);
  const works = acceptorWorks(prepared, job.settings, job.speed);
  const connects = clientWork(prepared, job.settings, job.speed, works.length);
  const crew = new Crew(works.length + 1);
  try {
    await warmUp(libc, crew, works, connects);
    await tell.ready();
    return await replay(libc, crew, job, works, connects, prepared.connections, tell);
  } finally {
    await crew.end();
  }
}

const roundsOf = (
  buffers: RunBuffers,
  listeners: readonly number[],
  works: readonly AcceptorWork[],
  connects: ClientWork,
): Round[] => [...works.map((accepts): Round => ({ buffers, listeners, accepts })), { buffers, listeners, connects }];

async function warmUp(libc: Libc, crew: Crew, works: readonly AcceptorWork[], like: ClientWork): Promise<void> {
  const connects = warmUpClients(like);
  const buffers = runBuffers(warmUpConnections(connects), works.length);
  const listeners = openListeners(libc, connects.port, 1, WARM_UP_BACKLOG, false);
  const memory = new RunMemory(buffers);
  const limit = setTimeout(() => Atomics.store(memory.control, STOP, 1), WARM_UP_MS);
  try {
    await crew.play(memory, roundsOf(buffers, listeners, works.map(warmUpAcceptor), connects), () => undefined);
  } finally {
    clearTimeout(limit);
    for (const fd of listeners) libc.close(fd);
  }
}

async function replay(
  libc: Libc,
  crew: Crew,
  job: LiveJob,
  works: readonly AcceptorWork[],
  connects: ClientWork,
  connections: number,
  tell: LiveListener,
): Promise<LiveRun> {
  const { settings, speed } = job;
  const buffers = runBuffers(connections, works.length);
  const memory = new RunMemory(buffers);
  const steered = connects.members.length > 0;
  const listeners = openListeners(libc, connects.port, settings.members, settings.backlog, steered);
  const before = readCounters();
  const info = new TcpInfo(libc);
  const depths = { count: 0, max: 0, sum: 0 };
  const timers: NodeJS.Timeout[] = [];
  let cutShort = false;
  try {
    await crew.play(memory, roundsOf(buffers, listeners, works, connects), () => {
      timers.push(setInterval(() => sample(info, listeners, depths), SAMPLE_MS));
      timers.push(setInterval(() => tell.progress(Atomics.load(memory.control, MADE)), TELL_MS));
      if (job.limit_ns === null) return;
      const cut = (): void => {
        cutShort = true;
        Atomics.store(memory.control, STOP, 1);
      };
      timers.push(setTimeout(cut, job.limit_ns / 1e6));
    });
  } finally {
    for (const timer of timers) clearInterval(timer);
  }
  const left = listeners.reduce((sum, fd) => sum + info.depth(fd), 0);
  const capacity = info.limit(listeners[0]) + 1;
  const counters = countersSince(before, readCounters());
  for (const fd of listeners) libc.close(fd);
  const duration = job.workload.duration_ns / speed / settings.rate;
  return {
    ...liveCounts(memory, { capacity, left, counters, duration, sampledMax: depths.max }, speed),
    counters,
    samples: { count: depths.count, max: depths.max, mean: depths.count === 0 ? 0 : depths.sum / depths.count },
    cut_short: cutShort,
  };
}

function sample(
  info: TcpInfo,
  listeners: readonly number[],
  depths: { count: number; max: number; sum: number },
): void {
  for (const fd of listeners) {
    const depth = info.depth(fd);
    depths.count++;
    depths.sum += depth;
    if (depth > depths.max) depths.max = depth;
  }
}
