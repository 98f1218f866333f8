// The table of listeners: sorts by its heads, filters by text.
import type { ListenerReport } from '../../../core/report/model.ts';
import { formatNs } from '../../../core/report/units.ts';
import { byWeight } from '../listener-table.ts';
import { distinctName } from './distinct-name.ts';
import { html, type Markup } from './markup.ts';
import type { PageModel } from './page-model.ts';

/** More are in --json. */
const MOST_ROWS = 400;

interface Cell {
  readonly text: string;
  /** What the column is sorted by. */
  readonly value: number | string;
}

/** Only where there are several. */
const CAPTURE = ['Capture', 'number of the capture, see below'] as const;

const COLUMNS: readonly (readonly [title: string, what: string])[] = [
  ['Listener', 'address and port'],
  ['Server', 'command that opened it or accepts'],
  ['Backlog', 'effective: sk_max_ack_backlog'],
  ['Longest', 'longest accept queue'],
  ['Full', 'time at capacity'],
  ['Enqueued', 'connections that entered the queue'],
  ['Accepted', 'connections that accept() took'],
  ['Dropped', 'refused for a full accept queue'],
  ['Wait p50', 'half of the waits were no longer'],
  ['Wait p99', '99 % of the waits were no longer'],
  ['Wait max', 'longest wait'],
];

const SIGN = { exact: '', lower: '≥ ', estimate: '~ ', unknown: '' } as const;

function counted(value: number | null, bound: keyof typeof SIGN): Cell {
  if (value === null || bound === 'unknown') return { text: '?', value: -1 };
  return { text: `${SIGN[bound]}${value.toLocaleString('en')}`, value };
}

function time(ns: number | null, bound: keyof typeof SIGN): Cell {
  if (ns === null || bound === 'unknown') return { text: '–', value: -1 };
  return { text: `${SIGN[bound]}${formatNs(ns)}`, value: ns };
}

function cells(listener: ListenerReport, name: string): Cell[] {
  const { backlog, depth, bounds, overflows, wait_ns: wait } = listener;
  const server = listener.opened_by?.comm ?? listener.acceptors[0]?.comm ?? '';
  const drops = overflows.count === 0 ? 'exact' : overflows.bound;
  return [
    { text: name, value: name },
    { text: server, value: server },
    backlog.effective === null
      ? { text: '?', value: -1 }
      : {
          text: `${backlog.effective}${backlog.basis === 'assumed' ? ' (assumed)' : ''}`,
          value: backlog.effective,
        },
    {
      text: bounds.depth === 'unknown' ? '?' : `${SIGN[bounds.depth]}${depth.max} of ${backlog.capacity ?? '?'}`,
      value: bounds.depth === 'unknown' ? -1 : depth.max,
    },
    time(depth.at_capacity_ns === 0 ? null : depth.at_capacity_ns, bounds.depth),
    counted(listener.enqueued, bounds.enqueued),
    counted(listener.accepted, bounds.accepted),
    counted(overflows.count, drops),
    time(wait.p50, bounds.wait),
    time(wait.p99, bounds.wait),
    time(wait.max, bounds.wait),
  ];
}

function row(listener: ListenerReport, all: readonly ListenerReport[], hasCharts: boolean): Markup {
  const [name, ...rest] = cells(listener, distinctName(listener, all));
  const several = all.some(({ capture }) => capture !== listener.capture);
  return html`<tr><th scope="row" data-v="${name.value}">${
    hasCharts ? html`<a href="#listener-${listener.id}">${name.text}</a>` : name.text
  }</th>${several ? html`<td class="n" data-v="${listener.capture}">${listener.capture}</td>` : null}${rest.map(({ text, value }, k) => html`<td${k === 0 ? null : html` class="n"`} data-v="${value}">${text}</td>`)}</tr>`;
}

export function listenersSection({ report, series }: PageModel): Markup {
  const charted = new Set(series.map(({ listener }) => listener));
  const listeners = byWeight(report.listeners);
  if (listeners.length === 0)
    return html`<section id="listeners"><h2>Listeners</h2><p>None shows in this capture.</p></section>`;
  const more = listeners.length - MOST_ROWS;
  const [first, ...others] = COLUMNS;
  const several = listeners.some(({ capture }) => capture !== listeners[0].capture);
  const heads = several ? [first, CAPTURE, ...others] : COLUMNS;
  return html`<section id="listeners" aria-labelledby="h-listeners"><h2 id="h-listeners">Listeners</h2>
<p class="filter" hidden><label>Filter <input type="search" data-table="t-listeners" autocomplete="off"></label> <span class="note" role="status"></span></p>
<div class="scroll" tabindex="0" role="group" aria-label="Table of listeners"><table id="t-listeners" class="sortable"><thead><tr>${heads.map(
    ([title, what]) =>
      html`<th scope="col" title="${what}"${title === 'Listener' || title === 'Server' ? null : html` class="n"`}>${title}</th>`,
  )}</tr></thead>
<tbody>${listeners.slice(0, MOST_ROWS).map((listener) => row(listener, listeners, charted.has(listener.id)))}</tbody></table></div>
<p class="note">≥ a lower bound, ~ an estimate around missing events, ? not known.${more > 0 ? ` ${more} more are in --json.` : ''}</p></section>`;
}
