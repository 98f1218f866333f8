// The process of a live replay: ends with its parent, has a network namespace to itself, and tells the parent what became of it.

import { setPriority } from 'node:os';
import { prepare } from '../what-if/prepared.ts';
import { loadLibc } from './libc.ts';
import { type LiveJob, type LiveRun, runLive } from './live-run.ts';
import { endWithParent, enterNamespace, raiseDescriptors, setSysctls } from './namespace.ts';
import { LiveUnavailable } from './unavailable.ts';

/** To the child. `outside`: the parent's network namespace; `parent`: its process. */
export interface Order {
  readonly job: LiveJob;
  readonly outside: string;
  readonly parent: number;
}

export type Told =
  | { readonly kind: 'here'; readonly pid: number }
  | { readonly kind: 'progress'; readonly made: number }
  | { readonly kind: 'done'; readonly run: LiveRun; readonly unset: readonly string[]; readonly descriptors: number }
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
  putFirst();
  const unset = setSysctls(job.settings, job.workload.clients.retry);
  const { connections } = prepare(job.workload);
  const descriptors = raiseDescriptors(libc, Math.min(MOST_DESCRIPTORS, 2 * connections + SPARE_DESCRIPTORS));
  const run = await runLive(libc, job, (made) => tell({ kind: 'progress', made }));
  tell({ kind: 'done', run, unset, descriptors }, () => process.exit(0));
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
