// The page's script: puts the charts into their figures, and makes tables, zoom and theme work.
import type { ListenerSeries } from '../../../../core/report/series/model.ts';
import type { ChartData } from '../page-model.ts';
import { axisTime, roundStep } from './axes.ts';
import type { Chart, ChartContext } from './chart.ts';
import { depthChart } from './depth-chart.ts';
import { heatChart } from './heat-chart.ts';
import { histogramChart } from './histogram-chart.ts';
import { lanesChart } from './lanes-chart.ts';
import { Plot } from './plot.ts';
import { ratesChart } from './rates-chart.ts';
import { wireTables } from './tables.ts';
import { wireTheme } from './theme.ts';
import { View } from './view.ts';

const { captures, series } = JSON.parse(document.getElementById('data')?.textContent ?? '{}') as ChartData;

function chartOf(kind: string, context: ChartContext): Chart | null {
  const { waits, handshakes } = context.series;
  if (kind === 'depth') return depthChart(context);
  if (kind === 'rates') return ratesChart(context);
  if (kind === 'lanes') return lanesChart(context);
  if (kind === 'waits' && waits !== null) return heatChart(waits, context);
  if (kind === 'histogram' && waits !== null) return histogramChart(waits);
  return kind === 'handshakes' && handshakes !== null ? heatChart(handshakes, context) : null;
}

const views = new Map(captures.map(({ id, duration }) => [id, new View({ from: 0, to: duration })]));
const plots: { readonly plot: Plot; readonly capture: number }[] = [];
/** Which capture's view the buttons work on: the one last used. */
let current = captures[0]?.id ?? 0;
const tools = document.querySelector<HTMLElement>('.tools');
const told = document.getElementById('window');

function tell(): void {
  const view = views.get(current);
  if (view === undefined || told === null) return;
  const { from, to } = view.span;
  const step = roundStep((to - from) / 50);
  told.textContent = `${axisTime(from, step)} to ${axisTime(to, step)}${view.isAll ? ' (all)' : ''}`;
}

function mount(each: ListenerSeries): void {
  const view = views.get(each.capture);
  if (view === undefined) return;
  const lost = captures.find(({ id }) => id === each.capture)?.lost ?? [];
  for (const figure of document.querySelectorAll<HTMLElement>(`figure[data-listener="${each.listener}"]`)) {
    const chart = chartOf(figure.dataset.kind ?? '', { series: each, lost });
    if (chart === null) continue;
    const point = (at: number | null): void => {
      for (const { plot, capture } of plots) if (capture === each.capture) plot.point(at);
    };
    plots.push({ plot: new Plot(figure, chart, view, lost, point), capture: each.capture });
  }
}

const MOVES: Readonly<Record<string, (view: View) => void>> = {
  in: (view) => view.zoom(0.5),
  out: (view) => view.zoom(2),
  left: (view) => view.move(-0.4),
  right: (view) => view.move(0.4),
  all: (view) => view.reset(),
};

function wireTools(): void {
  if (tools !== null) tools.hidden = plots.length === 0;
  for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-move]')) {
    button.addEventListener('click', () => {
      const view = views.get(current);
      if (view !== undefined) MOVES[button.dataset.move ?? 'all'](view);
    });
  }
}

/** A finding's moment, with as much before and after it as it lasted, or a fiftieth of the capture. */
function wireFindings(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>('button.show')) {
    const { capture, listener, from, to } = button.dataset;
    const view = views.get(Number(capture));
    const charts = document.getElementById(`listener-${listener}`) as HTMLDetailsElement | null;
    if (view === undefined || charts === null) continue;
    button.hidden = false;
    button.addEventListener('click', () => {
      charts.open = true;
      const [start, end] = [Number(from), Number(to)];
      const margin = Math.max(end - start, (view.all.to - view.all.from) / 50);
      view.show({ from: start - margin, to: end + margin });
      charts.scrollIntoView();
      charts.querySelector<HTMLElement>('.plot')?.focus({ preventScroll: true });
    });
  }
}

/** A link to a listener unfolds its charts. */
function unfold(): void {
  const target = /^#listener-\d+$/.test(location.hash) ? document.querySelector(location.hash) : null;
  if (target instanceof HTMLDetailsElement) target.open = true;
}

for (const each of series) mount(each);
for (const [id, view] of views) {
  view.watch(() => {
    current = id;
    tell();
    for (const { plot, capture } of plots) if (capture === id) plot.draw();
  });
}
wireTables();
wireTools();
wireFindings();
wireTheme(() => {
  for (const { plot } of plots) plot.draw();
});
addEventListener('hashchange', unfold);
unfold();
tell();
