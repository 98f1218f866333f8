// System calls as text, in every dialect: arguments are registers in hex, with or without `0x`, with or without names.
import { ABSENT } from '../../core/event/event-batch.ts';
import type { TextCursor } from '../format/text/text-cursor.ts';
import { DoubledCalls } from './doubled-calls.ts';
import { type ArgType, SYSCALL_ARGS } from './syscall-args.ts';
import { type SyscallArch, syscallName } from './syscall-table.ts';
import type { Outcome, TextContext } from './text-context.ts';

const CAPITAL_N = 78;
const OPEN_PAREN = 40;
const CLOSE_PAREN = 41;
const COLON = 58;
const COMMA = 44;
const EQUALS = 61;
const QUOTE = 34;
const SPACE = 32;
const HIGHEST_NR = 1024;
const CUT_OFF = 'a system call without all of its arguments: the line was cut';
const NO_NUMBER = 'a system call without a number';
const NO_RESULT = 'a system call that returned, without what';

const indexOf = (call: string): number => SYSCALL_ARGS.findIndex((args) => args.call === call);
const CLONE = indexOf('clone');
const FORKS = [indexOf('fork'), indexOf('vfork')];

export class TextSyscalls {
  arch: SyscallArch = 'x86_64';
  private readonly context: TextContext;
  private byNumber: { arch: SyscallArch; indices: Int16Array } | null = null;
  private readonly doubled = new DoubledCalls();
  /** Flags of the clone() that a task is in. */
  private readonly cloning = new Map<number, number>();

  constructor(context: TextContext) {
    this.context = context;
  }

  /** `fd: 3, backlog: 80` to the end or a closing parenthesis, or `__syscall_nr=50 fd=0x3 (3) backlog=128`. */
  enter(cursor: TextCursor, index: number): Outcome {
    const { types, enter } = SYSCALL_ARGS[index];
    const { context } = this;
    if (this.doubled.isSecond(context.tid, 2 * index, false)) return null;
    const row = context.push(enter);
    if (types.length > 0) {
      const found = this.isPairs(cursor) ? this.pairs(cursor, row, types) : this.list(cursor, row, types);
      if (found < types.length) return this.undo(CUT_OFF);
    }
    if (index === CLONE) this.entersClone(context.rows.args[0][row]);
    return undefined;
  }

  /** `0x3` or `__syscall_nr=50 ret=0x3 (3)`. */
  exit(cursor: TextCursor, index: number): Outcome {
    const { bytes, end } = cursor;
    cursor.skipSpaces();
    for (let at = end - 1; at > cursor.at; at--) {
      if (bytes[at] !== EQUALS) continue;
      cursor.at = at + 1;
      break;
    }
    return this.returned(index, cursor.integer(), false);
  }

  /** ` -> 0xfffffffffffffff5`: hex even without `0x`. */
  arrow(cursor: TextCursor, index: number): Outcome {
    cursor.skipSpaces();
    return cursor.hex() ? this.returned(index, cursor.signed64(), false) : NO_RESULT;
  }

  /** raw_syscalls:sys_enter `NR 50 (3, 80, 0, 0, 0, 0)`, hex; with `fields`, `id=0x32 (50) args=…`. */
  rawEnter(cursor: TextCursor): Outcome {
    const listed = cursor.peek() === CAPITAL_N;
    const index = this.numbered(cursor);
    if (index === null) return NO_NUMBER;
    if (index < 0) return null;
    const { types, enter } = SYSCALL_ARGS[index];
    const { context } = this;
    if (this.doubled.isSecond(context.tid, 2 * index, true)) return null;
    const row = context.push(enter);
    if (listed && cursor.take(OPEN_PAREN)) {
      for (let i = 0; i < types.length; i++) {
        cursor.skipSpaces();
        if (!cursor.hex()) return this.undo(CUT_OFF);
        context.rows.args[i][row] = argument(cursor, types[i]);
        if (!cursor.take(COMMA) && cursor.peek() !== CLOSE_PAREN) return this.undo(CUT_OFF);
      }
    }
    if (index === CLONE) this.entersClone(context.rows.args[0][row]);
    return undefined;
  }

  /** raw_syscalls:sys_exit `NR 288 = -11`, decimal. */
  rawExit(cursor: TextCursor): Outcome {
    const index = this.numbered(cursor);
    if (index === null) return NO_NUMBER;
    if (index < 0) return null;
    if (!cursor.skipPast(EQUALS)) return NO_RESULT;
    cursor.skipSpaces(); // `NR 50 = 0`, or `ret=0x0 (0)`
    return this.returned(index, cursor.integer(), true);
  }

  private returned(index: number, result: number, raw: boolean): Outcome {
    if (Number.isNaN(result)) return NO_RESULT;
    const { context } = this;
    if (this.doubled.isSecond(context.tid, 2 * index + 1, raw)) return null;
    const row = context.push(SYSCALL_ARGS[index].exit);
    context.rows.args[0][row] = result;
    if (index === CLONE) {
      const flags = this.cloning.get(context.tid);
      this.cloning.delete(context.tid);
      if (flags !== undefined && result > 0) context.groups.made(result, context.tid, flags);
    } else if (FORKS.includes(index) && result > 0) context.groups.made(result, context.tid, 0);
    return undefined;
  }

  private entersClone(flags: number): void {
    if (this.cloning.size > 65536) this.cloning.clear();
    if (!Number.isNaN(flags)) this.cloning.set(this.context.tid, flags);
  }

  /** Takes the row back that was just written. */
  private undo(reason: string): string {
    this.context.rows.length--;
    this.context.pushed--;
    return reason;
  }

  /** The place in the catalogue of the call `NR 50 ` or `id=50 `; -1 for one without a use, null when there is no number. */
  private numbered(cursor: TextCursor): number | null {
    const { bytes, end } = cursor;
    cursor.skipSpaces();
    while (cursor.at < end && bytes[cursor.at] !== SPACE && bytes[cursor.at] !== EQUALS) cursor.at++;
    cursor.at++;
    const nr = cursor.integer();
    cursor.skipSpaces();
    if (Number.isNaN(nr)) return null;
    if (nr < 0 || nr >= HIGHEST_NR) return -1;
    if (this.byNumber?.arch !== this.arch) this.byNumber = { arch: this.arch, indices: indicesOf(this.arch) };
    return this.byNumber.indices[nr];
  }

  /** Whether arguments are `name=value` pairs. */
  private isPairs({ bytes, at, end }: TextCursor): boolean {
    for (let i = at; i < end; i++) {
      if (bytes[i] === EQUALS) return true;
      if (bytes[i] === COLON) return false;
    }
    return false;
  }

  private list(cursor: TextCursor, row: number, types: readonly ArgType[]): number {
    const { args } = this.context.rows;
    const { bytes } = cursor;
    let i = 0;
    for (; i < types.length; i++) {
      do if (!cursor.skipPast(COLON)) return i;
      while (cursor.peek() !== SPACE);
      cursor.skipSpaces();
      if (!cursor.hex()) return i;
      args[i][row] = argument(cursor, types[i]);
      const { at } = cursor;
      if (cursor.peek() === SPACE && i + 1 < types.length) skipUserData(cursor);
      else if (at < cursor.end && bytes[at] !== COMMA && bytes[at] !== CLOSE_PAREN && bytes[at] !== SPACE) return i;
    }
    return i;
  }

  /** Arguments by their place: the names of a few changed between releases. The call's number comes first. */
  private pairs(cursor: TextCursor, row: number, types: readonly ArgType[]): number {
    const { args } = this.context.rows;
    let i = 0;
    let first = true;
    for (; i < types.length; ) {
      const { bytes } = cursor;
      const from = cursor.at;
      if (!cursor.skipPast(EQUALS)) return i;
      const isNumber = first && isSyscallNumber(bytes, from, cursor.at - 1);
      first = false;
      const value = cursor.integer();
      if (isNumber) continue;
      if (Number.isNaN(value) && cursor.digits === 0) return i;
      args[i++][row] = fromInteger(value, cursor, types[i - 1]);
    }
    return i;
  }
}

/** The last hex number as an argument of a type. */
function argument(cursor: TextCursor, type: ArgType): number {
  switch (type) {
    case 'i':
      return cursor.low | 0;
    case 'u':
      return cursor.low;
    case 'l':
      return cursor.unsigned64();
    case 'p':
      return cursor.low === 0 && cursor.high === 0 ? 0 : 1;
  }
}

function fromInteger(value: number, cursor: TextCursor, type: ArgType): number {
  if (cursor.prefixed && cursor.digits > 0) return argument(cursor, type);
  if (Number.isNaN(value)) return ABSENT;
  switch (type) {
    case 'i':
      return value | 0;
    case 'u':
      return value >>> 0;
    case 'l':
      return value >= 0 ? value : ABSENT;
    case 'p':
      return value === 0 ? 0 : 1;
  }
}

/** Whether the word before `=` is `__syscall_nr` or `nr`. */
function isSyscallNumber(bytes: Uint8Array, from: number, to: number): boolean {
  const ends = to - from >= 2 && bytes[to - 1] === 114 && bytes[to - 2] === 110;
  return ends && (to - 2 === from || bytes[to - 3] === SPACE || bytes[to - 3] === 95);
}

/** Since 6.19 a pointer may be followed by what it pointed to: `"/bin/sh"` or `(01:00:05:…)`. Both may hold any byte. */
function skipUserData(cursor: TextCursor): void {
  cursor.skipSpaces();
  const open = cursor.peek();
  if (open !== QUOTE && open !== OPEN_PAREN) return;
  const close = open === QUOTE ? QUOTE : CLOSE_PAREN;
  const { bytes, end } = cursor;
  for (let at = cursor.at + 1; at + 1 < end; at++) {
    if (bytes[at] === close && bytes[at + 1] === COMMA) {
      cursor.at = at + 1;
      return;
    }
  }
}

function indicesOf(arch: SyscallArch): Int16Array {
  return Int16Array.from({ length: HIGHEST_NR }, (_, nr) => {
    const name = syscallName(arch, nr);
    return name === undefined ? -1 : indexOf(name);
  });
}
