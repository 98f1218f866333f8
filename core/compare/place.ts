// What one side knows of a place where something listens: all lives and reuseport members of one address together.
import { listenerName } from '../report/finding/about.ts';
import type { Bound, ListenerReport, Report } from '../report/model.ts';

/** Instants and waits of a listener, in ns. */
export interface ListenerSeries {
  /** In order of arrival. */
  readonly waits: Float64Array;
  readonly arrivals: Float64Array;
  /** When refused segments were sent; empty where overflows are known by their number alone. */
  readonly overflows: Float64Array;
}

/** One side of a comparison. */
export interface SideInput {
  readonly report: Report;
  readonly series: ReadonlyMap<number, ListenerSeries>;
}

export interface BoundCount {
  readonly count: number | null;
  readonly bound: Bound;
}

export interface Place {
  readonly name: string;
  readonly kind: 'address' | 'path';
  readonly port: number | null;
  readonly listeners: readonly ListenerReport[];
  /** First and last instant at which something listened here, within its capture; of several captures their lengths one after another. */
  readonly seconds: number;
  readonly span: { readonly start: number; readonly end: number };
  readonly counts: Readonly<Record<'overflows' | 'syn_retransmits' | 'enqueued' | 'accepted', BoundCount>>;
  readonly waits: Float64Array;
  readonly arrivals: Float64Array;
  readonly overflows: Float64Array;
}

const WEAKEST: readonly Bound[] = ['exact', 'estimate', 'lower', 'unknown'];

function summed(counts: readonly BoundCount[]): BoundCount {
  const bound = WEAKEST[Math.max(...counts.map((count) => WEAKEST.indexOf(count.bound)))];
  const known = counts.every(({ count }) => count !== null) && bound !== 'unknown';
  return { count: known ? counts.reduce((sum, { count }) => sum + (count ?? 0), 0) : null, bound };
}

function joined(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function placeOf(name: string, listeners: readonly ListenerReport[], side: SideInput): Place {
  const captures = new Map(side.report.captures.map((capture) => [capture.id, capture.duration_ns]));
  let length = 0;
  const spans: { start: number; end: number }[] = [];
  for (const id of new Set(listeners.map(({ capture }) => capture))) {
    const lives = listeners.filter(({ capture }) => capture === id);
    const start = Math.min(...lives.map((life) => life.opened_at_ns ?? 0));
    const end = Math.max(...lives.map((life) => life.closed_at_ns ?? captures.get(id) ?? 0));
    length += Math.max(0, end - start);
    spans.push({ start, end });
  }
  const series = listeners.map(({ id }) => side.series.get(id)).filter((found) => found !== undefined);
  const counted = (count: (of: ListenerReport) => BoundCount): BoundCount => summed(listeners.map(count));
  return {
    name,
    kind: listeners[0].path === null ? 'address' : 'path',
    port: listeners[0].port,
    listeners,
    seconds: length / 1e9,
    span: { start: Math.min(...spans.map(({ start }) => start)), end: Math.max(...spans.map(({ end }) => end)) },
    counts: {
      overflows: counted(({ overflows: { count, bound } }) => ({ count, bound })),
      syn_retransmits: counted((of) => ({
        count: of.syn_retransmits,
        bound: of.syn_retransmits === null ? 'unknown' : 'lower', // of clients on the host
      })),
      enqueued: counted((of) => ({ count: of.enqueued, bound: of.bounds.enqueued })),
      accepted: counted((of) => ({ count: of.accepted, bound: of.bounds.accepted })),
    },
    waits: joined(series.map(({ waits }) => waits)),
    arrivals: joined(series.map(({ arrivals }) => arrivals)),
    overflows: joined(series.map(({ overflows }) => overflows)),
  };
}

/** The places of a side. A listener whose address was not seen is one of its own. */
export function placesOf(side: SideInput): Place[] {
  const groups = new Map<string, ListenerReport[]>();
  for (const listener of side.report.listeners) {
    const name = listener.path ?? listenerName(listener);
    groups.set(name, [...(groups.get(name) ?? []), listener]);
  }
  return [...groups].map(([name, listeners]) => placeOf(name, listeners, side));
}

export interface Pair {
  readonly before: Place;
  readonly after: Place;
  readonly matchedBy: 'address' | 'port' | 'path' | 'only';
}

export interface Matched {
  readonly pairs: readonly Pair[];
  readonly gone: readonly Place[];
  readonly appeared: readonly Place[];
}

/** Same address and port or path; of what is left, the same port where each side has one such: containers get new addresses. Else the one of each side. */
export function matchPlaces(before: readonly Place[], after: readonly Place[]): Matched {
  const pairs: Pair[] = [];
  const gone = new Set(before);
  const appeared = new Set(after);
  const pair = (a: Place, b: Place, matchedBy: Pair['matchedBy']): void => {
    pairs.push({ before: a, after: b, matchedBy });
    gone.delete(a);
    appeared.delete(b);
  };
  const named = ({ listeners: [{ address, path }] }: Place): boolean => address !== null || path !== null;
  for (const a of before) {
    const b = after.find((place) => named(a) && place.name === a.name && place.kind === a.kind);
    if (b !== undefined) pair(a, b, a.kind);
  }
  for (const a of [...gone]) {
    if (a.port === null) continue;
    const same = (place: Place): boolean => place.port === a.port;
    const others = [...appeared].filter(same);
    if (others.length === 1 && [...gone].filter(same).length === 1) pair(a, others[0], 'port');
  }
  if (before.length === 1 && after.length === 1 && pairs.length === 0) pair(before[0], after[0], 'only');
  return { pairs, gone: [...gone], appeared: [...appeared] };
}
