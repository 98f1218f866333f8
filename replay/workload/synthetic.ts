// Workloads made by hand: Poisson arrivals, bursts, a day's curve; each acceptor serves with exponential times or a fixed one.
import { kernelProfile } from '../../core/kernel/profile.ts';
import { defaultSysctls } from '../../core/kernel/sysctl.ts';
import { chance } from '../what-if/bootstrap.ts';
import type { Workload } from './workload.ts';

export interface Synthetic {
  readonly kind: 'poisson' | 'burst' | 'diurnal';
  /** Clients a second, on average. */
  readonly rate: number;
  readonly seconds: number;
  /** Of bursts: how many come at once, and how far apart bursts are (nanoseconds); their rate follows from these. */
  readonly burst: number;
  readonly every_ns: number;
  /** Mean time that a connection keeps its acceptor busy, nanoseconds. */
  readonly service_ns: number;
  readonly fixed_service: boolean;
  readonly acceptors: number;
  readonly backlog: number;
  readonly kernel: string;
  readonly seed: number;
}

/** Clients of one workload at most. */
export const MOST_CLIENTS = 5_000_000;
const HANDSHAKE_NS = 50_000;
const WAKE_NS = 30_000;
/** Between the first and the last client of a burst, each. */
const IN_BURST_NS = 20_000;
const SERVICE_SAMPLES = 10_000;

/** Throws RangeError for more clients than MOST_CLIENTS, or a kernel that is none. */
export function synthetic(options: Synthetic): Workload {
  const profile = kernelProfile(options.kernel);
  if (profile === null) throw new RangeError(`no kernel release: ${options.kernel}`);
  const random = chance(options.seed);
  const duration = options.seconds * 1e9;
  const arrivals = options.kind === 'burst' ? bursts(options, duration) : poisson(options, duration, random);
  const sysctls = defaultSysctls(profile);
  const exponential = (mean: number): number => -Math.log(1 - random()) * mean;
  return {
    schema: 'acceptq.workload/1',
    name: `${options.kind}, made by hand`,
    origin: null,
    kernel: profile.release,
    settings: {
      backlog: options.backlog,
      somaxconn: Math.max(sysctls.somaxconn, options.backlog >>> 0),
      tcp_syncookies: sysctls.tcp_syncookies,
      tcp_max_syn_backlog: sysctls.tcp_max_syn_backlog,
      tcp_abort_on_overflow: sysctls.tcp_abort_on_overflow,
      tcp_synack_retries: sysctls.tcp_synack_retries,
    },
    assumed: [],
    members: 1,
    duration_ns: duration,
    clients: {
      mode: 'open',
      follows: null,
      why: 'made by hand',
      source: 'synthetic',
      bias: null,
      arrivals_ns: arrivals,
      members: [],
      slots: [],
      retry: {
        initial_ms: profile.initialRtoMs,
        linear: profile.synLinearTimeouts,
        retries: 6,
        wheel: profile.timerWheel === 'levels' ? { tick_ns: 4e6, phase_ns: 0 } : null,
        timeout_ns: null,
      },
      stop_ns: null,
      handshake_ns: HANDSHAKE_NS,
      speaks_first: true,
      resets: false,
    },
    acceptors: Array.from({ length: options.acceptors }, (_, k) => ({
      name: `acceptor ${k + 1}`,
      member: 0,
      service_ns: options.fixed_service
        ? [options.service_ns]
        : Array.from({ length: SERVICE_SAMPLES }, () => Math.round(exponential(options.service_ns))),
      taken_ns: [],
      wake_ns: [WAKE_NS],
      ready_ns: 0,
      stalls: [],
    })),
    recorded: null,
  };
}

const limited = (arrivals: number[]): void => {
  if (arrivals.length > MOST_CLIENTS) throw new RangeError(`more than ${MOST_CLIENTS.toLocaleString('en')} clients`);
};

/** A Poisson process; of a day's curve one whose rate swings between 0 and twice the mean, once in the workload, by thinning. */
function poisson({ kind, rate }: Synthetic, duration: number, random: () => number): number[] {
  const arrivals: number[] = [];
  const most = kind === 'diurnal' ? 2 * rate : rate;
  for (let at = 0; ; ) {
    at += (-Math.log(1 - random()) / most) * 1e9;
    if (at >= duration) return arrivals;
    const share = kind === 'diurnal' ? (1 - Math.cos((2 * Math.PI * at) / duration)) / 2 : 1;
    if (share < 1 && random() >= share) continue;
    arrivals.push(Math.round(at));
    limited(arrivals);
  }
}

function bursts({ burst, every_ns: every }: Synthetic, duration: number): number[] {
  const arrivals: number[] = [];
  for (let at = 0; at < duration; at += every)
    for (let k = 0; k < burst; k++) {
      arrivals.push(at + k * IN_BURST_NS);
      limited(arrivals);
    }
  return arrivals.sort((a, b) => a - b);
}
