// The table of listeners, worst first.
import { listenerName } from '../../core/report/finding/about.ts';
import type { ListenerReport } from '../../core/report/model.ts';
import { formatNs } from '../../core/report/units.ts';
import type { TextStyle } from '../result.ts';
import { escapeText } from './escape.ts';
import { type Column, paint, table } from './text.ts';

const COLUMNS: readonly Column[] = [
  { title: 'LISTENER', align: 'left' },
  { title: 'BACKLOG', align: 'right' },
  { title: 'MAX/CAP', align: 'right' },
  { title: 'FULL', align: 'right' },
  { title: 'ENQUEUED', align: 'right' },
  { title: 'ACCEPTED', align: 'right' },
  { title: 'DROPPED', align: 'right' },
  { title: 'WAIT p50', align: 'right' },
  { title: 'p99', align: 'right' },
  { title: 'max', align: 'right' },
];

const time = (ns: number | null): string => (ns === null ? '-' : formatNs(ns));
const count = (value: number): string => value.toLocaleString('en');

function cells(listener: ListenerReport): string[] {
  const { backlog, depth, overflows, bounds, wait_ns: wait } = listener;
  const about = bounds.wait === 'estimate' ? '~' : '';
  const estimate = (ns: number | null): string => (ns === null ? '-' : about + formatNs(ns));
  const lower = bounds.enqueued === 'lower' ? '≥' : '';
  return [
    `${listener.confidence.censored_start ? '< ' : ''}${escapeText(listenerName(listener))}`,
    backlog.effective === null ? '?' : `${backlog.effective}${backlog.basis === 'assumed' ? '*' : ''}`,
    `${bounds.depth === 'unknown' ? '?' : `${bounds.depth === 'estimate' ? '~' : ''}${depth.max}`}/${backlog.capacity ?? '?'}`,
    depth.at_capacity_ns === 0 || bounds.depth === 'unknown' ? '-' : time(depth.at_capacity_ns),
    bounds.enqueued === 'unknown' ? '?' : lower + count(listener.enqueued),
    bounds.accepted === 'unknown' ? '?' : (bounds.accepted === 'lower' ? '≥' : '') + count(listener.accepted),
    overflows.count === null
      ? '?'
      : overflows.count === 0
        ? '0'
        : `${overflows.bound === 'exact' ? '' : '≥'}${count(overflows.count)}`,
    estimate(wait.p50),
    estimate(wait.p99),
    estimate(wait.max),
  ];
}

/** The worst listeners first: drops, then the longest waits. */
export function byWeight(listeners: readonly ListenerReport[]): ListenerReport[] {
  const weight = (listener: ListenerReport): number => listener.overflows.count ?? 0;
  return [...listeners].sort(
    (a, b) => weight(b) - weight(a) || (b.wait_ns.max ?? 0) - (a.wait_ns.max ?? 0) || a.id - b.id,
  );
}

/** With a column for the capture where listeners are of several. */
export function listenerTable(listeners: readonly ListenerReport[], style: TextStyle): string[] {
  const several = new Set(listeners.map(({ capture }) => capture)).size > 1;
  const sorted = byWeight(listeners);
  const [head, ...rows] = several
    ? table(
        [{ title: 'CAPTURE', align: 'right' }, ...COLUMNS],
        sorted.map((listener) => [String(listener.capture), ...cells(listener)]),
      )
    : table(COLUMNS, sorted.map(cells));
  return [paint(style, 'bold', head), ...rows];
}
