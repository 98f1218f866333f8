// Takes the workload of a listener out of a capture: who came when, how those who accept behaved, and what was in force.
import type { EventBatch } from '../../core/event/event-batch.ts';
import { type KernelProfile, kernelProfile } from '../../core/kernel/profile.ts';
import { defaultSysctls } from '../../core/kernel/sysctl.ts';
import type { ListenerReport } from '../../core/report/model.ts';
import type { ConnectionTimes, ListenerSource } from '../../core/store/workload-input.ts';
import { habitsOf, type Unclear } from './acceptor-habits.ts';
import { clientsOf, type Merged } from './clients-of.ts';
import { loopHabitsOf, servedBy } from './loop-habits.ts';
import { ObservedCalls } from './observed-calls.ts';
import { bestOf, recordedOf } from './recorded-outcome.ts';
import { type Workload, WorkloadError } from './workload.ts';

const NEWEST = '7.2';

export interface ExtractOptions {
  /** In place of what the capture shows. */
  readonly clients?: 'open' | 'closed';
  readonly kernel?: string;
  /** When the clients stop, nanoseconds after the capture's start: no capture in which all got in shows it. */
  readonly stop?: number;
  /** Clients send data as soon as they are connected (HTTP), or wait for the server to speak (SMTP). No capture shows it. */
  readonly speaksFirst?: boolean;
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
  const { effective } = backlog;
  const requested = backlog.requested ?? effective;
  const recorded = recordedOf(group, calls, all.enqueued.length);
  const settings: Workload['settings'] = {
    backlog: requested,
    somaxconn: somaxconnOf(requested, effective, capture.counters.get('net.core.somaxconn'), sysctls.somaxconn),
    tcp_syncookies: told('net.ipv4.tcp_syncookies', sysctls.tcp_syncookies),
    tcp_max_syn_backlog: told('net.ipv4.tcp_max_syn_backlog', sysctls.tcp_max_syn_backlog),
    tcp_abort_on_overflow: told('net.ipv4.tcp_abort_on_overflow', sysctls.tcp_abort_on_overflow),
    tcp_synack_retries: told('net.ipv4.tcp_synack_retries', sysctls.tcp_synack_retries),
  };
  const read = (reading: Unclear): Workload => ({
    schema: 'acceptq.workload/1',
    name: nameOf(source.report),
    origin: { capture: capture.sha256, listener: nameOf(source.report) },
    kernel: profile.release,
    settings,
    assumed,
    members: group.length,
    duration_ns: end - start,
    clients: corrected(clientsOf(all, calls, profile, start, options.clients ?? null, group.length), options, start),
    acceptors: group.flatMap((listener, member) => acceptorsOf(source, listener, member, calls, start, reading)),
    recorded,
  });
  return bestOf([read('idle'), read('served')]);
}

/** With what the user knows of the clients. */
const corrected = (
  clients: Workload['clients'],
  { stop, speaksFirst }: ExtractOptions,
  start: number,
): Workload['clients'] => ({
  ...clients,
  ...(stop === undefined ? {} : { stop_ns: Math.max(0, stop - start) }),
  ...(speaksFirst === undefined ? {} : { speaks_first: speaksFirst }),
});

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
  const children = group.flatMap(({ id }) => [...(source.connections.get(id)?.sk ?? [])]);
  const calls = new ObservedCalls(tids, children, reaches);
  for (const batch of batches) calls.apply(batch);
  return calls;
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
    sk: column('sk'),
    member: Int32Array.from(places, ({ member }) => member),
  };
}

function acceptorsOf(
  source: ListenerSource,
  listener: ListenerReport,
  member: number,
  calls: ObservedCalls,
  start: number,
  reading: Unclear,
): Workload['acceptors'] {
  const times = source.connections.get(listener.id);
  const enqueued = times?.enqueued ?? new Float64Array(0);
  const dequeued = Float64Array.from((times?.dequeued ?? new Float64Array(0)).filter((at) => !Number.isNaN(at))).sort();
  return listener.acceptors.map(({ tid, comm }) => {
    const who = { name: `${comm ?? '?'}/${tid}`, member, start };
    const tries = calls.accepts.get(tid) ?? [];
    const queue = { enqueued, dequeued };
    return loopHabitsOf(servedBy(tid, times, calls), tries, queue, who) ?? habitsOf(tries, queue, who, reading);
  });
}
