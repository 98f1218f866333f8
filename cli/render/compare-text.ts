// A comparison on a terminal: what changed first, then each place's figures before and after.
import type {
  Change,
  Comparison,
  CountChange,
  FigureChange,
  PlaceChange,
  WaitChange,
} from '../../core/compare/model.ts';
import type { Bound } from '../../core/report/model.ts';
import { formatNs, plural } from '../../core/report/units.ts';
import type { TextStyle } from '../result.ts';
import { escapeText } from './escape.ts';
import { type Column, paint, table, wrap } from './text.ts';

const COLUMNS: readonly Column[] = [
  { title: 'FIGURE', align: 'left' },
  { title: 'BEFORE', align: 'right' },
  { title: 'AFTER', align: 'right' },
  { title: 'CHANGE', align: 'right' },
  { title: 'MORE THAN NOISE?', align: 'left' },
];

const NAMES: Readonly<Record<string, string>> = {
  overflows: 'overflows',
  syn_retransmits: 'SYN retransmissions',
  enqueued: 'enqueued',
  accepted: 'accepted',
  wait_p50: 'wait p50',
  wait_p90: 'wait p90',
  wait_p99: 'wait p99',
  wait_p999: 'wait p99.9',
  wait_max: 'wait max',
  depth_max: 'longest queue',
  at_capacity: 'queue full for',
  longest_pause: 'longest pause',
};

const WORDS: Readonly<Record<Change, string>> = {
  more: 'yes, more',
  less: 'yes, less',
  same: 'no',
  unsure: 'too few to tell',
  unknown: 'not known',
};

const marks: Readonly<Record<Bound, string>> = { exact: '', lower: '≥', estimate: '~', unknown: '' };
const MOST_PERCENT = 1000;

function relative(before: number | null, after: number | null): string {
  if (before === null || after === null || before === after) return '';
  if (before === 0) return after > 0 ? 'new' : '';
  const percent = (after / before - 1) * 100;
  if (percent > MOST_PERCENT) return `×${Math.round(after / before).toLocaleString('en')}`;
  return `${percent > 0 ? '+' : '−'}${Math.abs(percent) < 10 ? Math.abs(percent).toFixed(1) : Math.round(Math.abs(percent))} %`;
}

/** Below one in 100 s nobody tells it from none. */
const rate = (perSecond: number): string =>
  perSecond >= 100
    ? Math.round(perSecond).toLocaleString('en')
    : String(perSecond < 0.01 ? 0 : Number(perSecond.toPrecision(3)));
const count = (value: number | null, bound: Bound): string =>
  value === null ? '?' : `${value === 0 ? '' : marks[bound]}${value.toLocaleString('en')}`;
const time = (ns: number | null): string => (ns === null ? '?' : formatNs(ns));
const signed = (ns: number): string => (ns < 0 ? `−${formatNs(-ns)}` : `+${formatNs(ns)}`);

function countRow(change: CountChange): string[] {
  const { before_per_second: from, after_per_second: to, after_interval: may, bounds } = change;
  const noise =
    may === null || from === null || to === null
      ? WORDS[change.change]
      : `${WORDS[change.change]}: ${rate(from)}/s → ${rate(to)}/s, which may be ${rate(may.low)} to ${rate(may.high)}/s`;
  return [
    NAMES[change.figure],
    count(change.before, bounds[0]),
    count(change.after, bounds[1]),
    relative(from, to),
    change.before === 0 && change.after === 0 ? 'no' : noise,
  ];
}

function waitRow(change: WaitChange): string[] {
  const { difference } = change;
  const by = difference === null ? '' : `: by ${signed(difference.low)} to ${signed(difference.high)}`;
  return [
    NAMES[change.figure],
    time(change.before),
    time(change.after),
    relative(change.before, change.after),
    change.change === 'unsure' ? WORDS.unsure : `${WORDS[change.change]}${by}`,
  ];
}

function figureRow({ figure, before, after }: FigureChange): string[] {
  const shown = (value: number | null): string =>
    figure === 'depth_max' ? (value === null ? '?' : String(value)) : time(value);
  return [NAMES[figure], shown(before), shown(after), relative(before, after), 'one number a side'];
}

const isBad = (place: PlaceChange): boolean =>
  place.waits.some(({ change }) => change === 'more') ||
  place.counts.some(
    ({ figure, change }) => (figure === 'overflows' || figure === 'syn_retransmits') && change === 'more',
  );

/** What is more than noise, in a line. */
function headline(place: PlaceChange): string {
  const changed = [...place.counts, ...place.waits].filter(({ change }) => change === 'more' || change === 'less');
  if (changed.length === 0) return 'nothing measured differs by more than noise';
  return changed.map(({ figure, change }) => `${NAMES[figure]} ${change === 'more' ? 'up' : 'down'}`).join(', ');
}

function* placeLines(place: PlaceChange, style: TextStyle): Generator<string> {
  const by = place.matched_by === 'only' ? 'the only one there' : 'matched by its port';
  const was = place.place_before === place.place ? '' : ` (before: ${place.place_before}, ${by})`;
  const heading = escapeText(`${place.place}${was}: ${headline(place)}`);
  yield* wrap(heading, style.width).map((line) => paint(style, isBad(place) ? 'red' : 'bold', line));
  for (const { what, before, after } of place.settings)
    yield* wrap(escapeText(`${what}: ${before ?? 'not known'} → ${after ?? 'not known'}`), style.width, '  ');
  const rows = [
    ...place.counts.filter(({ before, after }) => before !== null || after !== null).map(countRow),
    ...place.waits.filter(({ before, after }) => before !== null || after !== null).map(waitRow),
    ...place.figures.filter(({ before, after }) => before !== null || after !== null).map(figureRow),
  ];
  const [head, ...lines] = table(COLUMNS, rows);
  yield paint(style, 'dim', head);
  yield* lines;
}

function* gateLines({ gate, places }: Comparison, style: TextStyle): Generator<string> {
  yield '';
  if (places.length === 0)
    yield paint(style, 'red', 'gate: failed, no listener is on both sides: nothing could be compared');
  for (const { condition, place, after, outcome } of gate) {
    const told = {
      failed: `failed: ${condition} at ${place}`,
      undecided: `failed: ${condition} at ${place} cannot be decided, ${after === null ? 'the figure after is not known' : 'the figure before is not known'}`,
      noise: `passed: ${condition} at ${place} holds, but by no more than noise`,
      passed: `passed: ${condition} at ${place}`,
    }[outcome];
    const bad = outcome === 'failed' || outcome === 'undecided';
    yield* wrap(escapeText(`gate: ${told}`), style.width).map((line) => paint(style, bad ? 'red' : 'green', line));
  }
}

export function* compareText(comparison: Comparison, gated: boolean, style: TextStyle): Generator<string> {
  const { places, gone, appeared, before, after } = comparison;
  if (places.length === 0) yield 'No listener is on both sides.';
  for (const [k, place] of places.entries()) {
    if (k > 0) yield '';
    yield* placeLines(place, style);
  }
  for (const [word, names] of [
    ['Only before', gone],
    ['Only after', appeared],
  ] as const)
    if (names.length > 0) yield* ['', ...wrap(escapeText(`${word}: ${names.join(', ')}.`), style.width)];
  if (gated) yield* gateLines(comparison, style);
  yield '';
  for (const [word, { captures }] of [
    ['Before', before],
    ['After', after],
  ] as const)
    for (const { path, duration_ns, gaps } of captures) {
      const lost = gaps === 0 ? '' : `, events lost in ${plural(gaps, 'gap')}`;
      yield* wrap(escapeText(`${word}: ${path}, ${formatNs(duration_ns)}${lost}.`), style.width).map((line) =>
        paint(style, 'dim', line),
      );
    }
  yield* wrap(
    `Waits by a bootstrap of blocks, counts by Poisson's law made wider for bursts, ${comparison.confidence * 100} % sure: the noise within a recording, not between runs.`,
    style.width,
  ).map((line) => paint(style, 'dim', line));
}
