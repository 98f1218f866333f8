// What other settings would have done, where a replay is in the report: overflows and waits over the backlog, and how far to trust it.
import { listenerName } from '../../../core/report/finding/about.ts';
import type { Report, WhatIfCurve, WhatIfPoint } from '../../../core/report/model.ts';
import { formatNs, plural } from '../../../core/report/units.ts';
import { html, type Markup } from './markup.ts';
import { type Chart, whatIfChart } from './what-if-chart.ts';

/** More are in the replay's --json. */
const MOST_CURVES = 6;

const CHARTS: readonly Chart[] = [
  {
    title: 'overflows',
    value: ({ overflows }) => overflows,
    format: (value) => (Number.isInteger(value) ? value.toLocaleString('en') : value.toFixed(1)),
  },
  {
    title: 'wait p99',
    value: ({ wait_p99_ns: wait }) => wait,
    format: (value) => (value === 0 ? '0' : formatNs(value)),
  },
];

const isSame = (a: WhatIfPoint, b: WhatIfPoint): boolean =>
  a.overflows === b.overflows && a.wait_p99_ns === b.wait_p99_ns;

/** From some length on a longer queue changes nothing: of those the first two are shown. */
function shownPoints({ points, recommended, captured }: WhatIfCurve): readonly WhatIfPoint[] {
  const last = points[points.length - 1];
  const settled = points.findIndex((_, k) => points.slice(k).every((point) => isSame(point, last)));
  const needed = Math.max(recommended ?? 0, captured?.backlog ?? 0);
  return points.filter(({ backlog }, k) => k <= settled + 1 || backlog <= needed);
}

function remarks({ captured, recommended }: WhatIfCurve, point: WhatIfPoint): string {
  const { backlog, capacity, meets_target: meets } = point;
  const said = [
    ...(backlog === recommended ? ['smallest that meets the target'] : meets === true ? ['meets the target'] : []),
    ...(captured !== undefined && backlog === captured.backlog && isSame(point, captured) ? ['as captured'] : []),
    ...(capacity !== undefined && capacity <= backlog
      ? [`clamped: the queue holds ${capacity.toLocaleString('en')}`]
      : []),
  ];
  return said.join('; ');
}

const wait = (ns: number | null): string => (ns === null ? '–' : formatNs(ns));

function table(curve: WhatIfCurve, points: readonly WhatIfPoint[]): Markup {
  const remarked = points.some((point) => remarks(curve, point) !== '');
  return html`<div class="scroll" tabindex="0" role="group" aria-label="Table of backlogs"><table><thead><tr><th scope="col" class="n">Backlog</th><th scope="col" class="n">Overflows</th><th scope="col" class="n">Wait p99</th>${remarked ? html`<th scope="col">Remark</th>` : null}</tr></thead><tbody>${points.map(
    (point) =>
      html`<tr><th scope="row" class="n">${point.backlog}</th><td class="n">${point.overflows}</td><td class="n">${wait(point.wait_p99_ns)}</td>${remarked ? html`<td>${remarks(curve, point)}</td>` : null}</tr>`,
  )}</tbody></table></div>`;
}

const fitValue = (figure: string, value: number): string =>
  figure.startsWith('wait') ? formatNs(value) : value.toLocaleString('en');

function fitTable({ fit }: WhatIfCurve): Markup | null {
  if (fit === undefined || fit.length === 0) return null;
  return html`<h4>The replay under the captured settings, held against the capture</h4><div class="scroll" tabindex="0" role="group" aria-label="How well the replay fits"><table class="fit"><thead><tr><th scope="col">Figure</th><th scope="col" class="n">Recorded</th><th scope="col" class="n">Replayed</th><th scope="col" class="n">Error</th></tr></thead><tbody>${fit.map(
    ({ figure, recorded, replayed, error }) =>
      html`<tr><th scope="row">${figure.replaceAll('_', ' ')}</th><td class="n">${fitValue(figure, recorded)}</td><td class="n">${fitValue(figure, replayed)}</td><td class="n">${error === 0 ? '0 %' : `${error > 0 ? '+' : '−'}${Math.abs(error * 100).toFixed(1)} %`}</td></tr>`,
  )}</tbody></table></div>`;
}

function gist({ recommended, target, captured, points }: WhatIfCurve): Markup | null {
  if (target === undefined || captured === undefined) return null;
  const told = ({ overflows, wait_p99_ns }: WhatIfPoint): string =>
    `${plural(overflows, 'overflow')}, wait p99 ${wait(wait_p99_ns)}`;
  const own = `as captured (${captured.backlog} in force) ${told(captured)}`;
  const chosen = points.find(({ backlog }) => backlog === recommended);
  const other = points.find(({ meets_target }) => meets_target === true);
  return html`<p class="gist">${
    chosen !== undefined
      ? `A backlog of ${chosen.backlog} is the smallest setting tried that meets ${target}: ${told(chosen)}; ${own}.`
      : other !== undefined
        ? `A backlog of ${other.backlog} meets ${target} too: ${told(other)}; ${own}.`
        : `None of these backlogs meets ${target}; ${own}.`
  }</p>`;
}

function curveMarkup(curve: WhatIfCurve): Markup {
  const shown = shownPoints(curve);
  const drawn = { ...curve, points: shown };
  const more = curve.points.length - shown.length;
  return html`${curve.variant === undefined ? null : html`<h4>${`With ${curve.variant}`}</h4>`}${gist(curve)}
<div class="figures">${CHARTS.map((chart) => whatIfChart(drawn, chart))}</div>
${table(curve, shown)}${more > 0 ? html`<p class="note">${plural(more, 'backlog')} more, up to ${curve.points[curve.points.length - 1].backlog}, with what the last line has.</p>` : null}`;
}

/** Curves of one listener come of one replay, and have its note and fit in common. */
export function whatIfSection({ what_if: all, listeners }: Report): Markup | null {
  const curves = (all ?? []).filter(({ points }) => points.length > 0);
  if (curves.length === 0) return null;
  const ids = [...new Set(curves.map(({ listener }) => listener))];
  return html`<section id="what-if" aria-labelledby="h-what-if"><h2 id="h-what-if">With another backlog</h2>
${ids.map((id) => {
  const listener = listeners.find((each) => each.id === id);
  const own = curves.filter((curve) => curve.listener === id);
  const more = own.length - MOST_CURVES;
  return html`<h3>${listener === undefined ? `listener ${id}` : listenerName(listener)}, replayed in the model of the kernel</h3>
${own.slice(0, MOST_CURVES).map(curveMarkup)}${more > 0 ? html`<p class="note">${plural(more, 'combination')} more in the replay’s --json.</p>` : null}
${fitTable(own[0])}${own[0].note === null ? null : html`<p class="note">${own[0].note}</p>`}`;
})}</section>`;
}
