// Notices of lost events: tracefs `CPU:1 [LOST 23530 EVENTS]`, trace-cmd `CPU:1 [113 EVENTS DROPPED]`, both also without a count.

import { eventCode } from '../../../core/event/event-type.ts';
import type { TextContext } from '../../probe/text-context.ts';
import { asciiBytes } from './byte-table.ts';
import { isDigit } from './context-line.ts';
import type { TextCursor } from './text-cursor.ts';

const LOST = eventCode('lost');
const LOST_UNKNOWN = eventCode('lost_unknown');
const PREFIX = asciiBytes('CPU:');
const OPEN_SQUARE = 91;
const CLOSE_SQUARE = 93;

/** A row for lost events; `count` NaN when it is not known. */
export function pushLoss(context: TextContext, at: number, cpu: number, count: number): void {
  const known = count >= 0 && Number.isSafeInteger(count); // older kernels print -1 as an unsigned number
  context.reset();
  context.at = at;
  context.cpu = cpu;
  const row = context.push(known ? LOST : LOST_UNKNOWN);
  if (known) context.rows.args[0][row] = count;
}

/** Reads a notice at the cursor, if the line is one, and writes its row at the time of the line before. */
export function readLoss(cursor: TextCursor, context: TextContext): boolean {
  const { bytes, at: from, end } = cursor;
  for (let i = 0; i < PREFIX.length; i++) if (bytes[from + i] !== PREFIX[i]) return false;
  cursor.at = from + PREFIX.length;
  const cpu = cursor.decimal();
  cursor.skipSpaces();
  if (!(cpu >= 0 && cpu < 65536) || !cursor.take(OPEN_SQUARE) || bytes[end - 1] !== CLOSE_SQUARE) {
    cursor.at = from;
    return false;
  }
  let at = cursor.at;
  while (at < end && !isDigit(bytes[at])) at++;
  cursor.at = at;
  const count = cursor.decimal();
  pushLoss(context, context.clock.last, cpu, count < 0 ? Number.NaN : count);
  return true;
}

/** tracefs `##### CPU 1 buffer started ####`, printed only when older events were overwritten: how many is not said. */
export function readBufferStart(cursor: TextCursor, context: TextContext): boolean {
  while (cursor.peek() === 35) cursor.at++;
  cursor.skipSpaces();
  if (cursor.peek() !== 67) return false;
  cursor.at += 4;
  const cpu = cursor.decimal();
  if (!(cpu >= 0 && cpu < 65536)) return false;
  pushLoss(context, context.clock.last, cpu, Number.NaN);
  return true;
}
