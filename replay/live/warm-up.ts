// What threads do before a live replay: the same on a listener of its own, so that the code they run is compiled when it counts.
import type { AcceptorWork } from './acceptor-loop.ts';
import type { ClientWork } from './client-plan.ts';
import { MOST_CLIENTS, WARM_UP_PORT } from './socket-address.ts';

const CLIENTS = 1500;
/** Between two of them. */
const GAP_NS = 150_000;
/** No client of the replay has one of these addresses: some are in use for a while yet. */
const FIRST = MOST_CLIENTS - CLIENTS;
export const WARM_UP_BACKLOG = 1024;

/** @param like what the clients of the replay do, for the same code to run. */
export function warmUpClients(like: ClientWork): ClientWork {
  const slots = like.closed ? CLIENTS / 2 : CLIENTS;
  return {
    ...like,
    arrivals: Float64Array.from({ length: slots }, (_, k) => k * GAP_NS),
    stop: Number.POSITIVE_INFINITY,
    members: new Int32Array(0),
    think: new Float64Array(like.closed ? slots : 0).fill(GAP_NS),
    thinkFrom: Int32Array.from({ length: like.closed ? slots + 1 : 1 }, (_, k) => k),
    timeout: Number.POSITIVE_INFINITY,
    port: WARM_UP_PORT,
    first: FIRST,
  };
}

export const warmUpConnections = ({ arrivals, think }: ClientWork): number => arrivals.length + think.length;

export const warmUpAcceptor = (like: AcceptorWork): AcceptorWork => ({
  ...like,
  member: 0,
  ready: 0,
  service: new Float64Array([100_000, 0]),
  wake: new Float64Array([0]),
  from: 0,
  stalls: [],
  first: FIRST,
});
