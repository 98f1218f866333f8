// The process of a live replay: ends with its parent, has a network namespace to itself, and tells the parent what became of it.

import { setPriority } from 'node:os';
import { prepare } from '../what-if/prepared.ts';
import { CallPlayer, type CallsPlayed } from './calls/play-calls.ts';
import type { RecordedCall } from './calls/recorded-calls.ts';
import { type Libc, loadLibc } from './libc.ts';
import { type LiveJob, type LiveRun, runLive } from './live-run.ts';
import { endWithParent, enterNamespace, raiseDescriptors, setSysctl, setSysctls } from './namespace.ts';
import { LiveUnavailable } from './unavailable.ts';

/** The calls of a task in place of a workload. */
export interface CallsJob {
  readonly calls: readonly RecordedCall[];
  readonly somaxconn: number | null;
}

/** To the child. `outside`: the parent's network namespace; `parent`: its process. */
export interface Order {
  readonly job: LiveJob | CallsJob;
  readonly outside: string;
  readonly parent: number;
}

export interface Played {
  readonly run: LiveRun;
  /** Settings that this kernel or namespace did not take, in words. */
  readonly unset: readonly string[];
  /** File descriptors that the process could have. */
  readonly descriptors: number;
}

export type Told =
  | { readonly kind: 'here'; readonly pid: number }
  /** It goes on when it is sent anything. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'progress'; readonly made: number }
  | { readonly kind: 'done'; readonly played: Played | CallsPlayed }
  | { readonly kind: 'unavailable'; readonly message: string }
  | { readonly kind: 'failed'; readonly message: string };

/** Room for clients in all stages, the queue, and what Node has open. */
const SPARE_DESCRIPTORS = 4096;
const MOST_DESCRIPTORS = 1_000_000;
const FIRST = -10;

const tell = (told: Told, then?: () => void): void => {
  process.send?.(told, undefined, undefined, then);
};

async function obey({ job, outside, parent }: Order): Promise<void> {
  const libc = await loadLibc();
  if (!endWithParent(libc, parent)) process.exit(1);
  enterNamespace(libc, outside);
  const played = 'calls' in job ? playCalls(libc, job) : await playWorkload(libc, job);
  tell({ kind: 'done', played }, () => process.exit(0));
}

function playCalls(libc: Libc, { calls, somaxconn }: CallsJob): CallsPlayed {
  if (somaxconn !== null) setSysctl('core/somaxconn', somaxconn);
  return new CallPlayer(libc, calls).run(calls);
}

async function playWorkload(libc: Libc, job: LiveJob): Promise<Played> {
  putFirst();
  const unset = setSysctls(job.settings, job.workload.clients.retry);
  const { connections } = prepare(job.workload);
  const descriptors = raiseDescriptors(libc, Math.min(MOST_DESCRIPTORS, 2 * connections + SPARE_DESCRIPTORS));
  const run = await runLive(libc, job, {
    ready: () =>
      new Promise((resolve) => {
        process.once('message', () => resolve());
        tell({ kind: 'ready' });
      }),
    progress: (made) => tell({ kind: 'progress', made }),
  });
  return { run, unset, descriptors };
}

/** Before what else the machine does, where that is allowed: who is to come at an instant should not have to wait for it. */
function putFirst(): void {
  try {
    setPriority(FIRST);
  } catch {
    // lateness will say what that means
  }
}

// a parent that is gone leaves nothing to do
process.on('disconnect', () => process.exit(1));
process.once('message', (order) => {
  obey(order as Order).catch((error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    tell({ kind: error instanceof LiveUnavailable ? 'unavailable' : 'failed', message }, () => process.exit(1));
  });
});
tell({ kind: 'here', pid: process.pid });
