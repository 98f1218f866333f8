// What a comparison rests on: the recordings of both sides.
import type { Comparison, SideSummary } from '../../../core/compare/model.ts';
import { formatNs, plural } from '../../../core/report/units.ts';
import { html, type Markup } from './markup.ts';

/** More are in --json. */
const MOST_CAPTURES = 40;

function side(title: string, { captures }: SideSummary): Markup {
  const more = captures.length - MOST_CAPTURES;
  return html`<div><h3>${title}</h3>${captures
    .slice(0, MOST_CAPTURES)
    .map(({ path, sha256, kernel, duration_ns: duration, gaps }) => {
      const facts = [
        ['Capture', path],
        ['Kernel', kernel === null ? 'not said' : `Linux ${kernel}`],
        ['Length', formatNs(duration)],
        ['Lost', gaps === 0 ? 'none reported' : `events in ${plural(gaps, 'gap')}`],
        ['SHA-256', sha256 ?? 'not read to its end'],
      ];
      return html`<dl class="facts">${facts.map(([name, value]) => html`<div${name === 'Capture' || name === 'SHA-256' ? html` class="wide"` : null}><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
    })}${more > 0 ? html`<p class="note">${plural(more, 'more capture')} in --json.</p>` : null}</div>`;
}

export const sidesSection = ({ before, after }: Comparison): Markup =>
  html`<section id="sides" aria-labelledby="h-sides"><h2 id="h-sides">What it rests on</h2><div class="sides">${side('Before', before)}${side('After', after)}</div></section>`;
