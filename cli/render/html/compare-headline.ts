// The first screen of a comparison: the verdict, and what a reader wants to know of it.
import type { Comparison } from '../../../core/compare/model.ts';
import { isLoad, isOneSided, type JudgedPlace, type Judgement, mayBeTimes } from '../../../core/compare/verdict.ts';
import { formatNs, plural } from '../../../core/report/units.ts';
import {
  changeText,
  changeWithInterval,
  gateOutcome,
  JUDGED,
  NAMES,
  NOTHING_COMPARED,
  overallSentence,
  unsureText,
} from '../compare-words.ts';
import { html, type Markup } from './markup.ts';

/** The page's colours for what is said. */
const TONE: Readonly<Record<Judgement, string>> = {
  worse: 'critical',
  mixed: 'warning',
  better: 'ok',
  same: 'ok',
  unsure: 'warning',
};

const MOST_LINES = 8;

/** The lines, each with its place where there are several. */
function list(lines: readonly { readonly place: string; readonly text: string }[], several: boolean): Markup {
  const more = lines.length - MOST_LINES;
  return html`<ul>${lines
    .slice(0, MOST_LINES)
    .map(({ place, text }) => html`<li>${several ? `${place}: ` : ''}${text}</li>`)}${
    more > 0 ? html`<li>and ${more.toLocaleString('en')} more</li>` : null
  }</ul>`;
}

function loadText(judged: readonly JudgedPlace[]): string {
  const changed = judged.filter(({ verdict }) => verdict.load.change === 'more' || verdict.load.change === 'less');
  if (changed.length === 0)
    return judged.some(({ verdict }) => verdict.load.change === 'same')
      ? 'As many connections came, as far as can be told: no more than noise between both sides.'
      : 'How many came is not known on both sides.';
  const [{ place, verdict }] = changed;
  const where =
    judged.length === 1
      ? ''
      : ` at ${changed.length.toLocaleString('en')} of ${plural(judged.length, 'place')}, as at ${place.place}`;
  return `No${where}: ${changeText(verdict.load)}. What else changed may come from that.`;
}

function limits({ before, after }: Comparison): string[] {
  return (
    [
      ['before', before],
      ['after', after],
    ] as const
  ).flatMap(([word, { captures }]) => {
    const gaps = captures.reduce((sum, capture) => sum + capture.gaps, 0);
    return gaps === 0 ? [] : [`Events are missing in ${plural(gaps, 'gap')} of the recording ${word}`];
  });
}

/** Of what may be a change for the worse and may be nothing, what a reader must not miss. */
const caution = ({ place, verdict }: JudgedPlace): { place: string; text: string }[] =>
  verdict.unsure
    .filter((change) => isOneSided(change) || mayBeTimes(change) !== null)
    .map((change) => ({ place: place.place, text: unsureText(change) }));

const told = (judged: readonly JudgedPlace[]): string[] =>
  judged.length !== 1
    ? []
    : [
        ['No more than noise', judged[0].verdict.noise] as const,
        ['Cannot be told', judged[0].verdict.unsure] as const,
      ].flatMap(([title, figures]) =>
        figures.length === 0 ? [] : [`${title}: ${figures.map(({ figure }) => NAMES[figure]).join(', ')}.`],
      );

function gateLine({ gate, places }: Comparison): Markup {
  const failed = gate.filter((result) => gateOutcome(result).failed);
  const bad = failed.length > 0 || places.length === 0;
  const what =
    places.length === 0
      ? NOTHING_COMPARED
      : failed.length === 0
        ? `in each of ${plural(gate.length, 'check')}`
        : `${failed.length.toLocaleString('en')} of ${plural(gate.length, 'check')}: ${failed[0].condition} at ${failed[0].place}${failed.length > 1 ? ', …' : ''}`;
  return html`<p class="gate ${bad ? 'failed' : 'passed'}"><strong>Gate ${bad ? 'failed' : 'passed'}</strong> ${what} <a href="#gate">all of it</a></p>`;
}

function answers(comparison: Comparison, judged: readonly JudgedPlace[]): Markup {
  const several = judged.length > 1;
  const changed = judged.flatMap(({ place, verdict }) =>
    verdict.changed
      .filter((change) => !several || !isLoad(change))
      .map((change) => ({ place: place.place, text: changeWithInterval(change) })),
  );
  const nothing = `Nothing ${judged.some(({ verdict }) => verdict.changed.length > 0) ? 'but the load' : 'measured'} differs by more than noise.`;
  const settings = judged.flatMap(({ place }) =>
    place.settings.map(({ what, before, after }) => ({
      place: place.place,
      text: `${what}: ${before ?? 'not known'} → ${after ?? 'not known'}`,
    })),
  );
  const minded = judged.flatMap(caution);
  const length = (captures: Comparison['before']['captures']): string =>
    formatNs(captures.reduce((sum, { duration_ns }) => sum + duration_ns, 0));
  return html`<dl class="answers">
    <div class="wide change"><dt>In what, and by how much</dt><dd>${changed.length === 0 ? nothing : list(changed, several)}</dd></div>
    ${minded.length === 0 ? null : html`<div class="wide"><dt>Mind</dt><dd>${list(minded, several)}</dd></div>`}
    <div><dt>Under the same load?</dt><dd>${loadText(judged)}</dd></div>
    <div><dt>Settings that changed</dt><dd>${settings.length === 0 ? 'None that the captures show.' : list(settings, several)}</dd></div>
    <div class="wide"><dt>How sure</dt><dd>${comparison.confidence * 100} % for each figure, of the noise within ${length(comparison.before.captures)} before and ${length(comparison.after.captures)} after. ${told(judged).join(' ')}</dd></div>
  </dl>`;
}

export function compareHeadline(
  comparison: Comparison,
  judged: readonly JudgedPlace[],
  overall: Judgement,
  gated: boolean,
): Markup {
  return html`<section class="verdict ${TONE[overall]}" aria-labelledby="verdict">
  <p class="badge">${JUDGED[overall]}</p>
  <h1 id="verdict">${overallSentence(judged, overall)}</h1>
  ${gated ? gateLine(comparison) : null}
  ${limits(comparison).map((text) => html`<p class="limit">${text}.</p>`)}
  ${judged.length === 0 ? null : answers(comparison, judged)}
</section>`;
}
