// One listener's part of the report: its figures, each with how far it can be trusted.
import { AF_INET, AF_INET6, AF_UNIX } from '../event/dictionary.ts';
import { clampBacklog } from '../kernel/sys-listen.ts';
import { peakConcurrency } from '../stats/concurrency.ts';
import { quantile, weightedMean, weightedQuantile } from '../stats/quantile.ts';
import { effectiveBacklog, overflowsOf } from './capacity.ts';
import type { CaptureInput, ConnectionColumns, ListenerInput, RefusalInput, ReportOptions } from './input.ts';
import type { Bound, DepthReport, ListenerReport, TimesReport } from './model.ts';
import { overflowFigure, skDropsGrowth } from './overflow-figure.ts';

const FAMILIES: Readonly<Record<number, 'inet' | 'inet6' | 'unix'>> = {
  [AF_UNIX]: 'unix',
  [AF_INET]: 'inet',
  [AF_INET6]: 'inet6',
};

function times(values: readonly number[]): TimesReport {
  const sorted = Float64Array.from(values).sort();
  const at = (q: number): number | null => quantile(sorted, q);
  return { count: sorted.length, p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999), max: at(1) };
}

function waits(connections: ConnectionColumns): TimesReport {
  const { enqueued, dequeued, accepted } = connections;
  const values: number[] = [];
  for (let i = 0; i < enqueued.length; i++) {
    if (accepted[i] === 1 && !Number.isNaN(enqueued[i])) values.push(Math.max(0, dequeued[i] - enqueued[i]));
  }
  return times(values);
}

function handshakes(connections: ConnectionColumns): TimesReport | null {
  const { enqueued, syn } = connections;
  const values: number[] = [];
  for (let i = 0; i < enqueued.length; i++) {
    if (!Number.isNaN(syn[i]) && !Number.isNaN(enqueued[i])) values.push(Math.max(0, enqueued[i] - syn[i]));
  }
  return values.length === 0 ? null : times(values);
}

/** Most connections that wanted to be in the queue at one instant: those in it, and clients held out since a refusal. */
function demand(
  { enqueued, dequeued }: ConnectionColumns,
  refusals: readonly RefusalInput[],
  end: number,
): { peak: number; at_ns: number } {
  const starts: number[] = [];
  const ends: number[] = [];
  for (let i = 0; i < enqueued.length; i++) {
    if (Number.isNaN(enqueued[i])) continue;
    starts.push(enqueued[i]);
    ends.push(Number.isNaN(dequeued[i]) ? end : Math.max(dequeued[i], enqueued[i]));
  }
  for (const { kind, at_ns, noticed_at_ns } of refusals) {
    if (kind !== 'syn') continue;
    starts.push(at_ns);
    ends.push(noticed_at_ns);
  }
  const { peak, at } = peakConcurrency(Float64Array.from(starts), Float64Array.from(ends));
  return { peak, at_ns: at };
}

function depth(listener: ListenerInput, capacity: number | null): DepthReport {
  const entries = listener.depths.map((row) => ({ value: row.depth, weight: row.ns }));
  const atCapacity = (limit: number): number =>
    listener.depths.reduce((sum, row) => (row.depth >= limit ? sum + row.ns : sum), 0);
  return {
    max: listener.depth_max,
    mean: weightedMean(entries),
    p50: weightedQuantile(entries, 0.5),
    p90: weightedQuantile(entries, 0.9),
    p99: weightedQuantile(entries, 0.99),
    at_capacity_ns: capacity === null ? null : atCapacity(capacity),
  };
}

function spanOf(refusals: readonly RefusalInput[]): { first: number; last: number } | null {
  if (refusals.length === 0) return null;
  let first = Number.POSITIVE_INFINITY;
  let last = 0;
  for (const { at_ns } of refusals) {
    first = Math.min(first, at_ns);
    last = Math.max(last, at_ns);
  }
  return { first, last };
}

/** Whether the capture shows accept() at all; without it, what is in a queue is not known. */
export const seesAccepts = (probes: readonly string[]): boolean =>
  probes.some((probe) => /(^|:)(sys_(enter|exit)_(accept4?|listen)|tool_accept|func_enter|func_return)$/.test(probe));

/** What was lost, hidden by a late start, or ambiguous decides what each figure is worth. */
function boundsOf(
  listener: ListenerInput,
  lossy: boolean,
  accepts: boolean,
  arrivals: boolean,
): ListenerReport['bounds'] {
  const incomplete = lossy || listener.unseen_arrivals > 0 || listener.unseen_accepts > 0 || listener.ambiguous > 0;
  const counted: Bound = incomplete ? 'lower' : 'exact';
  const derived: Bound = incomplete || !listener.synced ? 'estimate' : 'exact';
  const unknown = (listener.enqueued === 0 && listener.accepted > 0) || !accepts;
  return {
    enqueued: arrivals ? counted : 'unknown',
    accepted: !accepts ? 'unknown' : lossy ? 'lower' : 'exact',
    depth: unknown ? 'unknown' : derived,
    wait: unknown ? 'unknown' : derived,
  };
}

function backlog(listener: ListenerInput, effective: ReturnType<typeof effectiveBacklog>): ListenerReport['backlog'] {
  const last = listener.changes.length - 1;
  return {
    requested: listener.requested,
    ...effective,
    changes: listener.changes.map((change, index) => ({
      ...change,
      effective:
        index === last ? effective.effective : earlierEffective(change.requested, listener, effective.effective),
    })),
  };
}

const confidence = (listener: ListenerInput, gaps: number): ListenerReport['confidence'] => ({
  censored_start: listener.opened_at_ns === null,
  censored_end: listener.closed_at_ns === null,
  gaps,
  unseen_arrivals: listener.family === AF_UNIX ? 0 : listener.unseen_arrivals,
  unseen_accepts: listener.unseen_accepts,
  ambiguous: listener.ambiguous,
});

/** Gaps in the listener's life. Totals of lost samples have no place in time: where nothing else tells of the loss they count as one. */
function gapsWithin({ gaps }: CaptureInput, start: number, end: number): number {
  const placed = gaps.filter((gap) => gap.kind !== 'lost_samples');
  if (placed.length === 0) return Math.min(gaps.length, 1);
  return placed.filter((gap) => gap.from_ns <= end && gap.to_ns >= start).length;
}

export function listenerReport(input: CaptureInput, listener: ListenerInput, options: ReportOptions): ListenerReport {
  const { kernel, duration_ns: duration, probes } = input.capture;

  const sees = (probe: string): boolean => probes.some((name) => name.endsWith(probe));
  const seesClients = sees('inet_sock_set_state');
  const end = listener.closed_at_ns ?? duration;
  const start = listener.opened_at_ns ?? 0;
  const gaps = gapsWithin(input, start, end);
  const lossy = gaps > 0 || input.capture.rejected > 0 || input.capture.out_of_order > 0;
  const effective = effectiveBacklog(listener, kernel, options.somaxconn, lossy, input.somaxconn);
  const accepts = seesAccepts(probes);
  const overflows = overflowsOf(listener.refusals, accepts ? effective.capacity : null);
  const clientOverflows = overflowsOf(
    listener.refusals.filter(({ evidence }) => evidence === 'client'),
    accepts ? effective.capacity : null,
  );
  const countable =
    seesClients &&
    !input.capture.clock.startsWith('order of lines') && // a SYN sent again is known by its time
    (effective.capacity !== null || listener.refusals.length === 0 || overflows.length > 0);
  return {
    id: listener.id,
    capture: input.capture.id,
    family: listener.family === null ? null : (FAMILIES[listener.family] ?? null),
    address: listener.address,
    port: listener.port,
    path: null,
    opened_at_ns: listener.opened_at_ns,
    closed_at_ns: listener.closed_at_ns,
    opened_by: listener.opened_pid === null ? null : { pid: listener.opened_pid, comm: listener.opened_comm },
    acceptors: listener.acceptors,
    backlog: backlog(listener, effective),
    // what was accepted had arrived, seen or not
    enqueued: Math.max(listener.enqueued, listener.accepted + listener.lost_in_accept - listener.initial_depth),
    accepted: listener.accepted,
    left_in_queue: listener.left_in_queue,
    aborted_at_close: listener.aborted_at_close,
    depth: depth(listener, effective.capacity),
    readings: { count: listener.samples, depth_max: listener.sampled_depth },
    wait_ns: waits(listener.connections),
    handshake_ns: handshakes(listener.connections),
    overflows: overflowFigure(listener, countable ? clientOverflows.length : null, effective.capacity, lossy),
    sk_drops: skDropsGrowth(listener),
    overflow_span_ns: countable ? spanOf(overflows) : null,
    syn_queue_max: listener.syn_queue_max,
    syn_retransmits: sees('tcp_retransmit_skb') ? listener.syn_retransmits : null,
    cookies: null,
    demand: demand(listener.connections, clientOverflows, end),
    pauses: {
      longest_ns: listener.longest_pause_ns,
      at_ns: listener.longest_pause_at_ns,
      count: listener.pauses,
      total_ns: listener.paused_ns,
    },
    waiting_ns: listener.waiting_ns,
    bounds: boundsOf(listener, lossy, accepts, seesClients || sees('sk_data_ready') || listener.enqueued > 0),
    confidence: confidence(listener, gaps),
  };
}

/** An earlier listen() met the same somaxconn, as far as the last one shows it. */
function earlierEffective(requested: number, listener: ListenerInput, last: number | null): number | null {
  if (last === null || listener.requested === null) return null;
  const clamped = last < listener.requested >>> 0;
  return clamped ? clampBacklog(requested, last) : requested >>> 0;
}
