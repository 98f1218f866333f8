// A workload laid out for replays: typed arrays, made once for all settings that are tried.
import type { Acceptor, Retry, Stall, Workload } from '../workload/workload.ts';

export interface PreparedAcceptor {
  readonly member: number;
  readonly service: Float64Array;
  readonly wake: Float64Array;
  readonly ready: number;
  readonly stalls: readonly Stall[];
  readonly ahead: 0 | 1;
}

export interface Prepared {
  readonly workload: Workload;
  /** First SYNs of open clients, ascending; first SYNs of slots for closed ones. */
  readonly arrivals: Float64Array;
  /** Member of each open arrival, or of each slot's connections one slot after the other; empty where one listener has all. */
  readonly members: Int32Array;
  /** Closed: think times of all slots one after the other, and where each slot's begin. */
  readonly think: Float64Array;
  readonly thinkFrom: Int32Array;
  readonly closed: boolean;
  readonly retry: Retry;
  readonly acceptors: readonly PreparedAcceptor[];
  /** Service times of all acceptors in the order of their accepts, where those are alike: then service is the connection's, not the acceptor's. */
  readonly pool: Float64Array | null;
  /** Connections that there will be. */
  readonly connections: number;
}

const acceptorOf = ({ member, service_ns, wake_ns, ready_ns, stalls, ahead }: Acceptor): PreparedAcceptor => ({
  member,
  service: Float64Array.from(service_ns),
  wake: Float64Array.from(wake_ns),
  ready: ready_ns,
  stalls,
  ahead: ahead ?? 0,
});

/** Acceptors are alike when the usual service of none is so many times another's. */
const ALIKE = 3;

function poolOf({ acceptors }: Workload): Float64Array | null {
  const usual = acceptors
    .filter(({ service_ns }) => service_ns.length > 0)
    .map(({ service_ns }) => Float64Array.from(service_ns).sort()[service_ns.length >> 1]);
  if (usual.length === 0 || Math.max(...usual) > ALIKE * Math.min(...usual)) return null;
  const all = acceptors.flatMap(({ service_ns, taken_ns }) =>
    service_ns.map((service, k) => ({ service, at: taken_ns[k] ?? Number.NaN })),
  );
  if (all.some(({ at }) => Number.isNaN(at))) return null;
  return Float64Array.from(
    all.sort((a, b) => a.at - b.at),
    ({ service }) => service,
  );
}

/** Slot k's connections begin at `thinkFrom[k] + k`: it has one more than it has thoughts. */
function slotMembers({ clients, members }: Workload, thinkFrom: Int32Array): Int32Array {
  if (members === 1) return new Int32Array(0);
  const all = new Int32Array(thinkFrom[clients.slots.length] + clients.slots.length);
  clients.slots.forEach(({ members: own }, k) => {
    all.set(own.slice(0, thinkFrom[k + 1] - thinkFrom[k] + 1), thinkFrom[k] + k);
  });
  return all;
}

export function prepare(workload: Workload): Prepared {
  const { clients } = workload;
  const closed = clients.mode === 'closed';
  const thinkFrom = new Int32Array(clients.slots.length + 1);
  clients.slots.forEach(({ think_ns }, k) => {
    thinkFrom[k + 1] = thinkFrom[k] + think_ns.length;
  });
  const think = new Float64Array(thinkFrom[clients.slots.length]);
  clients.slots.forEach(({ think_ns }, k) => {
    think.set(think_ns, thinkFrom[k]);
  });
  const arrivals = Float64Array.from(closed ? clients.slots.map(({ first_ns }) => first_ns) : clients.arrivals_ns);
  return {
    workload,
    arrivals,
    members: closed ? slotMembers(workload, thinkFrom) : Int32Array.from(clients.members),
    think,
    thinkFrom,
    closed,
    retry: clients.retry,
    acceptors: workload.acceptors.map(acceptorOf),
    pool: poolOf(workload),
    connections: closed ? clients.slots.length + think.length : arrivals.length,
  };
}

/** The same workload with open clients at other instants, for a bootstrap. @param arrivals ascending. */
export const withArrivals = (prepared: Prepared, arrivals: Float64Array, members: Int32Array): Prepared => ({
  ...prepared,
  arrivals,
  members,
  connections: arrivals.length,
});
