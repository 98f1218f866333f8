// The figures of a listener that a ticket shows, with the marks of what is not exact.
import { listenerName } from '../../core/report/finding/about.ts';
import type { Bound, ListenerReport } from '../../core/report/model.ts';
import { formatNs } from '../../core/report/units.ts';

export interface ListenerColumn {
  readonly title: string;
  readonly align: 'left' | 'right';
  readonly cell: (listener: ListenerReport) => string;
}

const MARKS: Readonly<Record<Bound, string>> = { exact: '', lower: '≥', estimate: '~', unknown: '?' };

/** A count with its mark, `?` where it is not known. */
export const bounded = (value: number | null, bound: Bound): string =>
  value === null || bound === 'unknown' ? '?' : `${value === 0 ? '' : MARKS[bound]}${value.toLocaleString('en')}`;

const time = (ns: number | null, bound: Bound): string => (ns === null ? '-' : `${MARKS[bound]}${formatNs(ns)}`);

const right = (title: string, cell: ListenerColumn['cell']): ListenerColumn => ({ title, align: 'right', cell });

export const listenerPlace = (listener: ListenerReport): string => listener.path ?? listenerName(listener);

export const TICKET_COLUMNS: readonly ListenerColumn[] = [
  { title: 'Listener', align: 'left', cell: listenerPlace },
  right('Backlog', ({ backlog }) =>
    backlog.effective === null ? '?' : `${backlog.effective}${backlog.basis === 'assumed' ? ' (assumed)' : ''}`,
  ),
  right('Longest queue / capacity', ({ depth, bounds, backlog }) => {
    return `${bounded(depth.max, bounds.depth)} / ${backlog.capacity ?? '?'}`;
  }),
  right('Full for', ({ depth, bounds }) => (bounds.depth === 'unknown' ? '?' : time(depth.at_capacity_ns, 'exact'))),
  right('Enqueued', ({ enqueued, bounds }) => bounded(enqueued, bounds.enqueued)),
  right('Accepted', ({ accepted, bounds }) => bounded(accepted, bounds.accepted)),
  right('Dropped', ({ overflows }) => bounded(overflows.count, overflows.bound)),
  right('Wait p50', ({ wait_ns: wait, bounds }) => time(wait.p50, bounds.wait)),
  right('p99', ({ wait_ns: wait, bounds }) => time(wait.p99, bounds.wait)),
  right('max', ({ wait_ns: wait, bounds }) => time(wait.max, bounds.wait)),
];

/** Drops first, then the longest waits. */
export function worstFirst(listeners: readonly ListenerReport[]): ListenerReport[] {
  const drops = ({ overflows }: ListenerReport): number => overflows.count ?? 0;
  return [...listeners].sort(
    (a, b) => drops(b) - drops(a) || (b.wait_ns.max ?? 0) - (a.wait_ns.max ?? 0) || a.id - b.id,
  );
}
