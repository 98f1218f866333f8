// The table of listeners, worst first.
import { listenerName } from '../../core/report/finding/about.ts';
import type { ListenerReport } from '../../core/report/model.ts';
import { formatNs } from '../../core/report/units.ts';
import type { TextStyle } from '../result.ts';
import { escapeText } from './escape.ts';
import { type Column, paint, table } from './text.ts';

const time = (ns: number | null): string => (ns === null ? '-' : formatNs(ns));
const count = (value: number): string => value.toLocaleString('en');
const wait = ({ bounds }: ListenerReport, ns: number | null): string =>
  ns === null ? '-' : (bounds.wait === 'estimate' ? '~' : '') + formatNs(ns);

function dropped({ overflows }: ListenerReport): string {
  if (overflows.count === null) return '?';
  return overflows.count === 0 ? '0' : `${overflows.bound === 'exact' ? '' : '≥'}${count(overflows.count)}`;
}

function longest({ bounds, depth, backlog }: ListenerReport): string {
  const length = bounds.depth === 'unknown' ? '?' : `${bounds.depth === 'estimate' ? '~' : ''}${depth.max}`;
  return `${length}/${backlog.capacity ?? '?'}`;
}

function counted(value: number, bound: ListenerReport['bounds']['enqueued']): string {
  return bound === 'unknown' ? '?' : (bound === 'lower' ? '≥' : '') + count(value);
}

interface TableColumn extends Column {
  /** On a terminal too narrow for all, those of the lowest rank stay; those above USUAL come only where there is room. */
  readonly rank: number;
  readonly cell: (listener: ListenerReport) => string;
}

const USUAL = 10;

const CAPTURE: TableColumn = { title: 'CAPTURE', align: 'right', rank: 0, cell: ({ capture }) => String(capture) };

const COLUMNS: readonly TableColumn[] = [
  {
    title: 'LISTENER',
    align: 'left',
    rank: 1,
    cell: (listener) => `${listener.confidence.censored_start ? '< ' : ''}${escapeText(listenerName(listener))}`,
  },
  {
    title: 'SERVER',
    align: 'left',
    rank: 11,
    cell: ({ opened_by: by, acceptors }) => escapeText(by?.comm ?? acceptors[0]?.comm ?? '-'),
  },
  {
    title: 'BACKLOG',
    align: 'right',
    rank: 5,
    cell: ({ backlog }) =>
      backlog.effective === null ? '?' : `${backlog.effective}${backlog.basis === 'assumed' ? '*' : ''}`,
  },
  { title: 'MAX/CAP', align: 'right', rank: 3, cell: longest },
  {
    title: 'FULL',
    align: 'right',
    rank: 8,
    cell: ({ depth, bounds }) =>
      depth.at_capacity_ns === 0 || bounds.depth === 'unknown' ? '-' : time(depth.at_capacity_ns),
  },
  { title: 'ENQUEUED', align: 'right', rank: 10, cell: ({ enqueued, bounds }) => counted(enqueued, bounds.enqueued) },
  { title: 'ACCEPTED', align: 'right', rank: 6, cell: ({ accepted, bounds }) => counted(accepted, bounds.accepted) },
  { title: 'DROPPED', align: 'right', rank: 2, cell: dropped },
  { title: 'WAIT p50', align: 'right', rank: 7, cell: (listener) => wait(listener, listener.wait_ns.p50) },
  { title: 'p90', align: 'right', rank: 12, cell: (listener) => wait(listener, listener.wait_ns.p90) },
  { title: 'p99', align: 'right', rank: 4, cell: (listener) => wait(listener, listener.wait_ns.p99) },
  { title: 'max', align: 'right', rank: 9, cell: (listener) => wait(listener, listener.wait_ns.max) },
  {
    title: 'SYN AGAIN',
    align: 'right',
    rank: 13,
    cell: ({ syn_retransmits: again }) => (again === null ? '?' : count(again)),
  },
];

/** The columns that fit, in their order. Where text does not go to a terminal, always the same: scripts count them. */
function fitting(listeners: readonly ListenerReport[], { terminal, width }: TextStyle): readonly TableColumn[] {
  const several = new Set(listeners.map(({ capture }) => capture)).size > 1;
  const all = several ? [CAPTURE, ...COLUMNS] : COLUMNS;
  if (!terminal) return all.filter(({ rank }) => rank <= USUAL);
  const chosen = new Set<TableColumn>();
  let used = -2;
  for (const column of [...all].sort((a, b) => a.rank - b.rank)) {
    const widest = listeners.reduce((most, each) => Math.max(most, column.cell(each).length), column.title.length);
    if (chosen.size > 2 && used + 2 + widest > width) break;
    used += 2 + widest;
    chosen.add(column);
  }
  return all.filter((column) => chosen.has(column));
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
  const columns = fitting(listeners, style);
  const [head, ...rows] = table(
    columns.map((column) =>
      column.title === 'p99' && !columns.some(isMedian) ? { ...column, title: 'WAIT p99' } : column,
    ),
    byWeight(listeners).map((listener) => columns.map(({ cell }) => cell(listener))),
  );
  return [paint(style, 'bold', head), ...rows];
}

/** The first of the waits says that they are waits. */
const isMedian = ({ title }: Column): boolean => title === 'WAIT p50';
