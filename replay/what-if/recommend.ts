// Which setting to choose: the smallest that meets the target, its price, how sure it is, and what else would help.
import type { Outcome } from '../workload/workload.ts';
import type { Settings } from './settings.ts';
import { meets, type Target } from './target.ts';

/** A connection that waits for accept(): struct tcp_sock and its request (slabs TCP and request_sock_TCP of 6.18), bytes. */
export const BYTES_A_CONNECTION = 2368 + 320;

export interface Scenario {
  readonly settings: Settings;
  readonly outcome: Outcome;
}

export interface Recommendation {
  readonly settings: Settings;
  readonly why: string;
  /** The longest wait of an accepted connection, and the memory of a queue that is full. */
  readonly price: { readonly worst_wait_ns: number | null; readonly memory_bytes: number };
  /** Backlogs that the resampled days needed: 5th, 50th and 95th of 100; null when it was not asked. */
  readonly range: {
    readonly low: number;
    readonly median: number;
    readonly high: number;
    readonly days: number;
  } | null;
  readonly alternatives: readonly string[];
}

/** Smaller first: fewer acceptors, then a shorter queue. */
const bySize = (a: Scenario, b: Scenario): number =>
  (a.settings.acceptors ?? 0) - (b.settings.acceptors ?? 0) ||
  a.settings.members - b.settings.members ||
  a.outcome.capacity - b.outcome.capacity;

/** The smallest scenario that meets the target; null when none does. */
export const smallest = (scenarios: readonly Scenario[], target: Target): Scenario | null =>
  scenarios.filter(({ outcome }) => meets(outcome, target)).sort(bySize)[0] ?? null;

/** Share of its time that an acceptor is busy, from here on more acceptors are the cure. */
const BUSY = 0.8;
/** Waits that a client notices, nanoseconds. */
const LONG_WAIT_NS = 200e6;

export interface Situation {
  readonly baseline: Outcome;
  /** Share of the acceptors' time that serving takes, of the time in which clients came. */
  readonly utilisation: number;
  /** Of all time: stalls of 50 ms and more. */
  readonly longest_stall_ns: number;
  readonly acceptors: number;
}

/** What a longer queue would not cure. */
export function alternatives(chosen: Scenario | null, situation: Situation): string[] {
  const { utilisation, longest_stall_ns: stall, acceptors, baseline } = situation;
  const said: string[] = [];
  const worst = chosen?.outcome.wait_ns.max ?? baseline.wait_ns.max ?? 0;
  if (utilisation >= BUSY)
    said.push(
      `more acceptors: serving takes ${Math.round(utilisation * 100)} % of the time of ${acceptors}; a longer queue only makes clients wait`,
    );
  if (stall > 0 && stall >= worst / 2)
    said.push(
      `find the stall of ${Math.round(stall / 1e6)} ms: the queue has to hold what comes in that time, and those clients wait as long`,
    );
  if (worst >= LONG_WAIT_NS)
    said.push(
      `refuse sooner where waiting ${Math.round(worst / 1e6)} ms is worse than an error: a short backlog with net.ipv4.tcp_abort_on_overflow=1 tells clients at once`,
    );
  return said;
}

export function recommendationOf(
  scenarios: readonly Scenario[],
  target: Target,
  situation: Situation,
  needed: readonly (number | null)[] | null,
): Recommendation | null {
  const chosen = smallest(scenarios, target);
  if (chosen === null) return null;
  const { settings, outcome } = chosen;
  const effective = outcome.capacity - 1;
  const limit = settings.somaxconn < settings.backlog ? `, and net.core.somaxconn lets it be ${effective}` : '';
  return {
    settings,
    why: `${scenarios.length === 1 ? 'the one that was tried, and it' : `the smallest of ${scenarios.length} that`} meets the target: a queue of ${outcome.capacity} (backlog ${settings.backlog}${limit})`,
    price: { worst_wait_ns: outcome.wait_ns.max, memory_bytes: outcome.capacity * BYTES_A_CONNECTION },
    range: rangeOf(needed),
    alternatives: alternatives(chosen, situation),
  };
}

/** @param needed backlog that each resampled day needed; null where none of those tried was enough. */
function rangeOf(needed: readonly (number | null)[] | null): Recommendation['range'] {
  if (needed === null || needed.length === 0) return null;
  const sorted = needed.map((value) => value ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b);
  const at = (q: number): number => sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))];
  return { low: at(0.05), median: at(0.5), high: at(0.95), days: sorted.length };
}
