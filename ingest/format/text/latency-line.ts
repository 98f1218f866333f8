// Who, where and when in the latency format: `comm-tid  1..s1. 167344us+: event`, its verbose form, and trace-cmd's `report -l`.
import { UNKNOWN } from '../../../core/event/event-batch.ts';
import type { TextContext } from '../../probe/text-context.ts';
import { isDigit } from './context-line.ts';
import type { TextCursor } from './text-cursor.ts';

const SPACE = 32;
const MINUS = 45;
const DOT = 46;
const COLON = 58;
const OPEN_SQUARE = 91;
const CLOSE_PAREN = 41;
/** Names are cut to eight columns here, so the minus is behind them. */
const NAME_COLUMNS = 8;
const FURTHEST_MINUS = 32;
const FEWEST_FLAGS = 4;
const MOST_FLAGS = 8;

export class LatencyLine {
  /** Where the name of the last line's task ended. */
  nameEnd = 0;
  private readonly context: TextContext;

  constructor(context: TextContext) {
    this.context = context;
  }

  /** Reads the context and leaves the cursor at the event; false when the line is not of this format. */
  read(cursor: TextCursor): boolean {
    const { bytes, at: from, end } = cursor;
    this.context.pid = UNKNOWN;
    const usual = from + NAME_COLUMNS;
    if (usual < end && bytes[usual] === MINUS && this.readAt(cursor, from, usual)) return true;
    const last = Math.min(end, from + FURTHEST_MINUS);
    for (let at = from + 1; at < last; at++) {
      if (bytes[at] === MINUS && isDigit(bytes[at + 1]) && this.readAt(cursor, from, at)) return true;
    }
    return false;
  }

  private readAt(cursor: TextCursor, from: number, minus: number): boolean {
    const { context } = this;
    const { bytes } = cursor;
    cursor.at = minus + 1;
    const tid = cursor.decimal();
    if (!(tid >= 0 && tid <= 0x7fffffff) || !cursor.take(SPACE)) return false;
    cursor.skipSpaces();
    const cpu = cursor.decimal();
    const flags = cursor.at;
    if (!(cpu >= 0 && cpu < 65536)) return false;
    while (cursor.at < cursor.end && bytes[cursor.at] !== SPACE) cursor.at++;
    const count = cursor.at - flags;
    if (count < FEWEST_FLAGS || count > MOST_FLAGS || isDigit(bytes[flags])) return false;
    cursor.skipSpaces();
    if (!this.readTime(cursor)) return false;
    context.tid = tid;
    context.cpu = cpu;
    this.nameEnd = minus;
    context.setComm(bytes, from, minus);
    return true;
  }

  /** `113819us+: `, `1187.197252: ` or, of clocks without a unit, `113819: `. */
  private readTime(cursor: TextCursor): boolean {
    const { clock } = this.context;
    if (!clock.read(cursor)) return false;
    if (clock.ticks && cursor.take(117)) {
      if (!cursor.take(115)) return false;
      cursor.at++; // how long until the next event: ` + ! # * @ $`
      clock.setMicroseconds(clock.high * 1e9 + clock.low);
    }
    if (!cursor.take(COLON)) return false;
    cursor.skipSpaces();
    return true;
  }

  /** The verbose form, `comm tid cpu flags depth index [microseconds in hex] 12.345ms (+0.001ms): event`. */
  readVerbose(cursor: TextCursor): boolean {
    const { context } = this;
    const { bytes, at: from, end } = cursor;
    let open = from;
    while (open < end && !(bytes[open] === OPEN_SQUARE && isVerboseTime(bytes, open, end))) open++;
    if (open === end) return false;
    cursor.at = open + 1;
    if (!cursor.hex()) return false;
    const microseconds = cursor.unsigned64();
    if (Number.isNaN(microseconds)) return false;
    // from right to left: index, depth, flags, cpu, tid
    let at = open;
    for (let word = 0; word < 3; word++) at = wordStart(bytes, from, at);
    const cpuAt = wordStart(bytes, from, at);
    const tidAt = wordStart(bytes, from, cpuAt);
    if (tidAt <= from + 1) return false;
    const cpu = numberAt(cursor, cpuAt);
    const tid = numberAt(cursor, tidAt);
    if (!(cpu >= 0 && cpu < 65536 && tid >= 0 && tid <= 0x7fffffff)) return false;
    cursor.at = open;
    if (!cursor.skipPast(CLOSE_PAREN) || !cursor.take(COLON)) return false;
    cursor.skipSpaces();
    context.cpu = cpu;
    context.tid = tid;
    context.pid = UNKNOWN;
    context.setComm(bytes, from, tidAt - 1);
    context.clock.setMicroseconds(microseconds);
    return true;
  }
}

/** `[2e9829bbf] 12507585.471ms (+` */
function isVerboseTime(bytes: Uint8Array, open: number, end: number): boolean {
  let at = open + 1;
  while (at < end && at - open < 20 && bytes[at] !== 93) at++;
  if (at + 2 >= end || bytes[at] !== 93 || bytes[at + 1] !== SPACE) return false;
  at += 2;
  const digits = at;
  while (at < end && (isDigit(bytes[at]) || bytes[at] === DOT)) at++;
  return at > digits && at + 4 < end && bytes[at] === 109 && bytes[at + 1] === 115 && bytes[at + 3] === 40;
}

/** Start of the word before `to`. */
function wordStart(bytes: Uint8Array, from: number, to: number): number {
  let at = to - 1;
  while (at > from && bytes[at] === SPACE) at--;
  while (at > from && bytes[at - 1] !== SPACE) at--;
  return at;
}

function numberAt(cursor: TextCursor, at: number): number {
  cursor.at = at;
  const value = cursor.decimal();
  return cursor.peek() === SPACE ? value : -1;
}
