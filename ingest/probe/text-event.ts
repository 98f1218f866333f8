// What an event's text means: (name, bytes of the payload) → rows. One decoder for all dialects, since payloads tell their own.
import { eventCode } from '../../core/event/event-type.ts';
import { ByteTable } from '../format/text/byte-table.ts';
import type { TextCursor } from '../format/text/text-cursor.ts';
import { SYSCALL_ARGS } from './syscall-args.ts';
import type { Outcome, TextContext } from './text-context.ts';
import { TextFunctions } from './text-functions.ts';
import { TextSockets } from './text-sockets.ts';
import { TextSyscalls } from './text-syscalls.ts';
import { TextTasks } from './text-tasks.ts';

const OTHERS = [
  'inet_sock_set_state',
  'sk_data_ready',
  'kfree_skb',
  'tcp_retransmit_skb',
  'tcp_retransmit_synack',
  'tcp_send_reset',
  'tcp_receive_reset',
  'tcp_destroy_sock',
  'sys_enter',
  'sys_exit',
  'sched_process_fork',
  'sched_process_exec',
  'sched_process_exit',
  'task_rename',
  'task_newtask',
] as const;
const CALLS = SYSCALL_ARGS.length;
const NAMED = new ByteTable([
  ...SYSCALL_ARGS.map(({ call }) => `sys_enter_${call}`),
  ...SYSCALL_ARGS.map(({ call }) => `sys_exit_${call}`),
  ...OTHERS,
]);
const FIRST_OTHER = 2 * CALLS;
/** tracefs prints a call as a function; `sys_exit` is one of them, and a tracepoint too. */
const CALLED = new ByteTable(SYSCALL_ARGS.map(({ call }) => `sys_${call}`));
const TCP_RECEIVE_RESET = eventCode('tcp_receive_reset');
const TCP_DESTROY_SOCK = eventCode('tcp_destroy_sock');

const OPEN_PAREN = 40;
const CLOSE_PAREN = 41;
const OPEN_SQUARE = 91;
const COLON = 58;
const SPACE = 32;
const LESS = 60;
const MINUS = 45;
const GREATER = 62;
const S = 115;

export class TextEvents {
  readonly context: TextContext;
  readonly functions: TextFunctions;
  readonly syscalls: TextSyscalls;
  readonly tasks: TextTasks;
  /** Whether each of the events that are not named after a call was seen: raw_syscalls have no rows of their own name. */
  readonly rawSeen = { enter: false, exit: false };
  private readonly sockets: TextSockets;

  constructor(context: TextContext) {
    this.context = context;
    this.functions = new TextFunctions(context);
    this.syscalls = new TextSyscalls(context);
    this.tasks = new TextTasks(context);
    this.sockets = new TextSockets(context);
  }

  /**
   * What follows a line's time in tracefs text: `name: payload`, `sys_listen(fd: 3, backlog: 5)`, `sys_listen -> 0x0`,
   * `inet_listen <-__sys_listen`, `<stack trace>`.
   */
  decode(cursor: TextCursor): Outcome {
    const { bytes, at: from, end } = cursor;
    let at = from;
    while (at < end && bytes[at] !== COLON && bytes[at] !== SPACE && bytes[at] !== OPEN_PAREN) at++;
    if (at === end) return at === from || bytes[from] === LESS ? null : 'an event without a text: the line was cut';
    const next = bytes[at];
    if (next === COLON) {
      cursor.at = at + 1;
      cursor.skipSpaces();
      return this.named(cursor, from, at);
    }
    if (bytes[from] === LESS) return null; // <stack trace>
    if (next === OPEN_PAREN) {
      const slot = bytes[from] === S ? CALLED.find(bytes, from, at) : -1;
      if (slot >= 0) {
        if (bytes[end - 1] !== CLOSE_PAREN) return 'a system call without its closing parenthesis: the line was cut';
        cursor.at = at + 1;
        return this.syscalls.enter(cursor, slot);
      }
      return this.functions.traced(cursor, from, at);
    }
    if (at + 2 < end && bytes[at + 1] === MINUS && bytes[at + 2] === GREATER) {
      const slot = CALLED.find(bytes, from, at);
      if (slot < 0) return null;
      cursor.at = at + 3;
      return this.syscalls.arrow(cursor, slot);
    }
    if (at + 2 < end && bytes[at + 1] === LESS && bytes[at + 2] === MINUS)
      return this.functions.traced(cursor, from, at);
    return null;
  }

  /** An event whose name is at [from, to); the cursor is at its payload. */
  named(cursor: TextCursor, from: number, to: number): Outcome {
    const { bytes } = cursor;
    if (cursor.peek() === OPEN_PAREN) return this.functions.probe(cursor, from, to);
    const slot = NAMED.find(bytes, from, to);
    if (slot < 0) return null;
    if (cursor.peek() === OPEN_SQUARE) cursor.skipPast(93); // `[FAILED TO PARSE] k=v`: libtraceevent knew no print format
    cursor.skipSpaces();
    if (slot < CALLS) return this.syscalls.enter(cursor, slot);
    if (slot < 2 * CALLS) return this.syscalls.exit(cursor, slot - CALLS);
    switch (OTHERS[slot - FIRST_OTHER]) {
      case 'inet_sock_set_state':
        return this.sockets.inetSockSetState(cursor);
      case 'sk_data_ready':
        return this.sockets.skDataReady(cursor);
      case 'kfree_skb':
        return this.sockets.kfreeSkb(cursor);
      case 'tcp_retransmit_skb':
        return this.sockets.tcpRetransmitSkb(cursor);
      case 'tcp_retransmit_synack':
        return this.sockets.tcpRetransmitSynack(cursor);
      case 'tcp_send_reset':
        return this.sockets.tcpSendReset(cursor);
      case 'tcp_receive_reset':
        return this.sockets.addressed(cursor, TCP_RECEIVE_RESET);
      case 'tcp_destroy_sock':
        return this.sockets.addressed(cursor, TCP_DESTROY_SOCK);
      case 'sys_enter':
        this.rawSeen.enter = true;
        return this.syscalls.rawEnter(cursor);
      case 'sys_exit':
        this.rawSeen.exit = true;
        return this.syscalls.rawExit(cursor);
      case 'sched_process_fork':
        return this.tasks.fork(cursor);
      case 'sched_process_exec':
        return this.tasks.exec(cursor);
      case 'sched_process_exit':
        return this.tasks.exit(cursor);
      case 'task_rename':
        return this.tasks.rename(cursor);
      case 'task_newtask':
        return this.tasks.newTask(cursor);
      default:
        return null;
    }
  }
}
