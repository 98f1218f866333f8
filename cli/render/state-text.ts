// The state at an instant as text: listeners first, each with its queue and its acceptors; then what else is known.
import { formatNs, plural } from '../../core/report/units.ts';
import type { AcceptorState, ListenerState, State, TaskState } from '../../core/state/model.ts';
import type { TextStyle } from '../result.ts';
import { escapeText } from './escape.ts';
import { paint, table, wrap } from './text.ts';

/** More lines than this of one list are in the JSON alone. */
const MOST = 20;

const seconds = (ns: number): string => `${(ns / 1e9).toFixed(9)} s`;
const task = (comm: string | null, id: number | null): string => `${escapeText(comm ?? '?')}/${id ?? '?'}`;

function limited(lines: readonly string[], what: string): string[] {
  const more = lines.length - MOST;
  return more <= 1 ? [...lines] : [...lines.slice(0, MOST), `    and ${plural(more, `more ${what}`)}: --json has all`];
}

function head({ instant, confidence }: State, style: TextStyle): string[] {
  const { capture, path, at_ns, position, wall, clock, clock_ns, duration_ns } = instant;
  const places = [
    position === null ? 'before the first event' : `after event #${position}`,
    ...(clock_ns === null ? [] : [`${escapeText(clock)} ${clock_ns} ns`]),
    ...(wall === null ? [] : [wall]),
  ];
  const missing = [
    confidence.lost === null ? 'records were lost before, not counted' : null,
    confidence.lost ? `${plural(confidence.lost, 'record')} lost before` : null,
    confidence.accepts_unbound > 0 ? `${plural(confidence.accepts_unbound, 'accept')} of unknown listeners` : null,
    ...confidence.notes.map(escapeText),
  ].filter((note) => note !== null);
  return [
    paint(style, 'bold', `capture ${capture}, ${escapeText(path)}: ${seconds(at_ns)} of ${formatNs(duration_ns)}`),
    `  ${places.join(', ')}`,
    ...missing.flatMap((note) => wrap(paint(style, 'yellow', `! ${note}`), style.width, '  ')),
  ];
}

const SIGNS = { exact: '', lower: '≥ ', estimate: '~ ', unknown: '? ' } as const;

function acceptor({ tid, comm, call, since_ns, taken }: AcceptorState, at: number): string {
  const doing =
    call === null
      ? 'in no call that is traced'
      : `in ${call}()${since_ns === null ? '' : ` since ${seconds(since_ns)} (${formatNs(at - since_ns)})`}`;
  return `    ${task(comm, tid)} ${doing}${taken ? ', has its connection' : ''}`;
}

function listener(of: ListenerState, at: number, style: TextStyle): string[] {
  const { accept_queue: queue, syn_queue: syns, reading } = of;
  const full = queue.limit !== null && queue.length > queue.limit;
  const since = of.opened_at_ns === null ? 'older than the capture' : `since ${seconds(of.opened_at_ns)}`;
  const fds = of.fds.map(({ pid, tid, fd }) => `${pid ?? tid ?? '?'}:${fd}`);
  const range =
    queue.bound === 'exact' && queue.low !== queue.high
      ? ` (${queue.low} to ${queue.high}: accepts are under way)`
      : '';
  const atMost = queue.limit_basis === 'requested' ? 'at most ' : '';
  const capacity = queue.limit === null ? '?' : `${atMost}${queue.limit + 1}`;
  const length = `accept queue ${SIGNS[queue.bound]}${queue.length} of ${capacity}${range}`;
  const rows = queue.waiting.map(({ client, enqueued_at_ns, waiting_ns }, k) => [
    '   ',
    `${k + 1}.`,
    escapeText(client ?? '?'),
    enqueued_at_ns === null ? 'since before it was seen' : `since ${seconds(enqueued_at_ns)}`,
    waiting_ns === null ? '' : `(${formatNs(waiting_ns)})`,
  ]);
  const columns = ['left', 'right', 'left', 'left', 'left'].map((align) => ({
    title: '',
    align: align as 'left' | 'right',
  }));
  return [
    '',
    `${paint(style, 'bold', `${escapeText(of.address ?? '?')} (listener ${of.id}), ${since}`)}`,
    `  ${paint(style, full ? 'red' : 'cyan', length)}`,
    ...limited(rows.length === 0 ? [] : table(columns, rows).slice(1), 'connection'),
    ...(reading === null
      ? []
      : [
          `  the kernel's own at ${seconds(reading.at_ns)}: sk_ack_backlog ${reading.sk_ack_backlog ?? '?'}, sk_max_ack_backlog ${reading.sk_max_ack_backlog ?? '?'}${reading.sk_drops === null ? '' : `, sk_drops ${reading.sk_drops}`}`,
        ]),
    ...(syns.requests === null
      ? []
      : [
          `  SYN queue at most ${plural(syns.requests.length, 'request')}`,
          ...limited(
            syns.requests.map(({ client, queued_at_ns }) => `    ${escapeText(client)} since ${seconds(queued_at_ns)}`),
            'request',
          ),
        ]),
    `  acceptors: ${of.acceptors.length === 0 ? 'none known' : ''}`.trimEnd(),
    ...limited(
      of.acceptors.map((one) => acceptor(one, at)),
      'acceptor',
    ),
    ...(fds.length === 0 ? [] : wrap(`fds (process:fd): ${fds.join(' ')}`, style.width, '  ')),
  ];
}

function files({ pid, tid, comm, files: all }: TaskState, width: number): string[] {
  const shown = all.slice(0, MOST).map(({ fd, kind, listener: of, client }) => {
    if (kind === 'listener') return `${fd}→listener ${of}`;
    if (kind === 'connection') return `${fd}→${client === null ? 'connection' : escapeText(client)}`;
    return kind === 'socket' ? `${fd}→socket` : `${fd}→?`;
  });
  const more = all.length - shown.length;
  const [first, ...others] = wrap(
    `${task(comm, pid ?? tid)}: ${shown.join(', ')}${more > 0 ? `, ${more} more` : ''}`,
    width - 2,
    '  ',
  );
  return [first, ...others.map((line) => `  ${line}`)];
}

function rest(state: State, style: TextStyle): string[] {
  const byState = new Map<string, number>();
  for (const { state: name } of state.sockets) byState.set(name, (byState.get(name) ?? 0) + 1);
  const sockets = [...byState].map(([name, count]) => `${count} ${name}`).join(', ');
  const named = (values: State['counters']): string[] =>
    values.map(({ name, value }) => `  ${escapeText(name)} = ${value}`);
  const section = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : ['', paint(style, 'bold', title), ...lines];
  return [
    ...(state.sockets.length === 0 ? [] : ['', `${paint(style, 'bold', 'sockets')}: ${sockets}`]),
    ...section(
      'fd tables',
      limited(
        state.tasks.map((one) => files(one, style.width).join('\n')),
        'task',
      ),
    ),
    ...section('settings', limited(named(state.sysctls), 'setting')),
    ...section('counters', limited(named(state.counters.filter(({ value }) => value !== 0)), 'counter')),
  ];
}

export function stateText(state: State, style: TextStyle): string[] {
  const listeners = state.listeners.flatMap((one) => listener(one, state.instant.at_ns, style));
  return [
    ...head(state, style),
    ...(listeners.length === 0 ? ['', 'no listeners are known then'] : listeners),
    ...rest(state, style),
  ];
}
