// What the calls of a strace mean: rows for entering and returning, what descriptors are, and the tasks that calls make.
import { ABSENT } from '../../../core/event/event-batch.ts';
import { eventCode } from '../../../core/event/event-type.ts';
import { type ArgType, SYSCALL_ARGS } from '../../probe/syscall-args.ts';
import type { Outcome, TextContext } from '../../probe/text-context.ts';
import { COMM_LENGTH } from '../../probe/text-tasks.ts';
import { asciiBytes, ByteTable } from '../text/byte-table.ts';
import type { TextCursor } from '../text/text-cursor.ts';
import { CallText } from './call-text.ts';
import { FdEndpoints } from './fd-endpoints.ts';
import { unquote } from './quoted.ts';
import { CallResult } from './result.ts';

const CALLS = SYSCALL_ARGS.length;
/** The path's calls, and two that tell addresses. */
const TABLE = new ByteTable([...SYSCALL_ARGS.map(({ call }) => call), 'getsockname', 'getpeername']);
const GETPEERNAME = CALLS + 1;
const indexOf = (call: string): number => SYSCALL_ARGS.findIndex((args) => args.call === call);
const CLONE = indexOf('clone');
const CLONE3 = indexOf('clone3');
const MAKERS = [CLONE, CLONE3, indexOf('fork'), indexOf('vfork')];
const EXECS = [indexOf('execve'), indexOf('execveat')];
const [BIND, CLOSE, CONNECT, ACCEPT, ACCEPT4] = ['bind', 'close', 'connect', 'accept', 'accept4'].map(indexOf);
const EINPROGRESS = 115;
const TASK_FORK = eventCode('task_fork');
const TASK_COMM = eventCode('task_comm');
const FLAGS = asciiBytes('flags=');
const QUOTE = 34;
const OPEN_BRACE = 123;
/** More unfinished calls than tasks can be: a damaged text. */
const MOST_PENDING = 1 << 16;

/** A call that was entered and has not returned yet. */
interface Pending {
  readonly index: number;
  readonly at: number;
  readonly fd: number;
  readonly flags: number;
  /** Interned name that execve() will give the task. */
  readonly name: number;
  /** The task that this clone() was already seen to have made. */
  child: number;
  /** The address argument, when the line that entered it showed it. */
  address: Uint8Array | null;
}

export class StraceCalls {
  private readonly context: TextContext;
  private readonly text = new CallText();
  private readonly result = new CallResult();
  private readonly fds: FdEndpoints;
  private readonly pending = new Map<number, Pending>();
  /** Tasks in a call that makes a task which was not seen yet. */
  private readonly makers = new Set<number>();

  constructor(context: TextContext) {
    this.context = context;
    this.fds = new FdEndpoints(context);
  }

  /** Place of a call in the table; -1 for one without a use. */
  find(bytes: Uint8Array, from: number, to: number): number {
    return TABLE.find(bytes, from, to);
  }

  /** A call from its start, the cursor behind the parenthesis: returned on the same line, or unfinished. */
  entered(cursor: TextCursor, index: number): Outcome {
    const { context, text, fds } = this;
    const { bytes, at, end } = cursor;
    text.scan(bytes, at, end);
    if (text.count > 0) fds.decorated(bytes, text.from[0], text.to[0]);
    if (index < CALLS) this.pushEnter(bytes, index);
    const call: Pending = {
      index,
      at: context.at,
      fd: text.value(bytes, 0),
      flags: this.cloneFlags(bytes, index, at, end),
      name: EXECS.includes(index) ? this.nameOfFile(bytes) : 0,
      child: -1,
      address: null,
    };
    if (text.end >= 0) {
      cursor.at = text.end;
      return this.returned(cursor, call, bytes, true);
    }
    if (this.pending.size >= MOST_PENDING) {
      this.pending.clear();
      this.makers.clear();
    }
    if (text.count > 1 && bytes[text.from[1]] === OPEN_BRACE) call.address = bytes.slice(text.from[1], text.to[1]);
    this.pending.set(context.tid, call);
    if (MAKERS.includes(index)) this.makers.add(context.tid);
    else this.makers.delete(context.tid);
    return undefined;
  }

  /** `<... accept4 resumed>{sa_family=…}, [16], SOCK_CLOEXEC) = 7`, the cursor behind `resumed>`. */
  resumed(cursor: TextCursor, index: number): Outcome {
    const { context, text } = this;
    const call = this.pending.get(context.tid);
    const { bytes, at, end } = cursor;
    text.scan(bytes, at, end);
    if (text.end < 0) return 'a resumed call without its result: the line was cut';
    cursor.at = text.end;
    if (call !== undefined && call.index === index) {
      this.ended(context.tid);
      return this.returned(cursor, call, bytes, false);
    }
    const unknown = { index, at: context.at, fd: Number.NaN, flags: Number.NaN, name: 0, child: -1, address: null };
    return this.returned(cursor, unknown, bytes, false);
  }

  /** The only task that is in a call which makes tasks; -1 when there is none or more than one. */
  onlyMaker(): number {
    if (this.makers.size !== 1) return -1;
    const [maker] = this.makers;
    return maker;
  }

  /** A task shows up that `maker` must have made, before the call that made it returned. */
  made(tid: number, maker: number): void {
    const call = this.pending.get(maker);
    if (call === undefined) return;
    call.child = tid;
    this.makers.delete(maker);
    this.pushFork(tid, maker, call.flags);
  }

  /** The task is gone, and the call that it was in with it. */
  ended(tid: number): void {
    this.pending.delete(tid);
    this.makers.delete(tid);
  }

  /** A name of the task, told by execve() or by -Y. */
  named(name: number, exec: number): void {
    const { context } = this;
    const row = context.push(TASK_COMM);
    const { args } = context.rows;
    args[0][row] = name;
    args[1][row] = exec;
    args[2][row] = 0;
  }

  private pushEnter(bytes: Uint8Array, index: number): void {
    const { context, text } = this;
    const { types, enter } = SYSCALL_ARGS[index];
    const row = context.push(enter);
    const { args } = context.rows;
    if (index === CLONE) return; // its flags are not the first that strace prints
    for (let i = 0; i < types.length; i++) {
      if (i < text.count) args[i][row] = argument(text, bytes, i, types[i]);
      // what a call gives back is printed when it returns, and NULL when it is entered
      else if (types[i] === 'p' && text.end < 0) args[i][row] = 1;
    }
  }

  private returned(cursor: TextCursor, call: Pending, bytes: Uint8Array, whole: boolean): Outcome {
    const { context, result } = this;
    if (!result.read(cursor)) return 'a call without its result: the line was cut';
    const { value } = result;
    if (Number.isNaN(value)) return whole && call.index < CALLS ? undefined : null; // exit(), or the task was killed
    if (!Number.isNaN(result.duration)) context.at = call.at + result.duration;
    if (call.index < CALLS) {
      const row = context.push(SYSCALL_ARGS[call.index].exit);
      context.rows.args[0][row] = value;
    }
    if (value >= 0 || value === -EINPROGRESS) this.succeeded(cursor, call, bytes, value);
    return undefined;
  }

  private succeeded(cursor: TextCursor, call: Pending, bytes: Uint8Array, value: number): void {
    const { context, fds, result } = this;
    switch (call.index) {
      case BIND:
      case CONNECT:
        this.address(call, bytes, call.fd, call.index === CONNECT);
        return;
      case CALLS:
      case GETPEERNAME:
        if (value === 0) this.address(call, bytes, call.fd, call.index === GETPEERNAME);
        return;
      case ACCEPT:
      case ACCEPT4:
        this.address(call, bytes, value, true);
        fds.decorated(bytes, result.from, cursor.end);
        return;
      case CLOSE:
        fds.closed(call.fd);
        return;
    }
    if (MAKERS.includes(call.index)) {
      if (value > 0 && value !== call.child) this.pushFork(value, context.tid, call.flags);
    } else if (EXECS.includes(call.index)) {
      context.groups.learn(context.tid, context.tid);
      if (call.name > 0) this.named(call.name, 1);
    } else fds.decorated(bytes, result.from, cursor.end);
  }

  /** The address among the arguments of the line, or the one that the unfinished line had shown. */
  private address(call: Pending, bytes: Uint8Array, fd: number, remote: boolean): void {
    const { text, fds } = this;
    if (!(fd >= 0)) return;
    for (let i = 0; i < text.count; i++) {
      if (bytes[text.from[i]] !== OPEN_BRACE) continue;
      fds.addressed(fd, bytes, text.from[i], text.to[i], remote);
      return;
    }
    if (call.address !== null) fds.addressed(fd, call.address, 0, call.address.length, remote);
  }

  private pushFork(child: number, parent: number, flags: number): void {
    const { context } = this;
    context.groups.made(child, parent, Number.isNaN(flags) ? 0 : flags);
    const row = context.pushFor(TASK_FORK, context.groups.pidOf(child), child);
    const parentPid = context.groups.pidOf(parent);
    const { args } = context.rows;
    args[0][row] = parentPid < 0 ? ABSENT : parentPid;
    args[1][row] = parent;
    args[2][row] = 0;
  }

  private cloneFlags(bytes: Uint8Array, index: number, from: number, to: number): number {
    if (index !== CLONE && index !== CLONE3) return 0;
    const flags = this.text.member(bytes, FLAGS, from, to);
    const { rows } = this.context;
    if (index === CLONE) rows.args[0][rows.length - 1] = flags;
    return flags;
  }

  /** The name that the file of execve("/bin/sh", …) gives the task. */
  private nameOfFile(bytes: Uint8Array): number {
    const { text, context } = this;
    for (let i = 0; i < Math.min(text.count, 2); i++) {
      if (bytes[text.from[i]] !== QUOTE) continue;
      const path = unquote(bytes, text.from[i] + 1, text.to[i] - 1);
      const from = path.lastIndexOf(47) + 1;
      return context.names.intern(path, from, Math.min(path.length, from + COMM_LENGTH));
    }
    return 0;
  }
}

function argument(text: CallText, bytes: Uint8Array, index: number, type: ArgType): number {
  const value = text.value(bytes, index);
  switch (type) {
    case 'p':
      return value === 0 ? 0 : 1;
    case 'i':
      return Number.isNaN(value) ? ABSENT : value | 0;
    case 'u':
      return Number.isNaN(value) ? ABSENT : value >>> 0;
    case 'l':
      return value >= 0 ? value : ABSENT;
  }
}
