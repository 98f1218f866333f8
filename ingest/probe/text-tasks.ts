// Tracepoints about tasks as text: forks, names, ends. Names may hold anything, so fields are found from the right.

import { ABSENT, UNKNOWN } from '../../core/event/event-batch.ts';
import { eventCode } from '../../core/event/event-type.ts';
import { asciiBytes } from '../format/text/byte-table.ts';
import type { TextCursor } from '../format/text/text-cursor.ts';
import type { Outcome, TextContext } from './text-context.ts';

const TASK_COMM = eventCode('task_comm');
const TASK_FORK = eventCode('task_fork');
const TASK_EXIT = eventCode('task_exit');
const SLASH = 47;
/** include/linux/sched.h: TASK_COMM_LEN, less the NUL. */
export const COMM_LENGTH = 15;

const PID = asciiBytes(' pid=');
const OLD_PID = asciiBytes(' old_pid=');
const PARENT_PID = asciiBytes(' parent_pid=');
const CHILD_COMM = asciiBytes(' child_comm=');
const CHILD_PID = asciiBytes(' child_pid=');
const NEWCOMM = asciiBytes(' newcomm=');
const OOM = asciiBytes(' oom_score_adj=');
const CLONE_FLAGS = asciiBytes(' clone_flags=');
const FILENAME = asciiBytes('filename=');
const NO_PID = 'an event about a task that does not name it: the line was cut';

/** Where `wanted` starts for the last time before `to`; -1 when it does not from `from` on. */
function lastIndex(bytes: Uint8Array, from: number, to: number, wanted: Uint8Array): number {
  for (let at = to - wanted.length; at >= from; at--) {
    let i = 0;
    while (i < wanted.length && bytes[at + i] === wanted[i]) i++;
    if (i === wanted.length) return at;
  }
  return -1;
}

export class TextTasks {
  private readonly context: TextContext;

  constructor(context: TextContext) {
    this.context = context;
  }

  /** `comm=bash pid=1 child_comm=bash child_pid=2`; with `fields`, `parent_comm=` and `parent_pid=0x1 (1)`. */
  fork(cursor: TextCursor): Outcome {
    const { bytes, at: from, end } = cursor;
    const { context } = this;
    const childAt = lastIndex(bytes, from, end, CHILD_PID);
    const child = this.number(cursor, childAt, CHILD_PID);
    const nameAt = lastIndex(bytes, from, childAt, CHILD_COMM);
    let parentAt = lastIndex(bytes, from, nameAt, PID);
    let parent = this.number(cursor, parentAt, PID);
    if (parentAt < 0) {
      parentAt = lastIndex(bytes, from, nameAt, PARENT_PID);
      parent = this.number(cursor, parentAt, PARENT_PID);
    }
    if (child < 0 || parent < 0) return NO_PID;
    const parentPid = parent === context.tid && context.pid >= 0 ? context.pid : context.groups.pidOf(parent);
    const row = context.pushFor(TASK_FORK, context.groups.pidOf(child), child);
    const { args } = context.rows;
    args[0][row] = parentPid === UNKNOWN ? ABSENT : parentPid;
    args[1][row] = parent;
    args[2][row] = 0;
    return undefined;
  }

  /** task_newtask `pid=2 comm=bash clone_flags=1200000 oom_score_adj=0`: flags in hex say whose thread it is. It comes before the fork. */
  newTask(cursor: TextCursor): Outcome {
    const { bytes, at: from, end } = cursor;
    const { context } = this;
    const flagsAt = lastIndex(bytes, from, end, CLONE_FLAGS);
    cursor.at = from;
    while (cursor.at < end && bytes[cursor.at] !== 61) cursor.at++;
    cursor.at++;
    const child = cursor.integer();
    if (flagsAt < 0 || !(child > 0)) return NO_PID;
    cursor.at = flagsAt + CLONE_FLAGS.length;
    if (!cursor.hex()) return NO_PID;
    if (context.pid >= 0) context.groups.learn(context.tid, context.pid);
    context.groups.made(child, context.tid, cursor.low);
    return null;
  }

  /** `pid=2 oldcomm=a newcomm=b oom_score_adj=0`; newer kernels leave the pid to the line. */
  rename(cursor: TextCursor): Outcome {
    const { bytes, at: from, end } = cursor;
    const { context } = this;
    const nameAt = lastIndex(bytes, from, end, NEWCOMM);
    const nameEnd = lastIndex(bytes, nameAt, end, OOM);
    if (nameAt < 0 || nameEnd < 0) return NO_PID;
    let tid = context.tid;
    if (bytes[from] === 112) {
      cursor.at = from + 4;
      tid = cursor.integer();
      if (!(tid >= 0)) return NO_PID;
    }
    this.named(tid, nameAt + NEWCOMM.length, nameEnd, bytes, 0);
    return undefined;
  }

  /** `filename=/bin/sh pid=2 old_pid=2`: the file's name becomes the task's, and the task the first of its process. */
  exec(cursor: TextCursor): Outcome {
    const { bytes, at: from, end } = cursor;
    const oldAt = lastIndex(bytes, from, end, OLD_PID);
    const pidAt = lastIndex(bytes, from, oldAt, PID);
    const tid = this.number(cursor, pidAt, PID);
    if (tid < 0) return NO_PID;
    let nameAt = from + FILENAME.length;
    for (let at = nameAt; at < pidAt; at++) if (bytes[at] === SLASH) nameAt = at + 1;
    this.context.groups.learn(tid, tid);
    this.named(tid, nameAt, Math.min(pidAt, nameAt + COMM_LENGTH), bytes, 1);
    return undefined;
  }

  /** `comm=bash pid=2 prio=120 group_dead=true` */
  exit(cursor: TextCursor): Outcome {
    const { bytes, at: from, end } = cursor;
    const { context } = this;
    const tid = this.number(cursor, lastIndex(bytes, from, end, PID), PID);
    if (tid < 0) return NO_PID;
    context.pushFor(TASK_EXIT, this.pidOf(tid), tid);
    context.groups.forget(tid);
    return undefined;
  }

  /** A task has a name from now on. */
  named(tid: number, from: number, to: number, bytes: Uint8Array, exec: number): void {
    const { context } = this;
    const row = context.pushFor(TASK_COMM, this.pidOf(tid), tid);
    const { args } = context.rows;
    args[0][row] = context.names.intern(bytes, from, to);
    args[1][row] = exec;
    args[2][row] = 0;
  }

  private pidOf(tid: number): number {
    const { context } = this;
    return tid === context.tid && context.pid >= 0 ? context.pid : context.groups.pidOf(tid);
  }

  private number(cursor: TextCursor, at: number, name: Uint8Array): number {
    if (at < 0) return -1;
    cursor.at = at + name.length;
    const value = cursor.integer();
    return Number.isNaN(value) ? -1 : value;
  }
}
