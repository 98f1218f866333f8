// A thread of a live replay: runs an acceptor's or the clients' loop, once for each message, until it is over.
import { availableParallelism } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { AcceptorLoop, type AcceptorWork } from './acceptor-loop.ts';
import { ClientLoop } from './client-loop.ts';
import type { ClientWork } from './client-plan.ts';
import { loadLibc } from './libc.ts';
import { type RunBuffers, RunMemory } from './run-memory.ts';
import { beforeAll, exactTimers, Waiter } from './waiter.ts';

/** One part of a thread's work: the warm-up, then the replay. */
export type Round = {
  readonly buffers: RunBuffers;
  readonly listeners: readonly number[];
} & ({ readonly accepts: AcceptorWork } | { readonly connects: ClientWork });

/** Events that the clients' thread takes at a time: no more than it can deal with while an arrival becomes due. */
const CLIENT_EVENTS = 32;

const libc = await loadLibc();
exactTimers(libc);
parentPort?.on('message', (round: Round) => {
  play(round);
  parentPort?.postMessage('over');
});

function play(round: Round): void {
  const memory = new RunMemory(round.buffers);
  // alone on one processor it would leave nothing for who accepts
  if ('connects' in round && availableParallelism() > 1) beforeAll(libc);
  const waiter = new Waiter(libc, 'accepts' in round ? 1 : CLIENT_EVENTS);
  memory.awaitStart();
  if ('accepts' in round)
    new AcceptorLoop(libc, waiter, round.listeners[round.accepts.member], round.accepts, memory).run();
  else new ClientLoop(libc, waiter, round.listeners, round.connects, memory).run();
  waiter.end();
}
