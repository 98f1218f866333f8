// What each thread of a live replay begins with: an acceptor's or the clients' loop, as told by its data.
import { parentPort, workerData } from 'node:worker_threads';
import { AcceptorLoop, type AcceptorWork } from './acceptor-loop.ts';
import { ClientLoop, type ClientWork } from './client-loop.ts';
import { loadLibc } from './libc.ts';
import { type RunBuffers, RunMemory } from './run-memory.ts';
import { exactTimers, Waiter } from './waiter.ts';

export type ThreadData = {
  readonly buffers: RunBuffers;
  readonly listeners: readonly number[];
} & ({ readonly accepts: AcceptorWork } | { readonly connects: ClientWork });

/** Events that the clients' thread takes at a time: no more than it can deal with while an arrival becomes due. */
const CLIENT_EVENTS = 32;

const data = workerData as ThreadData;
const libc = await loadLibc();
const memory = new RunMemory(data.buffers);
exactTimers(libc);
if ('accepts' in data) {
  const waiter = new Waiter(libc, 1);
  memory.awaitStart();
  new AcceptorLoop(libc, waiter, data.listeners[data.accepts.member], data.accepts, memory).run();
  waiter.end();
} else {
  const waiter = new Waiter(libc, CLIENT_EVENTS);
  memory.awaitStart();
  new ClientLoop(libc, waiter, data.listeners, data.connects, memory).run();
  parentPort?.postMessage('over');
  waiter.end();
}
