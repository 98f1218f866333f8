// What the gate of a comparison said, failures first.
import type { Comparison, GateResult } from '../../../core/compare/model.ts';
import { plural } from '../../../core/report/units.ts';
import { gateOutcome, gateValue, NOTHING_COMPARED } from '../compare-words.ts';
import { html, type Markup } from './markup.ts';

/** More are in --json. */
const MOST_ROWS = 200;

const WORDS: Readonly<Record<GateResult['outcome'], string>> = {
  failed: 'failed',
  undecided: 'failed: not decided',
  noise: 'passed: no more than noise',
  passed: 'passed',
};

function row(result: GateResult): Markup {
  const { condition, place, before, after, threshold, outcome } = result;
  return html`<tr><td class="outcome ${gateOutcome(result).failed ? 'failed' : 'passed'}">${WORDS[outcome]}</td><th scope="row"><code>${condition}</code></th><td class="where">${place}</td><td class="n">${gateValue(result, before)}</td><td class="n">${gateValue(result, after)}</td><td class="n">${gateValue(result, threshold)}</td></tr>`;
}

export function gateSection({ gate, places }: Comparison): Markup {
  const failed = (result: GateResult): number => (gateOutcome(result).failed ? 0 : 1);
  const sorted = [...gate].sort((a, b) => failed(a) - failed(b));
  const more = sorted.length - MOST_ROWS;
  return html`<section id="gate" aria-labelledby="h-gate"><h2 id="h-gate">Gate</h2>
${places.length === 0 ? html`<p class="gate failed"><strong>Gate failed</strong> ${NOTHING_COMPARED}</p>` : null}
${
  gate.length === 0
    ? null
    : html`<div class="scroll" tabindex="0" role="group" aria-label="Table of the gate"><table><thead><tr><th scope="col">Outcome</th><th scope="col">Fails on</th><th scope="col">Place</th><th scope="col" class="n">Before</th><th scope="col" class="n">After</th><th scope="col" class="n">Held against</th></tr></thead><tbody>${sorted.slice(0, MOST_ROWS).map(row)}</tbody></table></div>`
}
<p class="note">A condition that holds fails the gate, and so does one that cannot be decided. ? is not known.${more > 0 ? ` ${plural(more, 'more result')} in --json.` : ''}</p></section>`;
}
