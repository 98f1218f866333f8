// Faults that nobody could tell from a sound capture, each with the reason and a look at the capture, not at the validator, whether it holds.
import type { EventBatch } from '../../../core/event/event-batch.ts';
import { eventCode } from '../../../core/event/event-type.ts';
import type { Mutation, MutationKind } from './mutations.ts';

export interface Excuse {
  readonly why: string;
  readonly holds: (rows: EventBatch, mutation: Mutation) => boolean;
}

const code = eventCode;
const ACCEPT_ENTRIES = [code('sys_enter_accept'), code('sys_enter_accept4')];
const ACCEPT_EXITS = [code('sys_exit_accept'), code('sys_exit_accept4')];
const SOCK_STREAM = 1;
const FIN_WAIT1 = 4;
const LAST_ACK = 9;

const any = (rows: EventBatch, from: number, is: (row: number) => boolean): boolean => {
  for (let row = from; row < rows.length; row++) if (is(row)) return true;
  return false;
};

/** Whether some task is in accept() at a row. */
function acceptUnderWay(rows: EventBatch, at: number): boolean {
  const inside = new Set<number>();
  for (let row = 0; row < at; row++) {
    if (ACCEPT_ENTRIES.includes(rows.type[row])) inside.add(rows.tid[row]);
    else if (ACCEPT_EXITS.includes(rows.type[row])) inside.delete(rows.tid[row]);
  }
  return inside.size > 0;
}

/** Whether a close() changes the state of a connection that was open still. */
function saysFin(rows: EventBatch, entry: number): boolean {
  for (let row = entry + 1; row < rows.length; row++) {
    if (rows.tid[row] !== rows.tid[entry]) continue;
    if (rows.type[row] === code('sys_exit_close')) return false;
    if (rows.type[row] === code('inet_sock_set_state') && [FIN_WAIT1, LAST_ACK].includes(rows.args[2][row]))
      return true;
  }
  return false;
}

/** Whether a task's descriptor came from a socket() of a stream in the capture. */
function fromSocket(rows: EventBatch, before: number, fd: number): boolean {
  for (let row = before - 1; row >= 0; row--) {
    if (rows.type[row] === code('sys_enter_close') && rows.args[0][row] === fd) return false;
    if (rows.type[row] !== code('sys_exit_socket') || rows.args[0][row] !== fd) continue;
    for (let entry = row - 1; entry >= 0; entry--)
      if (rows.type[entry] === code('sys_enter_socket') && rows.tid[entry] === rows.tid[row])
        return (rows.args[1][entry] & 15) === SOCK_STREAM && rows.args[0][entry] !== 1;
  }
  return false;
}

const entryOf = (rows: EventBatch, exit: number, type: number): number => {
  for (let row = exit - 1; row >= 0; row--) if (rows.type[row] === type && rows.tid[row] === rows.tid[exit]) return row;
  return -1;
};

const ONE_EVENT: Excuse = {
  why: 'recorders miss single events of interrupts without saying so: one that is missing is put down to them, what recurs is not',
  holds: () => true,
};

export const EXCUSES: Readonly<Partial<Record<MutationKind, Excuse>>> = {
  'accept-taken': ONE_EVENT,
  'arrival-dropped': ONE_EVENT,
  'wake-up-dropped': ONE_EVENT,
  'state-dropped': ONE_EVENT,
  depth: {
    why: 'an accept() under way may have taken the connection before the reading; or no later reading contradicts it',
    holds: (rows, { change: [{ row, value }] }) =>
      (acceptUnderWay(rows, row) && value < rows.args[1][row]) ||
      !any(rows, row + 1, (later) => rows.type[later] === code('queue_sample')),
  },
  backlog: {
    why: 'a smaller somaxconn explains a larger request; and where nothing reads the limit, and no queue was full, any backlog does',
    holds: (rows, { change: [{ row, value }] }) =>
      value > rows.args[1][row] ||
      !any(rows, 0, (other) => rows.type[other] === code('queue_sample') || rows.type[other] === code('queue_drop')),
  },
  drops: {
    why: 'the first reading of a counter may have any value',
    holds: (rows, { change: [{ row }] }) => {
      for (let before = 0; before < row; before++)
        if (rows.type[before] === code('queue_sample') && rows.args[3][before] > 0) return false;
      return true;
    },
  },
  'listen-result': {
    why: 'what the descriptor is was not recorded',
    holds: (rows, { change: [{ row }] }) => {
      const entry = entryOf(rows, row, code('sys_enter_listen'));
      return entry < 0 || !fromSocket(rows, entry, rows.args[0][entry]);
    },
  },
  'accept-dropped': {
    why: 'nothing that comes after tells of the connection: its descriptor is not closed in the capture, and no length is read',
    holds: (rows, { drop }) => {
      const exit = Math.max(...drop);
      if (any(rows, exit + 1, (row) => rows.type[row] === code('queue_sample'))) return false;
      for (let row = exit + 1; row < rows.length; row++) {
        if (rows.pid[row] !== rows.pid[exit] || rows.args[0][row] !== rows.args[0][exit]) continue;
        if (rows.type[row] === code('sys_enter_close')) return !saysFin(rows, row);
        if (ACCEPT_EXITS.includes(rows.type[row])) return true; // the number is another connection's by now
      }
      return true;
    },
  },
  'bind-twice': {
    why: 'what the descriptor is was not recorded',
    holds: (rows, { change: [{ row, value }] }) => !fromSocket(rows, row, value),
  },
};
