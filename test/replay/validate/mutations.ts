// Makes faults in recorded events: one fact changed, dropped or swapped, as a kernel or a recorder that is wrong would leave it.
import { EventBatch } from '../../../core/event/event-batch.ts';
import { eventCode } from '../../../core/event/event-type.ts';
import { EAGAIN } from '../../../core/kernel/errno.ts';

/** A fault: the rows to leave out and the cells to change, all of one capture. */
export interface Mutation {
  readonly kind: MutationKind;
  readonly what: string;
  readonly drop: ReadonlySet<number>;
  readonly change: readonly { readonly row: number; readonly arg: number; readonly value: number }[];
  /** Times of rows that are moved. */
  readonly move: readonly { readonly row: number; readonly at: number }[];
}

export type MutationKind =
  | 'accept-empty'
  | 'accept-taken'
  | 'accept-error'
  | 'accept-dropped'
  | 'backlog'
  | 'listen-result'
  | 'depth'
  | 'limit'
  | 'drops'
  | 'refusal'
  | 'arrival-dropped'
  | 'wake-up-dropped'
  | 'state'
  | 'state-dropped'
  | 'socket-result'
  | 'bind-twice'
  | 'retransmission'
  | 'children-swapped';

const code = eventCode;
const TCP_CLOSE = 7;
const TCP_LISTEN = 10;
const TCP_SYN_RECV = 3;
const TCP_ESTABLISHED = 1;
const TCP_SYN_SENT = 2;

const isAcceptExit = (type: number): boolean => type === code('sys_exit_accept') || type === code('sys_exit_accept4');
const isAcceptEnter = (type: number): boolean =>
  type === code('sys_enter_accept') || type === code('sys_enter_accept4');

const fault = (kind: MutationKind, what: string, parts: Partial<Mutation>): Mutation => ({
  kind,
  what,
  drop: new Set(),
  change: [],
  move: [],
  ...parts,
});

/** All faults that a capture offers, kind by kind. */
export function mutationsOf(rows: EventBatch): Mutation[] {
  return [
    ...accepts(rows),
    ...listens(rows),
    ...readings(rows),
    ...arrivals(rows),
    ...states(rows),
    ...sockets(rows),
    ...retransmissions(rows),
  ];
}

function* rowsOf(rows: EventBatch, is: (type: number) => boolean): Generator<number> {
  for (let row = 0; row < rows.length; row++) if (is(rows.type[row])) yield row;
}

/** The entry of the call that ends in a row. */
function entryOf(rows: EventBatch, exit: number, is: (type: number) => boolean): number {
  for (let row = exit - 1; row >= 0; row--) if (is(rows.type[row]) && rows.tid[row] === rows.tid[exit]) return row;
  return -1;
}

function accepts(rows: EventBatch): Mutation[] {
  const made: Mutation[] = [];
  for (const row of rowsOf(rows, isAcceptExit)) {
    const result = rows.args[0][row];
    if (result >= 0) {
      made.push(
        fault('accept-empty', `row ${row}: EAGAIN in place of ${result}`, {
          change: [{ row, arg: 0, value: -EAGAIN }],
        }),
      );
      made.push(
        fault('accept-error', `row ${row}: ENOTSOCK in place of ${result}`, { change: [{ row, arg: 0, value: -88 }] }),
      );
      const entry = entryOf(rows, row, isAcceptEnter);
      if (entry >= 0) made.push(fault('accept-dropped', `rows ${entry}, ${row}`, { drop: new Set([entry, row]) }));
    } else if (result === -EAGAIN)
      made.push(
        fault('accept-taken', `row ${row}: a descriptor in place of EAGAIN`, { change: [{ row, arg: 0, value: 900 }] }),
      );
  }
  return made;
}

function listens(rows: EventBatch): Mutation[] {
  const made: Mutation[] = [];
  for (const row of rowsOf(rows, (type) => type === code('sys_enter_listen'))) {
    const backlog = rows.args[1][row];
    for (const value of [Math.floor(backlog / 2), backlog * 2 + 1, backlog - 1])
      if (value !== backlog)
        made.push(
          fault('backlog', `row ${row}: ${value} in place of ${backlog}`, { change: [{ row, arg: 1, value }] }),
        );
  }
  for (const row of rowsOf(rows, (type) => type === code('sys_exit_listen')))
    for (const value of [0, -22, -95, -88])
      if (rows.args[0][row] !== value)
        made.push(
          fault('listen-result', `row ${row}: ${value} in place of ${rows.args[0][row]}`, {
            change: [{ row, arg: 0, value }],
          }),
        );
  return made;
}

function readings(rows: EventBatch): Mutation[] {
  const made: Mutation[] = [];
  for (const row of rowsOf(rows, (type) => type === code('queue_sample'))) {
    const [, depth, limit, drops] = rows.args;
    for (const by of [-2, -1, 1, 2])
      if (depth[row] + by >= 0)
        made.push(
          fault('depth', `row ${row}: ${depth[row] + by} in place of ${depth[row]}`, {
            change: [{ row, arg: 1, value: depth[row] + by }],
          }),
        );
    made.push(
      fault('limit', `row ${row}: ${limit[row] + 1} in place of ${limit[row]}`, {
        change: [{ row, arg: 2, value: limit[row] + 1 }],
      }),
    );
    if (drops[row] > 0)
      made.push(fault('drops', `row ${row}: 0 in place of ${drops[row]}`, { change: [{ row, arg: 3, value: 0 }] }));
  }
  for (const row of rowsOf(rows, (type) => type === code('queue_drop')))
    made.push(
      fault('refusal', `row ${row}: refused at ${rows.args[3][row]}, which is not full`, {
        change: [{ row, arg: 2, value: rows.args[3][row] }],
      }),
    );
  return made;
}

/** A child's rows: made, established, and the wake-up with its reading, all on one CPU. */
function arrivals(rows: EventBatch): Mutation[] {
  const made: Mutation[] = [];
  for (const row of rowsOf(rows, (type) => type === code('inet_sock_set_state'))) {
    if (rows.args[1][row] !== TCP_LISTEN || rows.args[2][row] !== TCP_SYN_RECV) continue;
    const drop = new Set([row]);
    let woken = -1;
    for (let next = row + 1; next < rows.length && next < row + 40; next++) {
      if (rows.cpu[next] !== rows.cpu[row]) continue;
      const type = rows.type[next];
      if (
        type === code('inet_sock_set_state') &&
        rows.args[0][next] === rows.args[0][row] &&
        rows.args[2][next] === TCP_ESTABLISHED
      )
        drop.add(next);
      else if (type === code('sk_data_ready')) {
        woken = next;
        drop.add(next);
        if (rows.type[next + 1] === code('queue_sample')) drop.add(next + 1);
        break;
      }
    }
    if (woken < 0) continue;
    made.push(fault('arrival-dropped', `rows ${[...drop].join(', ')}`, { drop }));
    made.push(fault('wake-up-dropped', `row ${woken}`, { drop: new Set([...drop].filter((other) => other >= woken)) }));
  }
  return made;
}

function states(rows: EventBatch): Mutation[] {
  const made: Mutation[] = [];
  for (const row of rowsOf(rows, (type) => type === code('inet_sock_set_state'))) {
    const [, from, to] = rows.args;
    if (from[row] === TCP_SYN_SENT && to[row] === TCP_ESTABLISHED) {
      made.push(fault('state', `row ${row}: to LISTEN`, { change: [{ row, arg: 2, value: TCP_LISTEN }] }));
      made.push(fault('state-dropped', `row ${row}: ${from[row]} to ${to[row]}`, { drop: new Set([row]) }));
    }
    if (from[row] === TCP_CLOSE && to[row] === TCP_LISTEN)
      made.push(fault('state-dropped', `row ${row}: CLOSE to LISTEN`, { drop: new Set([row]) }));
  }
  return made;
}

function sockets(rows: EventBatch): Mutation[] {
  const made: Mutation[] = [];
  for (const row of rowsOf(rows, (type) => type === code('sys_exit_socket')))
    made.push(
      fault('socket-result', `row ${row}: EPROTONOSUPPORT in place of ${rows.args[0][row]}`, {
        change: [{ row, arg: 0, value: -93 }],
      }),
    );
  const binds = new Map<number, number>();
  for (const row of rowsOf(rows, (type) => type === code('sys_enter_bind'))) {
    const before = binds.get(rows.tid[row]);
    if (before !== undefined && rows.args[0][before] !== rows.args[0][row])
      made.push(
        fault('bind-twice', `row ${row}: of descriptor ${rows.args[0][before]}`, {
          change: [{ row, arg: 0, value: rows.args[0][before] }],
        }),
      );
    binds.set(rows.tid[row], row);
  }
  return made;
}

function retransmissions(rows: EventBatch): Mutation[] {
  const made: Mutation[] = [];
  for (const row of rowsOf(rows, (type) => type === code('tcp_retransmit_skb')))
    if (rows.args[1][row] === TCP_SYN_SENT)
      made.push(fault('retransmission', `row ${row}: 400 ms sooner`, { move: [{ row, at: rows.at[row] - 4e8 }] }));
  return made;
}

/** The rows with a fault in them, in order of time again. */
export function mutated(rows: EventBatch, mutation: Mutation): EventBatch {
  const moved = new Map(mutation.move.map(({ row, at }) => [row, at]));
  const order: { row: number; at: number }[] = [];
  for (let row = 0; row < rows.length; row++)
    if (!mutation.drop.has(row)) order.push({ row, at: moved.get(row) ?? rows.at[row] });
  if (moved.size > 0) order.sort((a, b) => a.at - b.at || a.row - b.row);
  const changed = new EventBatch(Math.max(1, order.length));
  changed.position = rows.position;
  for (const { row, at } of order) {
    const to = changed.copyRow(rows, row);
    changed.at[to] = at;
    for (const { row: cell, arg, value } of mutation.change) if (cell === row) changed.args[arg][to] = value;
  }
  return changed;
}
