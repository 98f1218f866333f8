// Who came to a listener and when: first attempts of clients on the host, else arrivals with what they leave out; closed loops told from open ones.
import type { KernelProfile } from '../../core/kernel/profile.ts';
import type { ConnectionTimes } from '../../core/store/workload-input.ts';
import { median } from './acceptor-habits.ts';
import { type Attempt, closedLoop } from './client-loop.ts';
import type { ObservedCalls } from './observed-calls.ts';
import { type Clients, WorkloadError } from './workload.ts';

/** Clients of another host are shown by SYN-queue probes, or not at all. */
const ON_HOST = 0.95;
const DEFAULT_HANDSHAKE_NS = 50_000;

/** Connections of all members of a group, in order of arrival. */
export interface Merged extends ConnectionTimes {
  /** Index of the member that each came to. */
  readonly member: Int32Array;
}

export function clientsOf(
  all: Merged,
  calls: ObservedCalls,
  profile: KernelProfile,
  start: number,
  asked: 'open' | 'closed' | null,
  groupSize: number,
): Clients {
  const byTry = new Map<number, number>();
  for (let k = 0; k < all.syn.length; k++) if (!Number.isNaN(all.syn[k])) byTry.set(all.syn[k], k);
  const attempts: Attempt[] = calls.clients
    .map((client) => {
      const row = byTry.get(client.syn) ?? -1;
      return { ...client, accepted: all.dequeued[row] ?? Number.NaN, member: all.member[row] ?? 0 };
    })
    .sort((a, b) => a.syn - b.syn);
  const onHost = attempts.length >= all.enqueued.length * ON_HOST;
  const habits = habitsOfClients(attempts, calls, profile, start, handshakeOf(all));
  const loop = onHost && asked !== 'open' ? closedLoop(attempts) : null;
  if (loop !== null)
    return {
      mode: 'closed',
      follows: loop.follows,
      why: loop.why,
      source: 'syn',
      bias: null,
      arrivals_ns: [],
      members: [],
      slots: loop.slots.map(({ first, think, members }) => ({
        first_ns: Math.max(0, first - start),
        think_ns: think,
        members: groupSize > 1 ? members : [],
      })),
      ...habits,
    };
  if (asked === 'closed')
    throw new WorkloadError(
      'no closed loop is to be seen: its clients are not on the recorded host, or come when they will',
    );
  const arrivals = onHost ? arrivalsOnHost(attempts, start) : arrivalsFromElsewhere(all, start, habits.handshake_ns);
  return {
    mode: 'open',
    follows: null,
    slots: [],
    ...arrivals,
    ...(asked === 'open' ? { why: 'asked for' } : {}),
    ...habits,
  };
}

/** From the first SYN to the accept queue where nothing was sent again, nanoseconds. */
function handshakeOf({ syn, syns, enqueued }: Merged): number {
  const handshakes: number[] = [];
  for (let k = 0; k < enqueued.length; k++)
    if (syns[k] === 1 || (Number.isNaN(syns[k]) && !Number.isNaN(syn[k]))) handshakes.push(enqueued[k] - syn[k]);
  return Math.max(0, median(handshakes) ?? DEFAULT_HANDSHAKE_NS);
}

type Habits = Pick<Clients, 'retry' | 'stop_ns' | 'handshake_ns' | 'speaks_first' | 'resets'>;

function habitsOfClients(
  attempts: readonly Attempt[],
  calls: ObservedCalls,
  profile: KernelProfile,
  start: number,
  handshake: number,
): Habits {
  const stop = stopOf(attempts);
  return {
    retry: {
      initial_ms: profile.initialRtoMs,
      linear: profile.synLinearTimeouts,
      retries: 6,
      wheel: profile.timerWheel === 'levels' ? wheelOf(calls.again, start) : null,
      timeout_ns: stop === null ? timeoutOf(attempts) : null,
    },
    stop_ns: stop === null ? null : Math.max(0, stop - start),
    handshake_ns: handshake,
    speaks_first: !endsAtOnce(attempts),
    resets: endsAtOnce(attempts),
  };
}

type Arrivals = Pick<Clients, 'why' | 'source' | 'bias' | 'arrivals_ns' | 'members'>;

const arrivalsOnHost = (attempts: readonly Attempt[], start: number): Arrivals => ({
  why: 'clients on the host that come whatever became of those before',
  source: 'syn',
  bias: null,
  arrivals_ns: attempts.map(({ syn }) => Math.max(0, syn - start)),
  members: attempts.map(({ member }) => member),
});

function arrivalsFromElsewhere(all: Merged, start: number, handshake: number): Arrivals {
  const seen = all.syn.reduce((known, at) => known + (Number.isNaN(at) ? 0 : 1), 0);
  const synsKnown = seen >= all.enqueued.length * ON_HOST;
  const order = Array.from(all.enqueued, (at, k) => ({
    at: Math.max(0, (Number.isNaN(all.syn[k]) ? at - handshake : all.syn[k]) - start),
    member: all.member[k],
  })).sort((a, b) => a.at - b.at);
  return {
    why: 'clients of other hosts',
    source: synsKnown ? 'syn-queue' : 'enqueue',
    bias: synsKnown
      ? 'clients that were refused and did not come back are missing; one that was refused first is taken to have come when it was let in'
      : 'only arrivals that got into the queue are known: of clients that were refused, those that came back are late, the others missing',
    arrivals_ns: order.map(({ at }) => at),
    members: order.map(({ member }) => member),
  };
}

/** Clients that had no answer and all ended within this were ended together, nanoseconds. */
const TOGETHER_NS = 20e6;
const TICK_NS = 4e6;
/** The step of a timer that is due in a second, in ticks. */
const STEP_TICKS = 8;

/** When the load generator ended, with connections under way; null where it waited for all of them. */
function stopOf(attempts: readonly Attempt[]): number | null {
  const ended = attempts
    .filter((attempt) => Number.isNaN(attempt.established) && !Number.isNaN(attempt.ended))
    .map((attempt) => attempt.ended);
  if (ended.length < 2) return null;
  const last = Math.max(...ended);
  const together = ended.filter((at) => at >= last - TOGETHER_NS);
  return together.length >= ended.length * 0.8 ? Math.min(...together) : null;
}

/** Where the steps of the wheel lie, by SYNs that were sent again. 250 ticks a second, as distributions build their kernels. */
function wheelOf(again: readonly number[], start: number): { tick_ns: number; phase_ns: number } {
  const step = TICK_NS * STEP_TICKS;
  const [first = start] = again;
  return { tick_ns: TICK_NS, phase_ns: (((first - start) % step) + step) % step };
}

/** How long the application lets connect() try: clients that ended without a connection, all after about the same time. */
function timeoutOf(attempts: readonly Attempt[]): number | null {
  const tried = attempts
    .filter(({ established, ended }) => Number.isNaN(established) && !Number.isNaN(ended))
    .map(({ syn, ended }) => ended - syn);
  const usual = median(tried);
  if (usual === null || tried.some((time) => Math.abs(time - usual) > usual / 10)) return null;
  return usual;
}

/** Clients that end their connection as soon as it is there, accepted or not. */
function endsAtOnce(attempts: readonly Attempt[]): boolean {
  const known = attempts.filter(({ established, ended }) => !Number.isNaN(established + ended));
  const quick = known.filter(({ established, ended }) => ended - established < 1e6);
  return known.length > 0 && quick.length > known.length * 0.9;
}
