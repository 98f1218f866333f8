// A live replay held against the model's: figure by figure, what differs by more than chance does, and what may explain the first of it.
import type { Outcome } from '../workload/workload.ts';

/** Counts may differ by this many, or by this share of what the model has. */
const FEW = 3;
const SHARE = 0.05;
/** Times on a real machine have its scheduling in them. */
const TIME_SHARE = 0.25;
const TIME_FLOOR_NS = 1e6;

export interface Compared {
  readonly figure: string;
  readonly recorded: number | null;
  readonly modelled: number | null;
  readonly live: number | null;
  /** What live may differ from the model by; null where nothing is held against it. */
  readonly tolerance: number | null;
  readonly differs: boolean;
  readonly unit: 'count' | 'ns';
}

interface Figure {
  readonly name: string;
  readonly unit: 'count' | 'ns';
  readonly of: (outcome: Outcome) => number | null;
  /** Without it the figure is only shown. */
  readonly held: boolean;
}

/** In the order in which one follows from the other. */
const FIGURES: readonly Figure[] = [
  { name: 'capacity', unit: 'count', of: (o) => o.capacity, held: true },
  { name: 'arrivals', unit: 'count', of: (o) => o.arrivals, held: true },
  { name: 'overflows', unit: 'count', of: (o) => o.overflows, held: true },
  { name: 'syn_retransmits', unit: 'count', of: (o) => o.syn_retransmits, held: true },
  { name: 'gave_up', unit: 'count', of: (o) => o.gave_up, held: true },
  { name: 'enqueued', unit: 'count', of: (o) => o.enqueued, held: true },
  { name: 'accepted', unit: 'count', of: (o) => o.accepted, held: true },
  { name: 'depth_max', unit: 'count', of: (o) => o.depth.max, held: true },
  { name: 'depth_mean', unit: 'count', of: (o) => o.depth.mean, held: false },
  { name: 'depth_p99', unit: 'count', of: (o) => o.depth.p99, held: false },
  { name: 'at_capacity', unit: 'ns', of: (o) => o.depth.at_capacity_ns, held: false },
  { name: 'wait_p50', unit: 'ns', of: (o) => o.wait_ns.p50, held: true },
  { name: 'wait_p90', unit: 'ns', of: (o) => o.wait_ns.p90, held: true },
  { name: 'wait_p99', unit: 'ns', of: (o) => o.wait_ns.p99, held: true },
  { name: 'wait_max', unit: 'ns', of: (o) => o.wait_ns.max, held: false },
  { name: 'connect_p50', unit: 'ns', of: (o) => o.connect_ns?.p50 ?? null, held: false },
  { name: 'connect_p99', unit: 'ns', of: (o) => o.connect_ns?.p99 ?? null, held: false },
];

/** @param recorded null where there is no capture, or other settings were in force. */
export function compareOutcomes(recorded: Outcome | null, modelled: Outcome, live: Outcome): Compared[] {
  return FIGURES.map(({ name, unit, of, held }) => {
    const [was, model, is] = [recorded === null ? null : of(recorded), of(modelled), of(live)];
    const tolerance = !held || model === null ? null : toleranceOf(unit, model);
    const differs = tolerance !== null && is !== null && model !== null && Math.abs(is - model) > tolerance;
    return { figure: name, recorded: was, modelled: model, live: is, tolerance, differs, unit };
  });
}

const toleranceOf = (unit: 'count' | 'ns', value: number): number =>
  unit === 'count' ? Math.max(FEW, Math.abs(value) * SHARE) : Math.max(TIME_FLOOR_NS, value * TIME_SHARE);

/** What is known of a live replay that may make it another than the model's. */
export interface Circumstances {
  readonly speed: number;
  readonly too_busy: boolean;
  readonly unset: readonly string[];
  readonly not_begun: number;
  readonly cut_short: boolean;
  readonly handshake_ns: number;
  readonly initial_ms: number;
  readonly cookies: number;
  readonly closed: boolean;
}

/** Loopback's handshake is over in less; only one that took longer is another with it. */
const LONG_HANDSHAKE_NS = 1e6;

/** Why the first figure that differs may do so, likeliest first; null where none does. */
export function explainFirst(compared: readonly Compared[], of: Circumstances): { figure: string; why: string } | null {
  const first = compared.find(({ differs }) => differs);
  if (first === undefined) return null;
  return { figure: first.figure, why: whyOf(first, of) };
}

function whyOf({ figure, unit }: Compared, of: Circumstances): string {
  if (of.cut_short) return 'the replay was ended before everyone had got in or given up';
  if (of.not_begun > 0)
    return `${of.not_begun} clients could not even begin: the process was out of file descriptors or memory (ulimit -n)`;
  if (of.unset.length > 0) return `not all settings are in force: ${of.unset.join('; ')}`;
  if (of.too_busy)
    return 'the machine was too busy: clients came, or acceptors went on, much later than they were to; run it on an idle machine, or slower (--speed 0.5)';
  if (of.initial_ms !== 1000 && of.speed === 1)
    return `this kernel sends a SYN again after 1 s, the clients of the workload after ${of.initial_ms} ms`;
  if (of.speed !== 1 && unit === 'count')
    return `at --speed ${of.speed} the kernel's own timers, by which clients come again, still go as they do`;
  if (of.handshake_ns > LONG_HANDSHAKE_NS)
    return 'handshakes on loopback take no time, so that no SYN gets in between another and its final ACK';
  if (of.cookies > 0)
    return `${of.cookies} SYNs were answered by a cookie, and a final ACK refused then leaves nothing to remind the client`;
  if (of.closed)
    return 'in a closed loop one refusal more or less takes a client out for a second, and what follows comes in another order';
  if (unit === 'ns') return 'times have the scheduling of this machine in them, which the model does not know';
  return `the kernel did otherwise than the model: acceptq replay --live --capture FILE records it, acceptq validate FILE says where (${figure})`;
}
