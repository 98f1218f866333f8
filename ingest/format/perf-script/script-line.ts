// Who, where and when at the start of a line of `perf script`: `comm pid/tid [cpu] time: event`, less what -F leaves out.
import { UNKNOWN } from '../../../core/event/event-batch.ts';
import type { TextContext } from '../../probe/text-context.ts';
import { isDigit } from '../text/context-line.ts';
import type { TextCursor } from '../text/text-cursor.ts';

const SPACE = 32;
const MINUS = 45;
const SLASH = 47;
const COLON = 58;
const OPEN_SQUARE = 91;
const CLOSE_SQUARE = 93;
/** Names are printed in sixteen columns unless call chains are. */
const NAME_COLUMNS = 16;
/** A name may hold anything, so the ids are looked for this far. */
const FURTHEST = 64;

export class ScriptLine {
  private readonly context: TextContext;

  constructor(context: TextContext) {
    this.context = context;
  }

  /** Reads the context and leaves the cursor behind the time; false when the line has none. */
  read(cursor: TextCursor): boolean {
    const { bytes, at: from, end } = cursor;
    let at = from + NAME_COLUMNS;
    if (at < end && bytes[at] === SPACE) {
      while (at < end && bytes[at] === SPACE) at++;
      if (this.readAt(cursor, from, at)) return true;
    }
    const last = Math.min(end, from + FURTHEST);
    for (at = from + 1; at < last; at++) {
      if (bytes[at - 1] !== SPACE || !(isDigit(bytes[at]) || bytes[at] === MINUS)) continue;
      if (this.readAt(cursor, from, at)) return true;
    }
    return false;
  }

  private readAt(cursor: TextCursor, from: number, ids: number): boolean {
    const { context } = this;
    cursor.at = ids;
    let pid = UNKNOWN;
    let tid = readId(cursor);
    if (cursor.take(SLASH)) {
      pid = tid;
      tid = readId(cursor);
    }
    if (Number.isNaN(tid) || Number.isNaN(pid) || cursor.peek() !== SPACE) return false;
    cursor.skipSpaces();
    let cpu = UNKNOWN;
    if (cursor.take(OPEN_SQUARE)) {
      cpu = cursor.decimal();
      if (!(cpu >= 0 && cpu < 65536) || !cursor.take(CLOSE_SQUARE)) return false;
      cursor.skipSpaces();
    }
    if (!context.clock.read(cursor) || context.clock.ticks || !cursor.take(COLON)) return false;
    cursor.skipSpaces();
    context.pid = tid === 0 && pid < 0 ? 0 : pid;
    context.tid = tid;
    context.cpu = cpu;
    context.setComm(cursor.bytes, from, ids);
    if (cursor.bytes[context.commFrom] === COLON && isNumber(cursor.bytes, context.commFrom + 1, context.commTo))
      context.commTo = context.commFrom; // a task without a name is printed as its number
    return true;
  }
}

/** An id, -1 where perf has none; NaN when there is no number. */
function readId(cursor: TextCursor): number {
  const value = cursor.integer();
  return value >= -1 && value <= 0x7fffffff ? value : Number.NaN;
}

function isNumber(bytes: Uint8Array, from: number, to: number): boolean {
  let at = from;
  if (at < to && bytes[at] === MINUS) at++;
  const digits = at;
  while (at < to && isDigit(bytes[at])) at++;
  return at === to && at > digits;
}
