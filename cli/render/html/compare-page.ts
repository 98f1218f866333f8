// A comparison as one HTML file: is after worse than before, in what, by how much, how sure; nothing runs in it.
import type { Comparison } from '../../../core/compare/model.ts';
import { type JudgedPlace, judgedPlaces, overallOf } from '../../../core/compare/verdict.ts';
import { plural } from '../../../core/report/units.ts';
import { JUDGED, overallSentence, placeHeadline, sideValue } from '../compare-words.ts';
import { compareHeadline } from './compare-headline.ts';
import { comparePlace } from './compare-place.ts';
import { gateSection } from './gate-section.ts';
import { reachOf } from './interval-picture.ts';
import { html, type Markup } from './markup.ts';
import { shell } from './shell.ts';
import { sidesSection } from './sides-section.ts';

/** More are in --json. */
const MOST_PLACES = 60;
const MOST_NAMES = 100;

function overview(judged: readonly JudgedPlace[]): Markup | null {
  if (judged.length < 2) return null;
  const shown = judged.slice(0, MOST_PLACES);
  return html`<section id="places" aria-labelledby="h-places"><h2 id="h-places">All places, worst first</h2>
<div class="scroll" tabindex="0" role="group" aria-label="Table of places"><table><thead><tr><th scope="col">Place</th><th scope="col">Judgement</th><th scope="col">More than noise</th><th scope="col" class="n">Overflows</th><th scope="col" class="n">Wait p50</th></tr></thead>
<tbody>${shown.map((each, k) => {
    const [overflows, p50] = [each.place.counts[0], each.place.waits[0]];
    return html`<tr><th scope="row"><a href="#place-${k + 1}">${each.place.place}</a></th><td><span class="judged ${each.verdict.judgement}">${JUDGED[each.verdict.judgement]}</span></td><td>${each.verdict.changed.length === 0 ? 'nothing' : placeHeadline(each)}</td><td class="n">${sideValue(overflows, 0)} → ${sideValue(overflows, 1)}</td><td class="n">${sideValue(p50, 0)} → ${sideValue(p50, 1)}</td></tr>`;
  })}</tbody></table></div></section>`;
}

function oneSided({ gone, appeared }: Comparison): Markup | null {
  if (gone.length + appeared.length === 0) return null;
  const list = (title: string, names: readonly string[]): Markup | null =>
    names.length === 0
      ? null
      : html`<h3>${title}</h3><ul>${names.slice(0, MOST_NAMES).map((name) => html`<li>${name}</li>`)}</ul>${names.length > MOST_NAMES ? html`<p class="note">${plural(names.length - MOST_NAMES, 'more listener')} in --json.</p>` : null}`;
  return html`<section id="one-sided" aria-labelledby="h-one-sided"><h2 id="h-one-sided">Listeners on one side only</h2>
${list('Gone: only before', gone)}${list('Appeared: only after', appeared)}</section>`;
}

function readingSection({ confidence }: Comparison): Markup {
  return html`<section id="reading" aria-labelledby="h-reading"><h2 id="h-reading">How sure this is</h2>
<p>Each interval holds the true figure with a probability of ${confidence * 100} %. Waits are compared by a bootstrap of blocks of successive waits, counts as rates by Poisson’s law, made wider where they come in bursts.</p>
<p>That is the noise within these recordings. Two runs of the same load may differ by more: record each side twice when it matters. Figures that are one number a side, as the longest wait, cannot be told from noise at all.</p>
<p class="note">≥ a lower bound, ~ an estimate around missing events, ? not known. The pictures show the difference of after and before, as a factor on before; a box across the line at 0 is no more than noise.</p></section>`;
}

/** @param gated whether there was a gate: one may have had nothing to hold */
export function comparePage(comparison: Comparison, gated: boolean, style: string): string {
  const judged = judgedPlaces(comparison.places);
  const shown = judged.slice(0, MOST_PLACES);
  const reach = reachOf(shown.flatMap(({ place }) => place.waits));
  const overall = overallOf(judged);
  const more = judged.length - shown.length;
  return shell({
    title: overallSentence(judged, overall),
    generator: comparison.generated_by,
    style,
    script: null,
    nav: [
      ...(gated ? ([['gate', 'Gate']] as const) : []),
      ...(judged.length > 1 ? ([['places', 'Places']] as const) : []),
      ...(judged.length > 0 ? ([['place-1', 'Figures']] as const) : []),
      ['reading', 'How sure'],
      ['sides', 'Recordings'],
    ],
    main: [
      compareHeadline(comparison, judged, overall, gated),
      gated ? gateSection(comparison) : null,
      overview(judged),
      ...shown.map((each, k) => comparePlace(each, k + 1, reach, comparison.confidence)),
      more > 0 ? html`<p class="note">${plural(more, 'more place')} in --json.</p>` : null,
      oneSided(comparison),
      readingSection(comparison),
      sidesSection(comparison),
    ],
    footer: `Made by ${comparison.generated_by} from what the captures hold; nothing was guessed.`,
  });
}
