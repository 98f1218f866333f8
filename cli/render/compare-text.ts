// A comparison on a terminal: what changed first, then each place's figures before and after.
import type { Comparison, CountChange, FigureChange, PlaceChange, WaitChange } from '../../core/compare/model.ts';
import { verdictOf } from '../../core/compare/verdict.ts';
import { formatNs, plural } from '../../core/report/units.ts';
import type { TextStyle } from '../result.ts';
import {
  count,
  differenceOf,
  figureValue,
  gateOutcome,
  NAMES,
  NOTHING_COMPARED,
  placeHeadline,
  rate,
  relative,
  time,
  WORDS,
} from './compare-words.ts';
import { escapeText } from './escape.ts';
import { type Column, paint, table, wrap } from './text.ts';

const COLUMNS: readonly Column[] = [
  { title: 'FIGURE', align: 'left' },
  { title: 'BEFORE', align: 'right' },
  { title: 'AFTER', align: 'right' },
  { title: 'CHANGE', align: 'right' },
  { title: 'MORE THAN NOISE?', align: 'left' },
];

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
  const by = change.difference === null ? '' : `: by ${differenceOf(change)}`;
  return [
    NAMES[change.figure],
    time(change.before),
    time(change.after),
    relative(change.before, change.after),
    change.change === 'unsure' ? WORDS.unsure : `${WORDS[change.change]}${by}`,
  ];
}

function figureRow({ figure, before, after }: FigureChange): string[] {
  return [
    NAMES[figure],
    figureValue(figure, before),
    figureValue(figure, after),
    relative(before, after),
    'one number a side',
  ];
}

function* placeLines(place: PlaceChange, style: TextStyle): Generator<string> {
  const by = place.matched_by === 'only' ? 'the only one there' : 'matched by its port';
  const was = place.place_before === place.place ? '' : ` (before: ${place.place_before}, ${by})`;
  const verdict = verdictOf(place);
  const heading = escapeText(`${place.place}${was}: ${placeHeadline({ place, verdict })}`);
  const bad = verdict.judgement === 'worse' || verdict.judgement === 'mixed';
  yield* wrap(heading, style.width).map((line) => paint(style, bad ? 'red' : 'bold', line));
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
  if (places.length === 0) yield paint(style, 'red', `gate: failed, ${NOTHING_COMPARED}`);
  for (const result of gate) {
    const { failed, text } = gateOutcome(result);
    yield* wrap(escapeText(`gate: ${text}`), style.width).map((line) => paint(style, failed ? 'red' : 'green', line));
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
