// One place of a comparison: what changed, what is noise, what is unsure, and every figure with its interval.
import type { CountChange, Interval, PlaceChange, WaitChange } from '../../../core/compare/model.ts';
import type { JudgedPlace, Measured } from '../../../core/compare/verdict.ts';
import {
  changeText,
  changeWithInterval,
  differenceOf,
  figureValue,
  growthOf,
  JUDGED,
  NAMES,
  placeHeadline,
  rate,
  relative,
  sideValue,
  unsureText,
  WORDS,
} from '../compare-words.ts';
import { intervalPicture, intervalScale } from './interval-picture.ts';
import { html, type Markup } from './markup.ts';

const isKnown = ({ before, after }: { before: unknown; after: unknown }): boolean => before !== null || after !== null;

function list(title: string, kind: string, figures: readonly Measured[], text: (of: Measured) => string): Markup {
  return html`<div class="${kind}"><h3>${title}</h3>${
    figures.length === 0
      ? html`<p class="note">nothing</p>`
      : html`<ul>${figures.map((each) => html`<li>${text(each)}</li>`)}</ul>`
  }</div>`;
}

const scroll = (label: string, table: Markup): Markup =>
  html`<div class="scroll" tabindex="0" role="group" aria-label="${label}">${table}</div>`;

function settingsTable({ settings }: PlaceChange): Markup | null {
  if (settings.length === 0) return null;
  return html`<h3>Settings that changed</h3><table><thead><tr><th scope="col">Setting</th><th scope="col">Before</th><th scope="col">After</th></tr></thead><tbody>${settings.map(
    ({ what, before, after }) =>
      html`<tr><th scope="row">${what}</th><td>${before ?? 'not known'}</td><td>${after ?? 'not known'}</td></tr>`,
  )}</tbody></table>`;
}

const noise = ({ change }: Measured): Markup => html`<td class="noise ${change}">${WORDS[change]}</td>`;

const values = (change: Measured): Markup =>
  html`<td class="n">${sideValue(change, 0)}</td><td class="n">${sideValue(change, 1)}</td><td class="n">${growthOf(change)}</td>`;

function waitsTable({ place, waits }: PlaceChange, reach: number, confidence: number): Markup {
  const rows = waits.filter(isKnown).map((wait: WaitChange) => {
    const difference = differenceOf(wait);
    return html`<tr><th scope="row">${NAMES[wait.figure]}</th><td class="difference">${difference === '' ? '?' : difference}${intervalPicture(wait, reach)}</td>${noise(wait)}${values(wait)}</tr>`;
  });
  if (rows.length === 0) return html`<h3>Waits</h3><p>Not known on either side.</p>`;
  return html`<h3>Waits in the accept queue</h3>${scroll(
    `Waits at ${place}`,
    html`<table><thead><tr><th scope="col">Figure</th><th scope="col">Difference, ${confidence * 100} %${intervalScale(reach)}</th><th scope="col">More than noise?</th><th scope="col" class="n">Before</th><th scope="col" class="n">After</th><th scope="col" class="n">Change</th></tr></thead><tbody>${rows}</tbody></table>`,
  )}`;
}

const perSecond = (value: number | null, may: Interval | null): string =>
  value === null || may === null ? '?' : `${rate(value)} (${rate(may.low)} to ${rate(may.high)})`;

/** How much more uneven than by chance. */
const bursts = ({ dispersion }: CountChange): string =>
  dispersion === null
    ? 'not known'
    : dispersion <= 1
      ? 'no'
      : `×${Number(dispersion.toPrecision(3)).toLocaleString('en')}`;

function countsTable({ place, counts }: PlaceChange, confidence: number): Markup {
  const rows = counts
    .filter(isKnown)
    .map(
      (count) =>
        html`<tr><th scope="row">${NAMES[count.figure]}</th>${noise(count)}${values(count)}<td class="n">${perSecond(count.before_per_second, count.before_interval)}</td><td class="n">${perSecond(count.after_per_second, count.after_interval)}</td><td class="n">${bursts(count)}</td></tr>`,
    );
  if (rows.length === 0) return html`<h3>Counts</h3><p>Not known on either side.</p>`;
  return html`<h3>Counts</h3>${scroll(
    `Counts at ${place}`,
    html`<table><thead><tr><th scope="col">Figure</th><th scope="col">More than noise?</th><th scope="col" class="n">Before</th><th scope="col" class="n">After</th><th scope="col" class="n">Rate’s change</th><th scope="col" class="n">Before a second (${confidence * 100} %)</th><th scope="col" class="n">After a second (${confidence * 100} %)</th><th scope="col" class="n">In bursts</th></tr></thead><tbody>${rows}</tbody></table>`,
  )}`;
}

function figuresTable({ figures }: PlaceChange): Markup | null {
  const rows = figures
    .filter(isKnown)
    .map(
      ({ figure, before, after }) =>
        html`<tr><th scope="row">${NAMES[figure]}</th><td class="n">${figureValue(figure, before)}</td><td class="n">${figureValue(figure, after)}</td><td class="n">${relative(before, after)}</td></tr>`,
    );
  if (rows.length === 0) return null;
  return html`<h3>One number a side</h3><table><thead><tr><th scope="col">Figure</th><th scope="col" class="n">Before</th><th scope="col" class="n">After</th><th scope="col" class="n">Change</th></tr></thead><tbody>${rows}</tbody></table>
<p class="note">How much these vary from run to run, one recording cannot tell.</p>`;
}

function matchText({ place, place_before: was, matched_by: by }: PlaceChange): Markup | null {
  if (was === place) return null;
  return html`<p class="note">Before it was ${was}, ${by === 'only' ? 'the only listener there' : 'matched by its port'}.</p>`;
}

export function comparePlace(judged: JudgedPlace, number: number, reach: number, confidence: number): Markup {
  const { place, verdict } = judged;
  return html`<section id="place-${number}" class="place" aria-labelledby="h-place-${number}"><h2 id="h-place-${number}">${place.place} <span class="judged ${verdict.judgement}">${JUDGED[verdict.judgement]}</span></h2>
<p class="gist">${placeHeadline(judged)}</p>${matchText(place)}
<div class="told">${list(`Changed, ${confidence * 100} % sure`, 'changed', verdict.changed, changeWithInterval)}${list('No more than noise', 'same', verdict.noise, changeText)}${list('Cannot be told', 'unsure', verdict.unsure, unsureText)}</div>
${settingsTable(place)}
${waitsTable(place, reach, confidence)}
${countsTable(place, confidence)}
${figuresTable(place)}</section>`;
}
