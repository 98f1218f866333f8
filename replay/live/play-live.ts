// Starts the process of a live replay, waits for what it tells, and leaves nothing of it behind, however this ends.
import { type ChildProcess, fork } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { prepare } from '../what-if/prepared.ts';
import type { Settings } from '../what-if/settings.ts';
import type { Workload } from '../workload/workload.ts';
import type { CallsPlayed } from './calls/play-calls.ts';
import type { CallsJob, Order, Played, Told } from './child.ts';
import { loadLibc } from './libc.ts';
import type { LiveJob } from './live-run.ts';
import { MOST_ACCEPTORS, MOST_CONNECTIONS, MOST_MEMBERS } from './run-memory.ts';
import { LiveUnavailable } from './unavailable.ts';

export interface PlayOptions {
  /** Ends it at once. */
  readonly signal: AbortSignal;
  readonly onProgress?: (made: number) => void;
  /** Called with the process that will play before it does; it goes on when this is done. */
  readonly onBegin?: (pid: number) => Promise<void>;
  /** For tests from sources: where the compiled child is. */
  readonly child?: URL;
}

/** In a user namespace of its own, where it is root and may make a network namespace. */
const AS_OWN_ROOT = ['--user', '--map-root-user', '--net', '--'];

/**
 * Plays a workload on the running kernel.
 * @throws LiveUnavailable with one line when this machine or this user cannot.
 */
export async function playLive(job: LiveJob, options: PlayOptions): Promise<Played> {
  refuseTooMuch(job.workload, job.settings);
  return (await inNamespace(job, options)) as Played;
}

/** Plays the calls of a task on the running kernel. As `playLive`. */
export async function playCalls(job: CallsJob, options: PlayOptions): Promise<CallsPlayed> {
  return (await inNamespace(job, options)) as CallsPlayed;
}

async function inNamespace(job: Order['job'], options: PlayOptions): Promise<Played | CallsPlayed> {
  if (process.platform !== 'linux')
    throw new LiveUnavailable(
      `replay --live plays on the running kernel, which must be Linux; this is ${process.platform}`,
    );
  await loadLibc();
  const child = startChild(options.child ?? new URL('./child.js', import.meta.url));
  try {
    return await talk(child, job, options);
  } finally {
    await ended(child);
  }
}

function refuseTooMuch(workload: Workload, settings: Settings): void {
  const { connections } = prepare(workload);
  if (connections > MOST_CONNECTIONS)
    throw new LiveUnavailable(
      `replay --live plays at most ${MOST_CONNECTIONS} connections, and this workload has ${connections}: replay a part of it`,
    );
  if (settings.members > MOST_MEMBERS)
    throw new LiveUnavailable(
      `replay --live opens at most ${MOST_MEMBERS} listeners at an address; asked for are ${settings.members}`,
    );
  const acceptors = settings.acceptors ?? workload.acceptors.length;
  if (acceptors > MOST_ACCEPTORS)
    throw new LiveUnavailable(
      `replay --live has a thread for each acceptor, at most ${MOST_ACCEPTORS}; asked for are ${acceptors}`,
    );
}

function startChild(file: URL): ChildProcess {
  const isRoot = process.getuid?.() === 0;
  return fork(fileURLToPath(file), [], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    // its own group: a Ctrl-C comes to this process alone, which then ends the other
    detached: true,
    ...(isRoot ? { execArgv: [] } : { execPath: 'unshare', execArgv: [...AS_OWN_ROOT, process.execPath] }),
  });
}

function talk(child: ChildProcess, job: Order['job'], options: PlayOptions): Promise<Played | CallsPlayed> {
  const { signal, onProgress, onBegin } = options;
  let isHere = false;
  let complaint = '';
  child.stderr?.on('data', (bytes: Buffer) => {
    complaint = (complaint + bytes.toString()).slice(-2000);
  });
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    child.on('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'ENOENT' ? noNamespaces('unshare (util-linux) is not installed') : error),
    );
    child.on('exit', (code, by) => {
      // what it said last may still be on its way
      setImmediate(() => {
        if (!isHere) reject(noNamespaces(complaint.trim().split('\n')[0] || `unshare ended with ${code ?? by}`));
        else
          reject(
            new Error(
              `the replay's process ended with ${by ?? code}${complaint === '' ? '' : `: ${complaint.trim()}`}`,
            ),
          );
      });
    });
    child.on('message', (message) => {
      const told = message as Told;
      if (told.kind === 'here') {
        isHere = true;
        const order: Order = { job, outside: readlinkSync('/proc/self/ns/net'), parent: process.pid };
        child.send(order);
      } else if (told.kind === 'ready') {
        (onBegin?.(child.pid as number) ?? Promise.resolve()).then(() => child.send('go'), reject);
      } else if (told.kind === 'progress') onProgress?.(told.made);
      else if (told.kind === 'done') resolve(told.played);
      else reject(told.kind === 'unavailable' ? new LiveUnavailable(told.message) : new Error(told.message));
    });
  });
}

const noNamespaces = (why: string): LiveUnavailable =>
  new LiveUnavailable(
    `replay --live needs a network namespace of its own: run it as root, or allow this user namespaces of its own (sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns). It said: ${why}`,
  );

/** Ends it if it still runs, and waits until it has. */
async function ended(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGKILL');
  await gone;
}
