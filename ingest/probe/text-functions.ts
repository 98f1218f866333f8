// Functions as text: kprobes and kretprobes, the function tracer, and what function_graph says of entries and returns.
import { ABSENT } from '../../core/event/event-batch.ts';
import { eventCode } from '../../core/event/event-type.ts';
import type { TextCursor } from '../format/text/text-cursor.ts';
import { PathFunctions } from './path-functions.ts';
import type { Outcome, TextContext } from './text-context.ts';

const FUNC_ENTER = eventCode('func_enter');
const FUNC_RETURN = eventCode('func_return');

const OPEN_PAREN = 40;
const CLOSE_PAREN = 41;
const PLUS = 43;
const LESS = 60;
const EQUALS = 61;
const QUOTE = 34;
const SPACE = 32;
const UNDERSCORE = 95;
/** A probe this far into a function still is at its entry: what the compiler puts before the first instruction is shorter. */
const ENTRY_BYTES = 8;
/** include/linux/err.h: MAX_ERRNO */
const MAX_ERRNO = 4095;
const CUT_OFF = 'a probe without its place: the line was cut';

/** Characters of a C name, with the dots of compilers. */
const isName = (byte: number): boolean =>
  (byte >= 97 && byte <= 122) ||
  (byte >= 65 && byte <= 90) ||
  (byte >= 48 && byte <= 57) ||
  byte === UNDERSCORE ||
  byte === 46;

/** End of the name that starts at `from`. */
export function nameEnd(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && isName(bytes[at])) at++;
  return at;
}

export class TextFunctions {
  private readonly context: TextContext;
  private readonly functions: PathFunctions;

  constructor(context: TextContext) {
    this.context = context;
    this.functions = new PathFunctions(context.dictionaries.strings);
  }

  /** The interned name of a function of the path; -1 for any other. */
  find(bytes: Uint8Array, from: number, to: number): number {
    return this.functions.find(bytes, from, to);
  }

  /** A row for a function that was entered; the cursor is at its `(args)`, if it has any. Returns the row. */
  entered(func: number, cursor: TextCursor): number {
    const row = this.context.push(FUNC_ENTER);
    const { args } = this.context.rows;
    args[0][row] = func;
    if (cursor.peek() === OPEN_PAREN) args[1][row] = this.sockOf(cursor);
    return row;
  }

  /** A row for a function that returned after `duration` nanoseconds, with the printed value if there is one. */
  returned(func: number, ret: number, duration: number): void {
    const row = this.context.push(FUNC_RETURN);
    const { args } = this.context.rows;
    args[0][row] = func;
    args[1][row] = ret;
    args[2][row] = duration;
  }

  /** The function tracer: `inet_listen <-__sys_listen`, with `func-args` `inet_listen(sock=0x…, backlog=5) <-__sys_listen`. */
  traced(cursor: TextCursor, from: number, to: number): Outcome {
    const func = this.functions.find(cursor.bytes, from, to);
    if (func < 0) return null;
    cursor.at = to;
    this.entered(func, cursor);
    return undefined;
  }

  /**
   * A dynamic probe, `(inet_listen+0x0/0x60) sk=0x…` or `(site <- inet_listen) ret=0x0`. The name of the event tells the function
   * where the printer had no symbols.
   */
  probe(cursor: TextCursor, eventFrom: number, eventTo: number): Outcome {
    const { bytes, end } = cursor;
    const place = cursor.at + 1;
    if (!cursor.skipPast(CLOSE_PAREN)) return CUT_OFF;
    const close = cursor.at - 1;
    let arrow = place;
    while (arrow < close && bytes[arrow] !== LESS) arrow++;
    const returns = arrow < close;
    let from = place;
    if (returns) {
      from = arrow + 2;
      while (from < close && bytes[from] === SPACE) from++;
    }
    let func = this.functions.find(bytes, from, nameEnd(bytes, from, close));
    if (func < 0) func = this.ofEvent(bytes, eventFrom, eventTo);
    if (func < 0) return null;
    if (returns) {
      this.returned(func, this.result(cursor, end), ABSENT);
      return undefined;
    }
    if (!this.isEntry(cursor, place, close)) return null;
    cursor.at = close + 1;
    const row = this.context.push(FUNC_ENTER);
    const { args } = this.context.rows;
    args[0][row] = func;
    this.arguments(cursor, row);
    return undefined;
  }

  /** perf names probes `inet_listen` and `inet_listen__return`, tracefs `p_inet_listen_0` and `r_inet_listen_0`. */
  private ofEvent(bytes: Uint8Array, from: number, to: number): number {
    let start = from;
    let end = to;
    if (end - start > 2 && (bytes[start] === 112 || bytes[start] === 114) && bytes[start + 1] === UNDERSCORE)
      start += 2;
    const whole = this.functions.find(bytes, start, end);
    if (whole >= 0) return whole;
    let at = end;
    while (at > start && bytes[at - 1] >= 48 && bytes[at - 1] <= 57) at--;
    if (at < end && at > start && bytes[at - 1] === UNDERSCORE) end = at - 1;
    for (at = start; at + 1 < end; at++) {
      if (bytes[at] !== UNDERSCORE || bytes[at + 1] !== UNDERSCORE || at === start) continue;
      const func = this.functions.find(bytes, start, at);
      if (func >= 0) return func;
    }
    return this.functions.find(bytes, start, end);
  }

  /** Whether a place is the start of its function, as far as it says: `inet_listen+0x0/0x60`. */
  private isEntry(cursor: TextCursor, from: number, to: number): boolean {
    const { bytes } = cursor;
    let at = from;
    while (at < to && bytes[at] !== PLUS) at++;
    if (at === to) return true;
    cursor.at = at + 1;
    return cursor.hex() && cursor.high === 0 && cursor.low <= ENTRY_BYTES;
  }

  /** `sk` by its name and the first two other numbers. */
  private arguments(cursor: TextCursor, row: number): void {
    const { args } = this.context.rows;
    const { bytes } = cursor;
    let next = 2;
    for (;;) {
      cursor.skipSpaces();
      const from = cursor.at;
      if (!cursor.skipPast(EQUALS)) return;
      const to = cursor.at - 1;
      if (cursor.peek() === QUOTE) {
        cursor.at++;
        cursor.skipPast(QUOTE);
        continue;
      }
      if (isSk(bytes, from, to)) args[1][row] = this.address(cursor);
      else if (next <= 3) {
        const start = cursor.at;
        const value = cursor.integer();
        if (cursor.at > start && !(Number.isNaN(value) && cursor.digits === 0)) args[next++][row] = value;
      }
      while (cursor.at < cursor.end && bytes[cursor.at] !== SPACE) cursor.at++;
    }
  }

  /** The value of a kretprobe: the one called `ret`, or else the first. A returned kernel pointer is not a number. */
  private result(cursor: TextCursor, end: number): number {
    const { bytes } = cursor;
    if (!cursor.skipPast(EQUALS)) return ABSENT;
    const first = cursor.at;
    for (let at = first; at + 4 < end; at++) {
      if (bytes[at] !== SPACE || bytes[at + 1] !== 114 || bytes[at + 2] !== 101 || bytes[at + 3] !== 116) continue;
      if (bytes[at + 4] === EQUALS) cursor.at = at + 5;
    }
    return this.value(cursor);
  }

  /** A returned value: a count or a negative errno; ABSENT for a pointer. */
  value(cursor: TextCursor): number {
    const value = cursor.integer();
    return Number.isNaN(value) || value < -MAX_ERRNO ? ABSENT : value;
  }

  private address(cursor: TextCursor): number {
    if (!cursor.hex() || !cursor.isAddress()) return ABSENT;
    return this.context.dictionaries.addresses.intern(cursor.high, cursor.low);
  }

  /** The `sk=0x…` among `(sk=0x…, backlog=5)`. */
  private sockOf(cursor: TextCursor): number {
    const { bytes, end } = cursor;
    for (let at = cursor.at; at + 4 < end && bytes[at] !== CLOSE_PAREN; at++) {
      if (bytes[at + 3] !== EQUALS || !isSk(bytes, at + 1, at + 3)) continue;
      if (bytes[at] !== OPEN_PAREN && bytes[at] !== SPACE) continue;
      cursor.at = at + 4;
      return this.address(cursor);
    }
    return ABSENT;
  }
}

const isSk = (bytes: Uint8Array, from: number, to: number): boolean =>
  to - from === 2 && bytes[from] === 115 && bytes[from + 1] === 107;
