// A comparison as Markdown, for a pull request: the verdict, the gate, each place's figures, and what it rests on.
import type { Comparison, PlaceChange, SideSummary } from '../../core/compare/model.ts';
import { type JudgedPlace, judgedPlaces, type Measured, overallOf } from '../../core/compare/verdict.ts';
import { formatNs, plural } from '../../core/report/units.ts';
import {
  changeWithInterval,
  differenceOf,
  figureValue,
  gateOutcome,
  growthOf,
  isCount,
  JUDGED,
  NAMES,
  NOTHING_COMPARED,
  overallSentence,
  placeHeadline,
  rate,
  relative,
  sideValue,
  unsureText,
  WORDS,
} from '../render/compare-words.ts';
import { markdownCode, markdownText } from '../render/escape-markdown.ts';

/** More are in --json. */
const MOST_PLACES = 10;
const MOST_GATE = 30;
const MOST_NAMES = 20;

const cells = (of: readonly string[]): string => `| ${of.map(markdownText).join(' | ')} |`;

function* gateLines({ gate, places }: Comparison): Generator<string> {
  yield* ['### Gate', ''];
  if (places.length === 0) yield* [`- **failed**, ${NOTHING_COMPARED}`];
  const results = gate.map(gateOutcome).sort((a, b) => Number(b.failed) - Number(a.failed));
  for (const { failed, text } of results.slice(0, MOST_GATE)) {
    const said = markdownText(text);
    yield `- ${failed ? `**${said}**` : said}`;
  }
  if (results.length > MOST_GATE) yield `- ${plural(results.length - MOST_GATE, 'more result')} in --json`;
  yield '';
}

const mayBe = (change: Measured): string => {
  if (!isCount(change)) return differenceOf(change);
  const { before_interval: was, after_interval: is } = change;
  return was === null || is === null
    ? ''
    : `${rate(was.low)} to ${rate(was.high)}/s → ${rate(is.low)} to ${rate(is.high)}/s`;
};

function* figureRows({ counts, waits, figures }: PlaceChange): Generator<string> {
  const isKnown = ({ before, after }: { before: number | null; after: number | null }): boolean =>
    before !== null || after !== null;
  for (const change of [...counts, ...waits].filter(isKnown))
    yield cells([
      NAMES[change.figure],
      sideValue(change, 0),
      sideValue(change, 1),
      growthOf(change),
      WORDS[change.change],
      mayBe(change),
    ]);
  for (const { figure, before, after } of figures.filter(isKnown))
    yield cells([
      NAMES[figure],
      figureValue(figure, before),
      figureValue(figure, after),
      relative(before, after),
      'one number a side',
      '',
    ]);
}

function* placeLines(judged: JudgedPlace, confidence: number): Generator<string> {
  const { place, verdict } = judged;
  yield `### ${markdownText(place.place)}: ${JUDGED[verdict.judgement].toLowerCase()}`;
  yield* ['', `${markdownText(placeHeadline(judged))}.`, ''];
  if (place.place_before !== place.place) yield* [`Before it was ${markdownText(place.place_before)}.`, ''];
  for (const change of verdict.changed) yield `- **${markdownText(changeWithInterval(change))}**`;
  for (const change of verdict.unsure) yield `- cannot be told: ${markdownText(unsureText(change))}`;
  for (const { what, before, after } of place.settings)
    yield `- ${markdownText(`${what}: ${before ?? 'not known'} → ${after ?? 'not known'}`)}`;
  yield* ['', `| Figure | Before | After | Change | More than noise? | By, or a second (${confidence * 100} %) |`];
  yield '| --- | ---: | ---: | ---: | --- | --- |';
  yield* figureRows(place);
  yield '';
}

const sideLines = (word: string, { captures }: SideSummary): string[] =>
  captures.map(({ path, sha256, kernel, duration_ns: duration, gaps }) => {
    const parts = [
      `${word}: ${markdownCode(path)}`,
      ...(kernel === null ? [] : [`Linux ${markdownText(kernel)}`]),
      formatNs(duration),
      gaps === 0 ? 'none reported lost' : `events lost in ${plural(gaps, 'gap')}`,
      ...(sha256 === null ? [] : [`sha256 ${markdownCode(sha256)}`]),
    ];
    return `- ${parts.join('; ')}`;
  });

function names(title: string, of: readonly string[]): string[] {
  if (of.length === 0) return [];
  const more = of.length - MOST_NAMES;
  return [`${title}: ${markdownText(of.slice(0, MOST_NAMES).join(', '))}${more > 0 ? ` and ${more} more` : ''}.`, ''];
}

/** Lines without their line feeds. Headings begin at the third level: a pull request has its own. */
export function* compareMarkdown(comparison: Comparison, gated: boolean): Generator<string> {
  const judged = judgedPlaces(comparison.places);
  const overall = overallOf(judged);
  yield* [`**${markdownText(overallSentence(judged, overall))}**`, ''];
  if (gated) yield* gateLines(comparison);
  for (const each of judged.slice(0, MOST_PLACES)) yield* placeLines(each, comparison.confidence);
  const more = judged.length - MOST_PLACES;
  if (more > 0) yield* [`${plural(more, 'more place')} in --json.`, ''];
  yield* names('Only before', comparison.gone);
  yield* names('Only after', comparison.appeared);
  yield* ['### Made from', '', ...sideLines('Before', comparison.before), ...sideLines('After', comparison.after)];
  yield `- ${markdownText(comparison.generated_by)}; ${comparison.confidence * 100} % sure, of the noise within a recording, not between runs`;
}
