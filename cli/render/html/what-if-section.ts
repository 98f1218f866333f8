// What other settings would have done, where a replay is in the report.
import { listenerName } from '../../../core/report/finding/about.ts';
import type { Report, WhatIfCurve } from '../../../core/report/model.ts';
import { formatNs } from '../../../core/report/units.ts';
import { html, type Markup } from './markup.ts';

const WIDTH = 640;
const HEIGHT = 160;

/** Overflows over backlog, as a line; drawn once, so that it is there without a script. */
function curve({ points }: WhatIfCurve): Markup {
  const most = Math.max(1, ...points.map(({ overflows }) => overflows));
  const x = (k: number): string => ((k / Math.max(1, points.length - 1)) * WIDTH).toFixed(1);
  const path = points.map(({ overflows }, k) => `${x(k)},${(HEIGHT - (overflows / most) * HEIGHT).toFixed(1)}`);
  return html`<svg class="curve" viewBox="-4 -4 ${WIDTH + 8} ${HEIGHT + 8}" role="img" aria-label="Overflows over backlog: the table has the numbers"><polyline points="${path.join(' ')}"/></svg>`;
}

export function whatIfSection({ what_if: curves, listeners }: Report): Markup | null {
  if (curves === undefined || curves.length === 0) return null;
  return html`<section id="what-if" aria-labelledby="h-what-if"><h2 id="h-what-if">With another backlog</h2>
${curves.map((each) => {
  const listener = listeners.find(({ id }) => id === each.listener);
  return html`<h3>${listener === undefined ? `listener ${each.listener}` : listenerName(listener)}</h3>
${curve(each)}<table><thead><tr><th scope="col" class="n">Backlog</th><th scope="col" class="n">Overflows</th><th scope="col" class="n">Wait p99</th></tr></thead><tbody>${each.points.map(
    (point) =>
      html`<tr><td class="n">${point.backlog}</td><td class="n">${point.overflows}</td><td class="n">${point.wait_p99_ns === null ? '–' : formatNs(point.wait_p99_ns)}</td></tr>`,
  )}</tbody></table>${each.note === null ? null : html`<p class="note">${each.note}</p>`}`;
})}</section>`;
}
