// Who, where and when at the start of a line of tracefs and trace-cmd: `comm-tid (tgid) [cpu] flags time: event`.
import { UNKNOWN } from '../../../core/event/event-batch.ts';
import type { TextContext } from '../../probe/text-context.ts';
import type { TextCursor } from './text-cursor.ts';

const SPACE = 32;
const MINUS = 45;
const COLON = 58;
const OPEN_SQUARE = 91;
const CLOSE_SQUARE = 93;
const OPEN_PAREN = 40;
const CLOSE_PAREN = 41;
/** Names are printed in sixteen columns, so the CPU never stands further left than this; in a text cut out by hand it may. */
const LEFTMOST = 19;
const MOST_FLAGS = 8;
/** PID_MAX_LIMIT has seven digits. */
const MOST_PID_DIGITS = 10;

export const isDigit = (byte: number): boolean => byte >= 48 && byte <= 57;

export class ContextLine {
  /** Where lines of this text have their `[`, counted from the start of the name; -1 until that is known. */
  column = -1;
  /** Where the name of the last line's task ended. */
  nameEnd = 0;
  private readonly context: TextContext;

  constructor(context: TextContext) {
    this.context = context;
  }

  /**
   * Reads the context and leaves the cursor at the event. A command's name may look like all of this, so the `[` in the column
   * of the other lines comes first, then the first one that fits. False when the line has no context.
   */
  read(cursor: TextCursor): boolean {
    const { bytes, at: from, end } = cursor;
    const usual = from + this.column;
    if (this.column >= 0 && usual < end && bytes[usual] === OPEN_SQUARE && this.readAt(cursor, from, usual))
      return true;
    let near = -1;
    for (let at = from + 2; at < end; at++) {
      if (bytes[at] !== OPEN_SQUARE || bytes[at - 1] !== SPACE) continue;
      if (!this.readAt(cursor, from, at)) continue;
      if (at - from >= LEFTMOST) {
        this.column = at - from;
        return true;
      }
      if (near < 0) near = at;
    }
    return near >= 0 && this.readAt(cursor, from, near);
  }

  private readAt(cursor: TextCursor, from: number, bracket: number): boolean {
    const { context } = this;
    const { bytes } = cursor;
    if (!this.readTask(bytes, from, bracket)) return false;
    cursor.at = bracket + 1;
    const cpu = cursor.decimal();
    if (!(cpu >= 0 && cpu < 65536) || !cursor.take(CLOSE_SQUARE)) return false;
    context.cpu = cpu;
    if (cursor.peek() === SPACE) {
      cursor.skipSpaces();
      if (cursor.peek() === OPEN_PAREN && !this.readLateTgid(cursor)) return false;
    }
    if (!isDigit(cursor.peek())) {
      const flags = cursor.at;
      while (cursor.at < cursor.end && bytes[cursor.at] !== SPACE) cursor.at++;
      if (cursor.at - flags > MOST_FLAGS || cursor.at === flags) return false;
      cursor.skipSpaces();
    }
    return this.readTime(cursor);
  }

  private readTime(cursor: TextCursor): boolean {
    if (!this.context.clock.read(cursor)) return false;
    if (!cursor.take(COLON)) return false;
    cursor.skipSpaces();
    return true;
  }

  /** `comm-tid` and perhaps `(tgid)` before the CPU, from right to left. */
  private readTask(bytes: Uint8Array, from: number, bracket: number): boolean {
    const { context } = this;
    let at = bracket - 1;
    while (at > from && bytes[at] === SPACE) at--;
    context.pid = UNKNOWN;
    if (bytes[at] === CLOSE_PAREN) {
      let open = at - 1;
      while (open > from && bytes[open] !== OPEN_PAREN && bracket - open < 24) open--;
      if (bytes[open] !== OPEN_PAREN) return false;
      context.pid = tgid(bytes, open + 1, at);
      at = open - 1;
      while (at > from && bytes[at] === SPACE) at--;
    }
    const last = at;
    let tid = 0;
    let scale = 1;
    while (at > from && isDigit(bytes[at]) && last - at < MOST_PID_DIGITS) {
      tid += (bytes[at] - 48) * scale;
      scale *= 10;
      at--;
    }
    if (at === last || at <= from || bytes[at] !== MINUS || tid > 0x7fffffff) return false;
    context.tid = tid;
    this.nameEnd = at;
    context.setComm(bytes, from, at);
    return true;
  }

  /** Linux 4.13 to 4.17 printed the process behind the CPU. */
  private readLateTgid(cursor: TextCursor): boolean {
    const from = cursor.at + 1;
    if (!cursor.skipPast(CLOSE_PAREN)) return false;
    this.context.pid = tgid(cursor.bytes, from, cursor.at - 1);
    cursor.skipSpaces();
    return true;
  }
}

/** `(   1234)` or, where the kernel has forgotten, `(-------)`. */
function tgid(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && bytes[at] === SPACE) at++;
  let value = 0;
  if (at === to || to - at > MOST_PID_DIGITS) return UNKNOWN;
  for (; at < to; at++) {
    if (!isDigit(bytes[at])) return UNKNOWN;
    value = value * 10 + bytes[at] - 48;
  }
  return value > 0x7fffffff ? UNKNOWN : value;
}
