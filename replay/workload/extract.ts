// Takes the workload of a listener out of a capture: who came when, how those who accept behaved, and what was in force.
import type { EventBatch } from '../../core/event/event-batch.ts';
import { type KernelProfile, kernelProfile } from '../../core/kernel/profile.ts';
import { defaultSysctls } from '../../core/kernel/sysctl.ts';
import type { ListenerReport } from '../../core/report/model.ts';
import type { ConnectionTimes, ListenerSource } from '../../core/store/workload-input.ts';
import { timesOf } from '../what-if/outcome.ts';
import { habitsOf, median } from './acceptor-habits.ts';
import { type Attempt, closedLoop } from './client-loop.ts';
import { ObservedCalls } from './observed-calls.ts';
import type { Clients, Outcome, Workload } from './workload.ts';

/** Clients of another host are shown by SYN-queue probes, or not at all. */
const ON_HOST = 0.95;
const DEFAULT_HANDSHAKE_NS = 50_000;
const NEWEST = '7.2';

export class WorkloadError extends Error {}

export interface ExtractOptions {
  /** In place of what the capture shows. */
  readonly clients?: 'open' | 'closed';
  readonly kernel?: string;
}

/** @param batches of the listener's capture, all of them, in order. */
export function extractWorkload(
  source: ListenerSource,
  batches: Iterable<EventBatch>,
  options: ExtractOptions = {},
): Workload {
  const { group, capture } = source;
  const calls = observe(source, batches);
  const release = options.kernel ?? capture.kernel ?? NEWEST;
  const profile = kernelProfile(release) ?? (kernelProfile(NEWEST) as KernelProfile);
  const start = Math.min(...group.map(({ opened_at_ns }) => opened_at_ns ?? 0));
  const end = Math.max(...group.map(({ closed_at_ns }) => closed_at_ns ?? capture.duration_ns));
  const all = merged(source);
  if (all.enqueued.length === 0)
    throw new WorkloadError('nothing arrived at this listener: there is no workload to take');
  const assumed: string[] = [];
  const sysctls = defaultSysctls(profile);
  const told = (name: string, usual: number): number => {
    const value = capture.counters.get(name);
    if (value === undefined) assumed.push(`${name} = ${usual}`);
    return value ?? usual;
  };
  const { backlog } = source.report;
  if (backlog.effective === null)
    throw new WorkloadError(
      'the backlog of this listener is not known: give --somaxconn, or a capture with listen() in it',
    );
  if (capture.kernel === null && options.kernel === undefined) assumed.push(`kernel ${release}`);
  const requested = backlog.requested ?? backlog.effective;
  return {
    schema: 'acceptq.workload/1',
    name: nameOf(source.report),
    origin: { capture: capture.sha256, listener: nameOf(source.report) },
    kernel: profile.release,
    settings: {
      backlog: requested,
      somaxconn: somaxconnOf(
        requested,
        backlog.effective,
        capture.counters.get('net.core.somaxconn'),
        sysctls.somaxconn,
      ),
      tcp_syncookies: told('net.ipv4.tcp_syncookies', sysctls.tcp_syncookies),
      tcp_max_syn_backlog: told('net.ipv4.tcp_max_syn_backlog', sysctls.tcp_max_syn_backlog),
      tcp_abort_on_overflow: told('net.ipv4.tcp_abort_on_overflow', sysctls.tcp_abort_on_overflow),
      tcp_synack_retries: told('net.ipv4.tcp_synack_retries', sysctls.tcp_synack_retries),
    },
    assumed,
    members: group.length,
    duration_ns: end - start,
    clients: clientsOf(all, calls, profile, start, options.clients ?? null, group.length),
    acceptors: group.flatMap((listener, member) => acceptorsOf(source, listener, member, calls, start)),
    recorded: recordedOf(group, calls, all.enqueued.length),
  };
}

const nameOf = ({ address, port, path, id }: ListenerReport): string =>
  address === null ? (path ?? `listener ${id}`) : `${address.includes(':') ? `[${address}]` : address}:${port}`;

/** A value of somaxconn that makes the effective backlog of the request. */
function somaxconnOf(requested: number, effective: number, told: number | undefined, usual: number): number {
  const unsigned = requested >>> 0;
  if (effective < unsigned) return effective;
  return Math.max(told ?? usual, effective);
}

function observe(source: ListenerSource, batches: Iterable<EventBatch>): ObservedCalls {
  const { names, group, report } = source;
  const reached = new Map<number, boolean>();
  const reaches = (id: number): boolean => {
    let known = reached.get(id);
    if (known === undefined) {
      const { address, port } = names.endpoint(id);
      const any = report.address === '0.0.0.0' || report.address === '::';
      known = port === report.port && (any || address === report.address);
      reached.set(id, known);
    }
    return known;
  };
  const tids = group.flatMap(({ acceptors }) => acceptors.map(({ tid }) => tid));
  const calls = new ObservedCalls(tids, reaches);
  for (const batch of batches) calls.apply(batch);
  return calls;
}

interface Merged extends ConnectionTimes {
  /** Index of the member that each came to. */
  readonly member: Int32Array;
}

/** Connections of all members in order of arrival. */
function merged({ group, connections }: ListenerSource): Merged {
  const places = group.flatMap(({ id }, member) =>
    Array.from(connections.get(id)?.enqueued ?? [], (at, row) => ({ at, id, row, member })),
  );
  places.sort((a, b) => a.at - b.at);
  const column = (name: keyof ConnectionTimes): Float64Array =>
    Float64Array.from(places, ({ id, row }) => connections.get(id)?.[name][row] ?? Number.NaN);
  return {
    syn: column('syn'),
    syns: column('syns'),
    enqueued: column('enqueued'),
    dequeued: column('dequeued'),
    tid: column('tid'),
    member: Int32Array.from(places, ({ member }) => member),
  };
}

function clientsOf(
  all: Merged,
  calls: ObservedCalls,
  profile: KernelProfile,
  start: number,
  asked: 'open' | 'closed' | null,
  groupSize: number,
): Clients {
  const count = all.enqueued.length;
  const byTry = new Map<number, number>();
  for (let k = 0; k < count; k++) if (!Number.isNaN(all.syn[k])) byTry.set(all.syn[k], k);
  const handshakes: number[] = [];
  for (let k = 0; k < count; k++)
    if (all.syns[k] === 1 || (Number.isNaN(all.syns[k]) && !Number.isNaN(all.syn[k])))
      handshakes.push(all.enqueued[k] - all.syn[k]);
  const handshake = median(handshakes) ?? DEFAULT_HANDSHAKE_NS;
  const attempts: Attempt[] = calls.clients
    .map((client) => {
      const row = byTry.get(client.syn) ?? -1;
      return { ...client, accepted: all.dequeued[row] ?? Number.NaN, member: all.member[row] ?? 0 };
    })
    .sort((a, b) => a.syn - b.syn);
  const stop = stopOf(attempts);
  const onHost = attempts.length >= count * ON_HOST;
  const common = {
    retry: {
      initial_ms: profile.initialRtoMs,
      linear: profile.synLinearTimeouts,
      retries: 6,
      wheel: profile.timerWheel === 'levels' ? wheelOf(calls.again, start) : null,
      timeout_ns: stop === null ? timeoutOf(attempts) : null,
    },
    stop_ns: stop === null ? null : Math.max(0, stop - start),
    handshake_ns: Math.max(0, handshake),
    speaks_first: !endsAtOnce(attempts),
    resets: endsAtOnce(attempts),
  };
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
      ...common,
    };
  if (asked === 'closed')
    throw new WorkloadError(
      'no closed loop is to be seen: its clients are not on the recorded host, or come when they will',
    );
  const tell = { follows: null, slots: [], ...common };
  if (onHost)
    return {
      mode: 'open',
      why: asked === 'open' ? 'asked for' : 'clients on the host that come whatever became of those before',
      source: 'syn',
      bias: null,
      arrivals_ns: attempts.map(({ syn }) => Math.max(0, syn - start)),
      members: attempts.map(({ syn }) => all.member[byTry.get(syn) ?? -1] ?? 0),
      ...tell,
    };
  const seen = all.syn.reduce((known, at) => known + (Number.isNaN(at) ? 0 : 1), 0);
  const order = Array.from(all.enqueued, (at, k) => ({
    at: Math.max(0, (Number.isNaN(all.syn[k]) ? at - handshake : all.syn[k]) - start),
    member: all.member[k],
  })).sort((a, b) => a.at - b.at);
  return {
    mode: 'open',
    why: asked === 'open' ? 'asked for' : 'clients of other hosts',
    source: seen >= count * ON_HOST ? 'syn-queue' : 'enqueue',
    bias:
      seen >= count * ON_HOST
        ? 'clients that were refused and did not come back are missing; one that was refused first is taken to have come when it was let in'
        : 'only arrivals that got into the queue are known: of clients that were refused, those that came back are late, the others missing',
    arrivals_ns: order.map(({ at }) => at),
    members: order.map(({ member }) => member),
    ...tell,
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

function acceptorsOf(
  source: ListenerSource,
  listener: ListenerReport,
  member: number,
  calls: ObservedCalls,
  start: number,
): Workload['acceptors'] {
  const times = source.connections.get(listener.id);
  const enqueued = times?.enqueued ?? new Float64Array(0);
  const dequeued = Float64Array.from((times?.dequeued ?? new Float64Array(0)).filter((at) => !Number.isNaN(at))).sort();
  return listener.acceptors.map(({ tid, comm }) =>
    habitsOf(calls.accepts.get(tid) ?? [], { enqueued, dequeued }, { name: `${comm ?? '?'}/${tid}`, member, start }),
  );
}

/** What the capture itself shows, members added up. */
function recordedOf(group: readonly ListenerReport[], calls: ObservedCalls, enqueued: number): Outcome | null {
  const [first] = group;
  const sum = (of: (listener: ListenerReport) => number): number => group.reduce((total, one) => total + of(one), 0);
  const known = (of: (listener: ListenerReport) => number | null): number | null =>
    group.some((listener) => of(listener) === null) ? null : sum((listener) => of(listener) ?? 0);
  const connects = calls.clients.map(({ syn, established }) => established - syn).filter((time) => !Number.isNaN(time));
  const deepest = group.reduce((most, one) => (one.depth.max > most.depth.max ? one : most));
  const longest = group.reduce((most, one) => ((one.wait_ns.max ?? 0) > (most.wait_ns.max ?? 0) ? one : most));
  return {
    capacity: first.backlog.capacity ?? 0,
    arrivals: Math.max(calls.clients.length, enqueued),
    enqueued,
    accepted: sum(({ accepted }) => accepted),
    overflows: known(({ overflows }) => overflows.count),
    syn_retransmits: known((listener) => listener.syn_retransmits),
    gave_up:
      calls.clients.length === 0 ? null : calls.clients.filter(({ established }) => Number.isNaN(established)).length,
    depth: pick(deepest.depth),
    wait_ns: { ...longest.wait_ns },
    connect_ns: connects.length === 0 ? null : timesOf(Float64Array.from(connects)),
  };
}

const pick = ({ max, mean, p50, p90, p99, at_capacity_ns }: ListenerReport['depth']): Outcome['depth'] => ({
  max,
  mean: mean ?? 0,
  p50: p50 ?? 0,
  p90: p90 ?? 0,
  p99: p99 ?? 0,
  at_capacity_ns: at_capacity_ns ?? 0,
});
