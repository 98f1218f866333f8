// Holds two recordings against each other, place by place: what changed, and whether it is more than noise within a recording.
import type { ListenerReport } from '../report/model.ts';
import { drawnQuantiles, seeded } from '../stats/block-bootstrap.ts';
import { dispersion, poissonBounds, sameRate } from '../stats/poisson.ts';
import { quantile } from '../stats/quantile.ts';
import { type Gate, gateResults } from './gate.ts';
import type {
  Comparison,
  CountChange,
  FigureChange,
  Interval,
  PlaceChange,
  SettingChange,
  SideSummary,
  WaitChange,
} from './model.ts';
import { matchPlaces, type Pair, type Place, placesOf, type SideInput } from './place.ts';

/** Many figures are looked at, so one in a hundred may be wrong, not one in twenty. */
export const CONFIDENCE = 0.99;

const QUANTILES = [
  ['wait_p50', 0.5],
  ['wait_p90', 0.9],
  ['wait_p99', 0.99],
  ['wait_p999', 0.999],
] as const;

/** Waits beyond a quantile that a bootstrap needs to tell how much it varies. */
const FEWEST_BEYOND = 5;
const MOST_DRAWINGS = 1000;
const FEWEST_DRAWINGS = 200;
/** Values drawn for a side, about: a second of work. */
const MOST_DRAWN = 5e7;

function waitChanges({ before, after }: Pair): WaitChange[] {
  const sorted = [before.waits.slice().sort(), after.waits.slice().sort()];
  const longest = Math.max(before.waits.length, after.waits.length);
  const drawings = Math.min(MOST_DRAWINGS, Math.max(FEWEST_DRAWINGS, Math.floor(MOST_DRAWN / Math.max(1, longest))));
  const levels = QUANTILES.map(([, q]) => q);
  const known = before.waits.length > 0 && after.waits.length > 0;
  const drawn = known
    ? [before.waits, after.waits].map((waits, k) => drawnQuantiles(waits, levels, drawings, seeded(k + 1)))
    : null;
  return QUANTILES.map(([figure, q], k) => {
    const [a, b] = sorted.map((waits) => quantile(waits, q));
    if (drawn === null) return { figure, before: a, after: b, difference: null, change: 'unknown' };
    const differences = drawn[1][k].map((value, i) => value - drawn[0][k][i]).sort();
    const tail = (1 - CONFIDENCE) / 2;
    const difference: Interval = {
      low: quantile(differences, tail) as number,
      high: quantile(differences, 1 - tail) as number,
    };
    const fewest = Math.min(before.waits.length, after.waits.length) * (1 - q);
    const change = difference.low > 0 ? 'more' : difference.high < 0 ? 'less' : 'same';
    return { figure, before: a, after: b, difference, change: fewest < FEWEST_BEYOND ? 'unsure' : change };
  });
}

function instantsOf(place: Place, figure: CountChange['figure']): Float64Array | null {
  const { count } = place.counts[figure];
  const instants = figure === 'overflows' ? place.overflows : figure === 'enqueued' ? place.arrivals : null;
  if (count === 0) return new Float64Array(0);
  // an index over captures whose times all begin at 0 would be of none of them
  const several = new Set(place.listeners.map(({ capture }) => capture)).size > 1;
  return instants === null || instants.length === 0 || several ? null : instants;
}

function countChange(figure: CountChange['figure'], { before, after }: Pair): CountChange {
  const [a, b] = [before.counts[figure], after.counts[figure]];
  const rate = (place: Place, count: number | null): number | null =>
    count === null || place.seconds <= 0 ? null : count / place.seconds;
  const [from, to] = [rate(before, a.count), rate(after, b.count)];
  const shared = {
    figure,
    before: a.count,
    after: b.count,
    bounds: [a.bound, b.bound],
    before_per_second: from,
    after_per_second: to,
  } as const;
  if (a.count === null || b.count === null || from === null || to === null)
    return { ...shared, before_interval: null, after_interval: null, dispersion: null, p: null, change: 'unknown' };
  const indices = [before, after].map((place) => {
    const instants = instantsOf(place, figure);
    return instants === null ? null : dispersion(instants, place.span.start, place.span.end);
  });
  const known = indices.every((index) => index !== null);
  const wider = Math.max(1, ...indices.map((index) => index ?? 1));
  const interval = (count: number, seconds: number): Interval => {
    const { low, high } = poissonBounds(count / wider, CONFIDENCE);
    return { low: (low * wider) / seconds, high: (high * wider) / seconds };
  };
  const p = sameRate(a.count / wider, b.count / wider, after.seconds / (before.seconds + after.seconds));
  return {
    ...shared,
    before_interval: interval(a.count, before.seconds),
    after_interval: interval(b.count, after.seconds),
    dispersion: known ? wider : null,
    p,
    change: p < 1 - CONFIDENCE ? (to > from ? 'more' : 'less') : 'same',
  };
}

function figureChanges({ before, after }: Pair): FigureChange[] {
  const most = (place: Place, value: (of: ListenerReport) => number | null): number | null => {
    const values = place.listeners.map(value).filter((found) => found !== null);
    return values.length === 0 ? null : Math.max(...values);
  };
  const change = (figure: FigureChange['figure'], value: (of: ListenerReport) => number | null): FigureChange => ({
    figure,
    before: most(before, value),
    after: most(after, value),
  });
  const depthKnown = ({ bounds }: ListenerReport): boolean => bounds.depth !== 'unknown';
  return [
    change('wait_max', (of) => of.wait_ns.max),
    change('depth_max', (of) => (depthKnown(of) ? of.depth.max : null)),
    change('at_capacity', (of) => (depthKnown(of) ? of.depth.at_capacity_ns : null)),
    change('longest_pause', (of) => (depthKnown(of) ? of.pauses.longest_ns : null)),
  ];
}

/** Only what differs. */
function settingChanges({ before, after }: Pair): SettingChange[] {
  const last = ({ listeners }: Place): ListenerReport => listeners[listeners.length - 1];
  const names = ({ listeners }: Place): string | null => {
    const all = listeners.flatMap(({ acceptors }) => acceptors.map(({ comm }) => comm)).filter((comm) => comm !== null);
    return all.length === 0 ? null : [...new Set(all)].sort().join(', ');
  };
  const acceptors = ({ listeners }: Place): number =>
    new Set(listeners.flatMap((of) => of.acceptors.filter(({ accepted }) => accepted > 0).map(({ tid }) => tid))).size;
  const change = (what: SettingChange['what'], value: (place: Place) => SettingChange['before']): SettingChange => ({
    what,
    before: value(before),
    after: value(after),
  });
  return [
    change('backlog requested', (place) => last(place).backlog.requested),
    change('backlog effective', (place) => last(place).backlog.effective),
    change('listeners', ({ listeners }) => listeners.length),
    change('acceptors', acceptors),
    change('acceptor names', names),
  ].filter((setting) => setting.before !== setting.after);
}

function placeChange(pair: Pair): PlaceChange {
  const ids = ({ listeners }: Place): number[] => listeners.map(({ id }) => id);
  return {
    place: pair.after.name,
    place_before: pair.before.name,
    matched_by: pair.matchedBy,
    listeners: { before: ids(pair.before), after: ids(pair.after) },
    settings: settingChanges(pair),
    counts: (['overflows', 'syn_retransmits', 'enqueued', 'accepted'] as const).map((figure) =>
      countChange(figure, pair),
    ),
    waits: waitChanges(pair),
    figures: figureChanges(pair),
  };
}

const summary = ({ report }: SideInput): SideSummary => ({
  captures: report.captures.map(({ path, sha256, kernel, duration_ns, lost }) => ({
    path,
    sha256,
    kernel,
    duration_ns,
    gaps: lost.gaps,
  })),
});

/** @param version of acceptq */
export function compare(before: SideInput, after: SideInput, version: string, gate: Gate | null): Comparison {
  const { pairs, gone, appeared } = matchPlaces(placesOf(before), placesOf(after));
  const places = pairs.map(placeChange);
  return {
    schema: 'acceptq.compare/1',
    generated_by: `acceptq ${version}`,
    before: summary(before),
    after: summary(after),
    confidence: CONFIDENCE,
    places,
    gone: gone.map(({ name }) => name),
    appeared: appeared.map(({ name }) => name),
    gate:
      gate === null
        ? []
        : gateResults(
            gate,
            places,
            appeared.map((place) => placeChange({ before: place, after: place, matchedBy: place.kind })),
          ),
  };
}
