// Follows system calls per task: pairs enter with exit, keeps the fd tables, and tells the path what listen() and accept() did.
import type { EventBatch } from '../event/event-batch.ts';
import { EVENT_TYPES, eventCode } from '../event/event-type.ts';
import { ECONNABORTED, EFAULT } from '../kernel/errno.ts';
import { FilesTable, hasCloexec, OpenFile } from './open-files.ts';
import { type AcceptCall, newAccept } from './queue-timeline.ts';

/** A call that a task is in. One object per task, used again for its next call. */
export interface PendingCall {
  name: string;
  at: number;
  a0: number;
  a1: number;
  a2: number;
  file: OpenFile | null;
  /** Kernel address that went CLOSE → LISTEN during this listen(). */
  listenSk: number | null;
  /** The accept() that the task is in. */
  accept: AcceptCall | null;
}

export interface Caller {
  readonly pid: number;
  readonly tid: number;
  readonly comm: number;
}

/** What the path wants to know of system calls. */
export interface CallObserver {
  listened(caller: Caller, call: PendingCall, result: number | null): void;
  acceptEntered(file: OpenFile, accept: AcceptCall): void;
  /** accept() returned; `accept` says with what. */
  acceptLeft(file: OpenFile, accept: AcceptCall, at: number): void;
  /** A task was in accept() on this file since before the capture began. */
  blockedSinceStart(file: OpenFile): void;
}

const NAME_OF: readonly string[] = EVENT_TYPES.map((type) => type.name.replace(/^sys_(enter|exit)_/, ''));
export const IS_ENTER: readonly boolean[] = EVENT_TYPES.map((type) => type.name.startsWith('sys_enter_'));
export const IS_EXIT: readonly boolean[] = EVENT_TYPES.map((type) => type.name.startsWith('sys_exit_'));
const TASK_COMM = eventCode('task_comm');
const TASK_FORK = eventCode('task_fork');
const TASK_EXIT = eventCode('task_exit');

const USES_ARGUMENTS = new Set([
  'listen',
  'accept',
  'accept4',
  'socket',
  'close',
  'close_range',
  'dup',
  'dup2',
  'dup3',
  'fcntl',
  'shutdown',
]);

const CLONE_FILES = 0x400;
const CLOSE_RANGE_UNSHARE = 2;
const CLOSE_RANGE_CLOEXEC = 4;
const F_DUPFD = 0;
const F_SETFD = 2;
const F_DUPFD_CLOEXEC = 1030;
const FD_CLOEXEC = 1;

/** The process, or the task alone (negative) when the capture does not say which process it belongs to. */
const tableKey = (pid: number, tid: number): number => (pid >= 0 ? pid : -2 - tid);

export class TaskCalls {
  private readonly tables = new Map<number, FilesTable>();
  private readonly pending = new Map<number, PendingCall>();
  /** Results of accept() calls that were entered before the capture began, until the task shows which fd it accepts on. */
  private readonly early = new Map<number, { at: number; result: number; caller: Caller }>();
  private readonly seen = new Set<number>();
  private readonly observer: CallObserver;

  constructor(observer: CallObserver) {
    this.observer = observer;
  }

  /** The fd tables by process; a key below -1 is that of the task -2 - key alone, whose process is not told. */
  get filesTables(): ReadonlyMap<number, FilesTable> {
    return this.tables;
  }

  /** What tasks are in, by tid. */
  *underWay(): Generator<[tid: number, call: Readonly<PendingCall>]> {
    for (const [tid, call] of this.pending) if (call.name !== '') yield [tid, call];
  }

  /** The call that a task is in; undefined when in none that is traced. */
  current(tid: number): PendingCall | undefined {
    const call = this.pending.get(tid);
    return call === undefined || call.name === '' ? undefined : call;
  }

  enter(batch: EventBatch, row: number): void {
    const tid = batch.tid[row];
    let call = this.pending.get(tid);
    if (call === undefined) {
      call = { name: '', at: 0, a0: 0, a1: 0, a2: 0, file: null, listenSk: null, accept: null };
      this.pending.set(tid, call);
    }
    call.name = NAME_OF[batch.type[row]];
    call.at = batch.at[row];
    call.a0 = batch.args[0][row];
    call.a1 = batch.args[1][row];
    call.a2 = batch.args[2][row];
    call.file = null;
    call.listenSk = null;
    const { name } = call;
    // without its arguments (a damaged format) a call changes nothing
    if (Number.isNaN(call.a0) || (name === 'listen' && Number.isNaN(call.a1))) {
      if (USES_ARGUMENTS.has(name)) call.name = '';
      this.seen.add(tid);
      return;
    }
    if (name === 'accept' || name === 'accept4') {
      call.a1 = name === 'accept4' ? batch.args[3][row] : 0;
      call.file = this.listening(batch.pid[row], tid, call.a0);
      this.settleEarly(tid, call.file);
      call.accept = newAccept(batch.pid[row], tid, batch.comm[row], call.at);
      this.observer.acceptEntered(call.file, call.accept);
    } else if (name === 'listen') call.file = this.table(batch.pid[row], tid).getOrUnknown(call.a0);
    else if (name === 'close' || name === 'shutdown') call.file = this.table(batch.pid[row], tid).get(call.a0) ?? null;
    this.seen.add(tid);
  }

  exit(batch: EventBatch, row: number): void {
    const tid = batch.tid[row];
    const name = NAME_OF[batch.type[row]];
    const call = this.pending.get(tid);
    const result = batch.args[0][row];
    const at = batch.at[row];
    const caller = { pid: batch.pid[row], tid, comm: batch.comm[row] };
    if (call === undefined || call.name !== name) {
      if ((name === 'accept' || name === 'accept4') && !this.seen.has(tid)) this.early.set(tid, { at, result, caller });
      this.seen.add(tid);
      return;
    }
    call.name = '';
    if (name === 'accept' || name === 'accept4') this.exitAccept(caller, call, at, result);
    else if (name === 'listen') this.observer.listened(caller, call, result);
    else if (result >= 0) this.apply(this.table(caller.pid, tid), name, call, result);
  }

  /** task_comm, task_fork, task_exit. */
  task(batch: EventBatch, row: number): void {
    const type = batch.type[row];
    const pid = batch.pid[row];
    const tid = batch.tid[row];
    if (type === TASK_COMM) {
      if (batch.args[1][row] === 1) this.tables.get(tableKey(pid, tid))?.exec();
    } else if (type === TASK_FORK)
      this.forked(batch.args[0][row], batch.args[1][row], pid, tid, batch.args[2][row] === 1);
    else if (type === TASK_EXIT) {
      this.pending.delete(tid);
      // threads end before or with their leader; a table that outlives it would only be garbage
      if (tid === pid || pid < 0) this.tables.delete(tableKey(pid, tid));
    }
  }

  private forked(parentPid: number, parentTid: number, pid: number, tid: number, synthesized: boolean): void {
    if (synthesized || (pid >= 0 && parentPid === pid)) return;
    const parent = this.tables.get(tableKey(parentPid, parentTid));
    if (parent === undefined) return;
    const call = this.current(parentTid);
    const shares =
      call?.name === 'clone'
        ? (call.a0 & CLONE_FILES) !== 0
        : // where processes are not told: threads are made by clone3(), processes by clone() and fork()
          pid < 0 && call?.name === 'clone3';
    this.tables.set(tableKey(pid, tid), shares ? parent : parent.copy());
  }

  /** Calls that the capture ends inside of. */
  finish(): void {
    for (const [tid, call] of this.pending) {
      if (call.name === 'listen') this.observer.listened({ pid: -1, tid, comm: -1 }, call, null);
    }
  }

  /** The fds of a process; of the task alone when the capture does not say which process it belongs to. */
  private table(pid: number, tid: number): FilesTable {
    const key = tableKey(pid, tid);
    let table = this.tables.get(key);
    if (table === undefined) {
      table = new FilesTable();
      this.tables.set(key, table);
    }
    return table;
  }

  /**
   * The file that a task accepts on. Where processes are not told, a thread's fd is that of the one other task that listens on the same
   * number: threads share fds, and forked workers inherit them. Two such tasks: not known.
   */
  private listening(pid: number, tid: number, fd: number): OpenFile {
    const own = this.table(pid, tid);
    if (pid >= 0 || own.get(fd) !== undefined) return own.getOrUnknown(fd);
    let found: OpenFile | undefined;
    for (const [key, table] of this.tables) {
      const file = key < -1 ? table.get(fd) : undefined;
      if (file === undefined || file === found || file.listener === null) continue;
      if (found !== undefined) return own.getOrUnknown(fd);
      found = file;
    }
    if (found === undefined) return own.getOrUnknown(fd);
    own.install(fd, found, false);
    return found;
  }

  /** The open file of a task's fd, for what recorders say about it. */
  fileOf(pid: number, tid: number, fd: number): OpenFile {
    return this.table(pid, tid).getOrUnknown(fd);
  }

  /** A task's fd is another file than the one known: closed and opened unseen. */
  reopen(pid: number, tid: number, fd: number): OpenFile {
    const table = this.table(pid, tid);
    table.close(fd);
    return table.getOrUnknown(fd);
  }

  private exitAccept(caller: Caller, call: PendingCall, at: number, result: number): void {
    const file = call.file as OpenFile;
    if (result >= 0) {
      const child = new OpenFile();
      child.acceptedVia = file;
      child.accepted = call.accept;
      this.table(caller.pid, caller.tid).install(result, child, hasCloexec(call.a1));
    }
    this.leave(file, call.accept as AcceptCall, at, result);
    call.accept = null;
  }

  private leave(file: OpenFile, accept: AcceptCall, at: number, result: number): void {
    accept.exited = at;
    accept.result = result;
    accept.took = result >= 0 || result === -EFAULT || result === -ECONNABORTED;
    this.observer.acceptLeft(file, accept, at);
  }

  /** A task that was blocked in accept() at the start and now accepts on `file` most likely did so before: one loop, one listener. */
  private settleEarly(tid: number, file: OpenFile): void {
    const early = this.early.get(tid);
    if (early === undefined) return;
    this.early.delete(tid);
    if (early.result < 0) return;
    this.observer.blockedSinceStart(file);
    this.leave(file, newAccept(early.caller.pid, early.caller.tid, early.caller.comm, 0), early.at, early.result);
  }

  private apply(table: FilesTable, name: string, call: PendingCall, result: number): void {
    switch (name) {
      case 'socket': {
        const file = new OpenFile();
        file.family = call.a0;
        file.type = call.a1 & 0xf;
        file.fd = result;
        table.install(result, file, hasCloexec(call.a1));
        return;
      }
      case 'close':
        table.close(call.a0);
        return;
      case 'close_range':
        if ((call.a2 & CLOSE_RANGE_CLOEXEC) !== 0) table.setCloexecRange(call.a0, call.a1);
        else if ((call.a2 & CLOSE_RANGE_UNSHARE) === 0) table.closeRange(call.a0, call.a1);
        return;
      case 'dup':
        table.install(result, table.getOrUnknown(call.a0), false);
        return;
      case 'dup2':
      case 'dup3':
        if (call.a0 !== result)
          table.install(result, table.getOrUnknown(call.a0), name === 'dup3' && hasCloexec(call.a2));
        return;
      case 'fcntl':
        if (call.a1 === F_DUPFD || call.a1 === F_DUPFD_CLOEXEC) {
          table.install(result, table.getOrUnknown(call.a0), call.a1 === F_DUPFD_CLOEXEC);
        } else if (call.a1 === F_SETFD) table.setCloexec(call.a0, (call.a2 & FD_CLOEXEC) !== 0);
        return;
      default:
        return;
    }
  }
}
