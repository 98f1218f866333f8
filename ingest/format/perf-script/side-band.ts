// The lines that --show-task-events and --show-lost-events add: PERF_RECORD_COMM, FORK, EXIT, LOST and LOST_SAMPLES.

import { eventCode } from '../../../core/event/event-type.ts';
import type { Outcome, TextContext } from '../../probe/text-context.ts';
import { BEFORE_START } from '../format.ts';
import { asciiBytes } from '../text/byte-table.ts';
import { isDigit } from '../text/context-line.ts';
import type { TextCursor } from '../text/text-cursor.ts';

const TASK_COMM = eventCode('task_comm');
const TASK_FORK = eventCode('task_fork');
const TASK_EXIT = eventCode('task_exit');
const LOST = eventCode('lost');
const LOST_SAMPLES = eventCode('lost_samples');

const PREFIX = asciiBytes('PERF_RECORD_');
const COMM = asciiBytes('COMM: ');
const COMM_EXEC = asciiBytes('COMM exec: ');
const FORK = asciiBytes('FORK(');
const EXIT = asciiBytes('EXIT(');
const LOST_TEXT = asciiBytes('LOST lost ');
const LOST_SAMPLES_TEXT = asciiBytes('LOST_SAMPLES lost ');

const COLON = 58;
const SLASH = 47;
const CLOSE_PAREN = 41;

function takeWord(cursor: TextCursor, word: Uint8Array): boolean {
  const { bytes, at, end } = cursor;
  if (at + word.length > end) return false;
  for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word[i]) return false;
  cursor.at = at + word.length;
  return true;
}

export const isSideBand = (cursor: TextCursor): boolean => takeWord(cursor, PREFIX);

/** Reads a side-band line; the cursor is behind `PERF_RECORD_`. */
export function readSideBand(cursor: TextCursor, context: TextContext): Outcome {
  if (takeWord(cursor, COMM)) return readComm(cursor, context, 0);
  if (takeWord(cursor, COMM_EXEC)) return readComm(cursor, context, 1);
  if (takeWord(cursor, FORK)) return readFork(cursor, context);
  if (takeWord(cursor, EXIT)) return readExit(cursor, context);
  if (takeWord(cursor, LOST_TEXT)) return readLost(cursor, context, LOST);
  if (takeWord(cursor, LOST_SAMPLES_TEXT)) return readLost(cursor, context, LOST_SAMPLES);
  return null;
}

/** `name:pid/tid`; the name may hold anything. */
function readComm(cursor: TextCursor, context: TextContext, exec: number): Outcome {
  const { bytes, at: from, end } = cursor;
  let slash = end - 1;
  while (slash > from && isDigit(bytes[slash])) slash--;
  let colon = slash - 1;
  while (colon > from && isDigit(bytes[colon])) colon--;
  if (bytes[slash] !== SLASH || bytes[colon] !== COLON || colon < from) return 'a COMM record without its task';
  cursor.at = colon + 1;
  const pid = cursor.decimal();
  cursor.at = slash + 1;
  const tid = cursor.decimal();
  if (!isId(pid) || !isId(tid)) return 'a COMM record without its task';
  context.groups.learn(tid, pid);
  const row = context.pushFor(TASK_COMM, pid, tid);
  const { args } = context.rows;
  args[0][row] = context.names.intern(bytes, from, colon);
  args[1][row] = exec;
  args[2][row] = context.at === BEFORE_START ? 1 : 0;
  return undefined;
}

/** `pid:tid):(parent pid:parent tid)` */
function readFork(cursor: TextCursor, context: TextContext): Outcome {
  const pid = cursor.decimal();
  const tid = cursor.take(COLON) ? cursor.decimal() : -1;
  if (!cursor.take(CLOSE_PAREN) || !isId(pid) || !isId(tid)) return 'a FORK record without its task';
  cursor.at += 2;
  const parentPid = cursor.decimal();
  const parentTid = cursor.take(COLON) ? cursor.decimal() : -1;
  if (!isId(parentPid) || !isId(parentTid)) return 'a FORK record without its parent';
  context.groups.learn(tid, pid);
  const row = context.pushFor(TASK_FORK, pid, tid);
  const { args } = context.rows;
  args[0][row] = parentPid;
  args[1][row] = parentTid;
  args[2][row] = context.at === BEFORE_START ? 1 : 0;
  return undefined;
}

function readExit(cursor: TextCursor, context: TextContext): Outcome {
  const pid = cursor.decimal();
  const tid = cursor.take(COLON) ? cursor.decimal() : -1;
  if (!isId(pid) || !isId(tid)) return 'an EXIT record without its task';
  context.pushFor(TASK_EXIT, pid, tid);
  context.groups.forget(tid);
  return undefined;
}

function readLost(cursor: TextCursor, context: TextContext, type: number): Outcome {
  const count = cursor.decimal();
  if (!(count >= 0)) return 'a LOST record without a count';
  if (context.at === BEFORE_START) context.at = context.clock.last;
  const row = context.pushFor(type, -1, -1);
  context.rows.args[0][row] = count;
  return undefined;
}

const isId = (value: number): boolean => value >= 0 && value <= 0x7fffffff;
