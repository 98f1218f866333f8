// Reads strace's output: -f to a file or a terminal, any of its times, calls that other tasks' lines interrupt.

import { eventCode } from '../../../core/event/event-type.ts';
import type { Outcome } from '../../probe/text-context.ts';
import type { ByteSource } from '../format.ts';
import { asciiBytes } from '../text/byte-table.ts';
import { TextReader } from '../text/text-reader.ts';
import { StraceCalls } from './calls.ts';
import { firstLook } from './first-look.ts';
import { DayClock, LineStart, type TimeKind } from './line-start.ts';
import { unquote } from './quoted.ts';

const TASK_EXIT = eventCode('task_exit');
const SPACE = 32;
const COMMA = 44;
const PLUS = 43;
const MINUS = 45;
const LESS = 60;
const GREATER = 62;
const OPEN_PAREN = 40;
const OPEN_SQUARE = 91;
/** More tasks than a machine has at once; a damaged text must not fill the memory with them. */
const MOST_TASKS = 1 << 20;
/** `<... ` before the name of a call that goes on. */
const RESUMED = 5;

const PROCESS = asciiBytes('strace: Process ');
const NOTICE = asciiBytes('strace: ');
const KILLED = [asciiBytes('+++ exited'), asciiBytes('+++ killed'), asciiBytes('+++ superseded')];

const CLOCKS: Readonly<Record<TimeKind, string>> = {
  none: 'order of lines (no times)',
  'of day': 'strace local time of day',
  epoch: 'realtime',
  relative: 'strace time since the first line',
};

export class StraceReader extends TextReader {
  private readonly calls = new StraceCalls(this.context);
  private readonly start = new LineStart();
  private readonly day = new DayClock();
  private readonly kind: TimeKind;
  /** Task of lines that name none. */
  private readonly mainTid: number;
  /** Tasks known to be followed; strace names them only while there are two. */
  private readonly alive = new Set<number>();
  /** The call that the line before left open. */
  private broken: { readonly tid: number; readonly index: number } | null = null;
  /** Names that -Y told, interned. */
  private readonly named = new Map<number, number>();

  constructor(source: ByteSource) {
    super(source, 'strace');
    const look = firstLook(this.walk, this.cursor, source.name);
    this.kind = look.kind;
    this.mainTid = look.mainTid;
    if (look.mainTid >= 0) this.alive.add(look.mainTid);
    const { clock } = this.context;
    clock.timed = look.kind !== 'none';
    if (look.kind === 'epoch') clock.baseOn(look.seconds);
    else clock.baseHigh = 0;
    this.info.tool = 'strace';
    this.info.clock = CLOCKS[look.kind];
    this.info.wallOffset = look.kind === 'epoch' ? '0' : null;
  }

  protected override probeName(event: string): string | null {
    return event.startsWith('sys_') ? `strace:${event}` : null;
  }

  protected line(): Outcome {
    const { cursor, start } = this;
    if (this.broken !== null) return this.rest();
    start.read(cursor);
    if (!this.setTime()) return 'a time far from all others';
    const { bytes, at, end } = cursor;
    if (at >= end) return null;
    if (this.isNotice(at)) return null;
    this.setTask();
    switch (bytes[at]) {
      case MINUS: // --- SIGCHLD {…} ---
      case GREATER: //  > libc.so.6(accept4+0x17) [0x…], of -k
      case OPEN_SQUARE: // [ Process PID=17 runs in 32 bit mode. ]
        return null;
      case PLUS:
        return this.ending();
      case LESS:
        return this.goesOn();
      default:
        return this.call();
    }
  }

  private call(): Outcome {
    const { cursor } = this;
    const { bytes, at: from, end } = cursor;
    let to = from;
    while (to < end && bytes[to] !== OPEN_PAREN && bytes[to] !== SPACE) to++;
    if (to === end || bytes[to] !== OPEN_PAREN || to === from) return 'no line of strace: it has no call';
    const index = this.calls.find(bytes, from, to);
    if (index < 0) return null;
    cursor.at = to + 1;
    const glued = this.cutGluedNotice();
    const outcome = this.calls.entered(cursor, index);
    if (glued >= 0) {
      cursor.end = end;
      this.broken = { tid: this.context.tid, index };
      this.attached(glued);
    }
    return outcome;
  }

  /** What follows a call that `strace: Process 17 attached` broke in two: `, child_tidptr=…) = 17`, or ` <unfinished ...>`. */
  private rest(): Outcome {
    const { cursor, context, broken } = this;
    this.broken = null;
    const first = cursor.peek();
    if (broken === null || (first !== COMMA && first !== SPACE)) return this.line();
    cursor.skipSpaces();
    if (cursor.peek() === LESS) return null;
    context.reset();
    context.at = context.clock.untimed();
    context.tid = broken.tid;
    return this.calls.resumed(cursor, broken.index);
  }

  /** `<... accept4 resumed>) = 4`; ` <unfinished ...>` alone is what a notice had cut off. */
  private goesOn(): Outcome {
    const { cursor } = this;
    const { bytes, at, end } = cursor;
    if (bytes[at + 1] !== 46) return null;
    const from = at + RESUMED;
    let to = from;
    while (to < end && bytes[to] !== SPACE) to++;
    const index = this.calls.find(bytes, from, Math.min(to, end));
    if (!cursor.skipPast(GREATER)) return 'a resumed call without its end: the line was cut';
    return index < 0 ? null : this.calls.resumed(cursor, index);
  }

  /** `+++ exited with 0 +++` */
  private ending(): Outcome {
    const { context, cursor, alive } = this;
    if (!KILLED.some((text) => this.isAt(text, cursor.at))) return null;
    const { tid } = context;
    if (tid < 0) return null;
    context.push(TASK_EXIT);
    alive.delete(tid);
    context.groups.forget(tid);
    this.named.delete(tid);
    this.calls.ended(tid);
    return undefined;
  }

  /** Lines of strace itself; one tells of a new task. */
  private isNotice(at: number): boolean {
    if (!this.isAt(NOTICE, at)) return false;
    if (this.isAt(PROCESS, at)) this.attached(at + PROCESS.length);
    return true;
  }

  /** Ends the line before `strace: Process 17 attached`, which a terminal may show in the middle of a call; returns where the id is, or -1. */
  private cutGluedNotice(): number {
    const { cursor } = this;
    for (let at = cursor.at; at + PROCESS.length < cursor.end; at++) {
      if (cursor.bytes[at] !== PROCESS[0] || !this.isAt(PROCESS, at)) continue;
      cursor.end = at;
      return at + PROCESS.length;
    }
    return -1;
  }

  private attached(at: number): void {
    const { cursor, context } = this;
    const from = cursor.at;
    cursor.at = at;
    const tid = cursor.decimal();
    cursor.at = from;
    if (!(tid > 0 && tid <= 0x7fffffff)) return;
    context.tid = -1;
    context.pid = -1;
    context.commFrom = context.commTo = 0;
    this.seen(tid);
  }

  /** The first sign of a task: what it belongs to is known when only one task can have made it. */
  private seen(tid: number): void {
    if (this.alive.has(tid)) return;
    if (this.alive.size >= MOST_TASKS) this.alive.clear();
    this.alive.add(tid);
    const maker = this.calls.onlyMaker();
    if (maker >= 0 && maker !== tid) this.calls.made(tid, maker);
  }

  private setTask(): void {
    const { context, start, cursor } = this;
    context.reset();
    if (start.tid >= 0) {
      this.seen(start.tid);
      context.tid = start.tid;
    } else if (this.alive.size === 1) [context.tid] = this.alive;
    else context.tid = this.mainTid;
    if (start.nameTo <= start.nameFrom) return;
    const name = unquote(cursor.bytes, start.nameFrom, start.nameTo);
    context.setComm(name, 0, name.length);
    const id = context.names.intern(name, 0, name.length);
    if (this.named.get(start.tid) === id) return;
    if (this.named.size >= MOST_TASKS) this.named.clear();
    this.named.set(start.tid, id);
    this.calls.named(id, 0);
  }

  private setTime(): boolean {
    const { context, start } = this;
    const { clock } = context;
    if (this.kind === 'none' || start.kind !== this.kind) context.at = clock.untimed();
    else {
      if (start.kind === 'relative') {
        clock.high += start.seconds;
        clock.low += start.nanoseconds;
        if (clock.low >= 1e9) {
          clock.high++;
          clock.low -= 1e9;
        }
      } else {
        clock.high = start.kind === 'of day' ? this.day.secondsOf(start.seconds) : start.seconds;
        clock.low = start.nanoseconds;
      }
      context.at = clock.now();
    }
    return !Number.isNaN(context.at);
  }

  private isAt(text: Uint8Array, at: number): boolean {
    const { bytes, end } = this.cursor;
    if (at + text.length > end) return false;
    for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text[i]) return false;
    return true;
  }
}
