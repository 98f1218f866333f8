// Workloads for tests, made by hand.
import type { Acceptor, Clients, Workload } from '../../../replay/workload/workload.ts';

const CLIENTS: Clients = {
  mode: 'open',
  follows: null,
  why: 'made by hand',
  source: 'synthetic',
  bias: null,
  arrivals_ns: [],
  members: [],
  slots: [],
  retry: { initial_ms: 1000, linear: 4, retries: 6, wheel: null, timeout_ns: null },
  stop_ns: null,
  handshake_ns: 0,
  speaks_first: false,
  resets: false,
};

export const acceptorOf = (service_ns: readonly number[], wake_ns: readonly number[] = [0]): Acceptor => ({
  name: 'acceptor',
  member: 0,
  service_ns,
  taken_ns: [],
  wake_ns,
  ready_ns: 0,
  stalls: [],
});

export const workloadOf = (
  backlog: number,
  clients: Partial<Clients>,
  acceptors: readonly Acceptor[],
  duration_ns = 0,
): Workload => ({
  schema: 'acceptq.workload/1',
  name: 'made by hand',
  origin: null,
  kernel: '6.18.44',
  settings: {
    backlog,
    somaxconn: 4096,
    tcp_syncookies: 1,
    tcp_max_syn_backlog: 1024,
    tcp_abort_on_overflow: 0,
    tcp_synack_retries: 5,
  },
  assumed: [],
  members: 1,
  duration_ns,
  clients: { ...CLIENTS, ...clients },
  acceptors,
  recorded: null,
});
