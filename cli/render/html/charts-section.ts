// The figures of each listener: what they show in words, what taints them, and the place the script draws into.
import { sureness } from '../../../core/report/answers.ts';
import type { Bound, ListenerReport } from '../../../core/report/model.ts';
import type { ListenerSeries } from '../../../core/report/series/model.ts';
import { formatNs, formatPercent, plural } from '../../../core/report/units.ts';
import { distinctName } from './distinct-name.ts';
import { html, type Markup } from './markup.ts';
import type { PageModel } from './page-model.ts';

const WORTH: Readonly<Record<Bound, string>> = {
  exact: 'exact',
  lower: 'lower bound: events are missing',
  estimate: 'estimate: events missing or start unseen',
  unknown: 'not in this capture',
};

interface Figure {
  readonly kind: string;
  readonly title: string;
  /** What it shows, in words: the text alternative. */
  readonly words: string;
  readonly bound: Bound;
  /** Over the whole width. */
  readonly wide?: boolean;
}

const quantiles = ({ count, p50, p90, p99, max }: ListenerReport['wait_ns']): string =>
  count === 0 || p50 === null
    ? 'None ended in accept().'
    : `Of ${plural(count, 'connection')} half waited ${formatNs(p50)} or less; p90 ${formatNs(p90 ?? 0)}, p99 ${formatNs(p99 ?? 0)}, longest ${formatNs(max ?? 0)}.`;

function depthWords({ depth, backlog, overflows }: ListenerReport, { stalls }: ListenerSeries): string {
  const full =
    depth.at_capacity_ns === null || depth.at_capacity_ns === 0 ? '' : ` Full for ${formatNs(depth.at_capacity_ns)}.`;
  const drops =
    overflows.count === null
      ? ' Overflows are not known.'
      : overflows.count === 0
        ? ' No overflow shows.'
        : ` ${overflows.bound === 'exact' ? '' : 'At least '}${plural(overflows.count, 'overflow')}, marked in red above.`;
  const paused = stalls.length === 0 ? '' : ` Shaded: ${plural(stalls.length, 'time')} in which nobody accepted.`;
  const mean = depth.mean === null ? '?' : Number(depth.mean.toPrecision(3));
  return `At most ${depth.max} waited${backlog.capacity === null ? '; the capacity is not known' : ` of ${backlog.capacity} that fit`}; mean ${mean}, p99 ${depth.p99 ?? '?'}.${full}${drops}${paused}`;
}

function handshakes(late: ListenerSeries['late'], bound: Bound): Figure {
  const cost =
    late.count === 0
      ? 'No client on the host had to send a SYN again and got in.'
      : `${plural(late.count, 'connection')} got in only after sending the SYN again: ${formatNs(late.total_ns)} lost in all, ${formatNs(late.longest_ns)} at the longest.`;
  return {
    kind: 'handshakes',
    title: 'First SYN to queue: what retransmissions cost',
    words: `${cost} Clients on this host only. Darker: more connections.`,
    bound,
  };
}

function lanes(listener: ListenerReport): Figure {
  const busiest = [...listener.acceptors].sort((a, b) => b.accepted - a.accepted)[0];
  const share = listener.accepted === 0 ? 0 : busiest.accepted / listener.accepted;
  const stalled =
    listener.pauses.count === 0
      ? ''
      : ` Shaded: nobody accepted while some waited, ${formatNs(listener.pauses.longest_ns)} at the longest.`;
  return {
    kind: 'lanes',
    title: 'Who accepted when',
    words: `${plural(listener.acceptors.length, 'task')}; the busiest, ${busiest.comm ?? '?'} ${busiest.tid}, took ${formatPercent(share)}.${stalled}`,
    bound: listener.bounds.accepted,
  };
}

function figures(listener: ListenerReport, series: ListenerSeries): Figure[] {
  const { bounds } = listener;
  const list: Figure[] = [];
  if (series.depth !== null)
    list.push({ kind: 'depth', title: 'Accept queue', words: depthWords(listener, series), bound: bounds.depth });
  if (series.waits !== null) {
    const words = quantiles(listener.wait_ns);
    list.push(
      { kind: 'waits', title: 'Waits over time', words: `${words} Darker: more connections.`, bound: bounds.wait },
      { kind: 'histogram', title: 'Waits in the time shown', words, bound: bounds.wait },
    );
  }
  if (series.depth !== null) {
    list.push({
      kind: 'rates',
      title: 'Arrivals against accepts',
      words: `${plural(listener.enqueued, 'connection')} arrived, ${listener.accepted.toLocaleString('en')} accepted; per second of the time shown.`,
      bound: bounds.enqueued,
      wide: series.handshakes === null,
    });
  }
  if (series.handshakes !== null) list.push(handshakes(series.late, bounds.enqueued));
  if (series.lanes.length > 0) list.push(lanes(listener));
  return list;
}

function figure({ kind, title, words, bound, wide }: Figure, listener: number, taint: string, place: string): Markup {
  const id = `${place}-${listener}-${kind}`;
  return html`<figure class="chart${wide === true ? ' wide' : ''}" data-kind="${kind}" data-listener="${listener}">
  <figcaption><h4 id="${id}">${title}</h4> <span class="bound ${bound}" title="${taint}">${WORTH[bound]}</span>
  <p id="${id}-w">${words}</p></figcaption>
  <div class="plot" tabindex="0" role="group" aria-labelledby="${id}" aria-describedby="${id}-w keys"><canvas role="img" aria-labelledby="${id}-w"></canvas></div>
  <p class="readout" aria-hidden="true"></p>
  <details class="numbers"><summary>${title} in numbers</summary><div class="scroll" tabindex="0" role="group" aria-label="${title} in numbers"></div></details>
</figure>`;
}

function listenerCharts(listener: ListenerReport, series: ListenerSeries, model: PageModel, open: boolean): Markup {
  const { report } = model;
  const capture = report.captures.find(({ id }) => id === listener.capture);
  const all = figures(listener, series);
  const taint = sureness(listener, capture);
  return html`<details class="listener" id="listener-${listener.id}" data-capture="${listener.capture}"${open ? html` open` : null}>
<summary><h3>${distinctName(listener, report.listeners)}</h3>${report.captures.length > 1 ? html` <span class="note">capture ${listener.capture}, ${capture?.path ?? ''}</span>` : null}</summary>
<p class="note">${taint}${model.lost.some(({ capture: id }) => id === listener.capture) ? ' Yellow at the foot of a chart: records were lost there.' : ''}</p>
${all.length === 0 ? html`<p>The capture shows neither its queue nor who accepted.</p>` : null}
<div class="figures">${all.map((each) => figure(each, listener.id, taint, 'f'))}</div></details>`;
}

/** The accept queue of the listener that the verdict is about, for the first screen; null where it does not show. */
export function glance({ report, series }: PageModel): Markup | null {
  const listener = report.listeners.find(({ id }) => id === report.verdict.listener);
  const own = series.find((each) => each.listener === listener?.id);
  if (listener === undefined || own === undefined || own.depth === null) return null;
  const capture = report.captures.find(({ id }) => id === listener.capture);
  const title = `Accept queue of ${distinctName(listener, report.listeners)}`;
  const words = depthWords(listener, own);
  return figure(
    { kind: 'depth', title, words, bound: listener.bounds.depth, wide: true },
    listener.id,
    sureness(listener, capture),
    'g',
  );
}

export function chartsSection(model: PageModel): Markup {
  const { report, series } = model;
  if (series.length === 0) return html`<section id="charts"><h2>Charts</h2><p>There is nothing to draw.</p></section>`;
  const more = report.listeners.length - series.length;
  return html`<section id="charts" aria-labelledby="h-charts"><h2 id="h-charts">Charts</h2>
<div class="tools" hidden><span id="window" role="status">all</span>
<button type="button" data-move="out" aria-label="Zoom out">−</button><button type="button" data-move="in" aria-label="Zoom in">+</button><button type="button" data-move="left" aria-label="Earlier">←</button><button type="button" data-move="right" aria-label="Later">→</button><button type="button" data-move="all">All</button>
<span class="note" id="keys">Drag across a chart to zoom all of them; keys: ← → move, + − zoom, 0 all.</span></div>
<noscript><p>Charts are drawn by a script; the words above each say the same.</p></noscript>
${series.map((each, k) => {
  const listener = report.listeners.find(({ id }) => id === each.listener);
  return listener === undefined ? null : listenerCharts(listener, each, model, k === 0);
})}
${more > 0 ? html`<p class="note">${more} quieter listeners have no charts here; --listener picks one.</p>` : null}</section>`;
}
