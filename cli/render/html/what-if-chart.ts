// A figure of a replay over the backlog, as a picture without a script: axes, a point for each setting tried, what was captured and what is recommended.
import type { WhatIfCurve, WhatIfPoint } from '../../../core/report/model.ts';
import { html, type Markup } from './markup.ts';

const WIDTH = 400;
const HEIGHT = 230;
const LEFT = 62;
const RIGHT = 14;
const TOP = 40;
const BOTTOM = 42;
/** Labels on the axis stand no closer. */
const CLOSEST = 34;

export interface Chart {
  readonly title: string;
  readonly value: (point: WhatIfPoint) => number | null;
  readonly format: (value: number) => string;
}

/** Lengths are doubled from point to point. */
const scaled = (backlog: number): number => Math.log2(backlog + 1);

/** A round number, at least so much, whose half is one too. */
function roundUp(value: number): number {
  if (value <= 2) return 2;
  const size = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 4, 6, 10].find((step) => value <= step * size * (1 + 1e-9)) ?? 10) * size;
}

interface Scale {
  readonly x: (backlog: number) => number;
  readonly y: (value: number) => number;
  readonly most: number;
}

function scaleOf({ points, captured }: WhatIfCurve, { value }: Chart): Scale {
  const all = captured === undefined ? points : [...points, captured];
  const places = all.map(({ backlog }) => scaled(backlog));
  const [first, last] = [Math.min(...places), Math.max(...places)];
  const span = last - first;
  const most = roundUp(Math.max(...all.map((point) => value(point) ?? 0)));
  return {
    x: (backlog) =>
      span === 0 ? (LEFT + WIDTH - RIGHT) / 2 : LEFT + ((scaled(backlog) - first) / span) * (WIDTH - LEFT - RIGHT),
    y: (of) => HEIGHT - BOTTOM - (of / most) * (HEIGHT - TOP - BOTTOM),
    most,
  };
}

/** Lines between what is known; a gap where a setting let nobody in, so that nobody waited. */
function lines(points: readonly WhatIfPoint[], { value }: Chart, { x, y }: Scale): Markup[] {
  const runs: string[][] = [[]];
  for (const point of points) {
    const known = value(point);
    if (known === null) runs.push([]);
    else runs[runs.length - 1].push(`${x(point.backlog).toFixed(1)},${y(known).toFixed(1)}`);
  }
  return runs.filter((run) => run.length > 1).map((run) => html`<polyline points="${run.join(' ')}"/>`);
}

function axes(points: readonly WhatIfPoint[], { title, format }: Chart, { x, y, most }: Scale): Markup {
  const base = HEIGHT - BOTTOM;
  const ticks = [0, most / 2, most].map(
    (value) =>
      html`<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(value).toFixed(1)}" y2="${y(value).toFixed(1)}"/><text x="${LEFT - 6}" y="${(y(value) + 4).toFixed(1)}" text-anchor="end">${format(value)}</text>`,
  );
  let taken = Number.NEGATIVE_INFINITY;
  const labels = points.flatMap(({ backlog }) => {
    const at = x(backlog);
    if (at - taken < CLOSEST) return [];
    taken = at;
    return [html`<text x="${at.toFixed(1)}" y="${base + 16}" text-anchor="middle">${backlog}</text>`];
  });
  return html`${ticks}${labels}<text class="axis" x="${LEFT}" y="12">${title}</text><text class="axis" x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 6}" text-anchor="middle">backlog</text>`;
}

/** A line over the whole height, its name above it. */
function mark(kind: 'captured' | 'recommended', text: string, at: number, row: number): Markup {
  const end = at > WIDTH - 110;
  return html`<line class="${kind}" x1="${at.toFixed(1)}" x2="${at.toFixed(1)}" y1="${row + 3}" y2="${HEIGHT - BOTTOM}"/><text class="${kind}" x="${(at + (end ? -4 : 4)).toFixed(1)}" y="${row}"${end ? html` text-anchor="end"` : null}>${text}</text>`;
}

export function whatIfChart(curve: WhatIfCurve, chart: Chart): Markup {
  const { points, captured, recommended } = curve;
  const scale = scaleOf(curve, chart);
  const { x, y } = scale;
  const own = captured === undefined ? null : chart.value(captured);
  const [first, last] = [points[0], points[points.length - 1]];
  const told = (point: WhatIfPoint): string => {
    const value = chart.value(point);
    return value === null ? 'nobody got in' : chart.format(value);
  };
  const label = `${chart.title} over backlog, from ${told(first)} at ${first.backlog} to ${told(last)} at ${last.backlog}${captured === undefined ? '' : `; ${told(captured)} as captured`}. The table has the numbers.`;
  return html`<svg class="curve" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${label}">${axes(points, chart, scale)}${
    captured === undefined ? null : mark('captured', `captured ${captured.backlog}`, x(captured.backlog), 37)
  }${
    recommended === undefined || recommended === null
      ? null
      : mark('recommended', `recommended ${recommended}`, x(recommended), 24)
  }${lines(points, chart, scale)}${points.map((point) => {
    const value = chart.value(point);
    return value === null
      ? null
      : html`<circle cx="${x(point.backlog).toFixed(1)}" cy="${y(value).toFixed(1)}" r="3"><title>${`backlog ${point.backlog}: ${chart.format(value)}`}</title></circle>`;
  })}${
    captured === undefined || own === null
      ? null
      : html`<rect class="captured" x="${(x(captured.backlog) - 4.5).toFixed(1)}" y="${(y(own) - 4.5).toFixed(1)}" width="9" height="9"/>`
  }</svg>`;
}
