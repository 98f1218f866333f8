// Who and when at the start of a line of strace: `[pid 17] `, `17 ` or `17<name> `, then one of its kinds of time.
import type { TextCursor } from '../text/text-cursor.ts';
import { decorationEnd, isDigit } from './call-text.ts';

const SPACE = 32;
const COLON = 58;
const LESS = 60;
const DOT = 46;
const OPEN_PAREN = 40;
const OPEN_SQUARE = 91;
const CLOSE_SQUARE = 93;
const PID = [112, 105, 100]; // pid
const PROCESS = 80; // [ Process PID=17 runs in 32 bit mode. ]
/** Seconds of -ttt passed this in 1973; -r prints how long ago the line before was. */
const EPOCH_SECONDS = 1e8;
const DAY = 86400;
const SCALE = [1e9, 1e8, 1e7, 1e6, 1e5, 1e4, 1e3, 100, 10, 1];

export type TimeKind = 'none' | 'of day' | 'epoch' | 'relative';

export class LineStart {
  /** -1 when the line has no pid. */
  tid = -1;
  nameFrom = 0;
  nameTo = 0;
  kind: TimeKind = 'none';
  /** Time of the line: seconds (of the day, or since the epoch, or since the line before) and nanoseconds. */
  seconds = 0;
  nanoseconds = 0;

  /** Reads the start and leaves the cursor at the call. */
  read(cursor: TextCursor): void {
    this.tid = -1;
    this.kind = 'none';
    this.nameFrom = this.nameTo = 0;
    this.readPid(cursor);
    cursor.skipSpaces();
    this.readTime(cursor);
    this.skipColumns(cursor);
  }

  private readPid(cursor: TextCursor): void {
    const { bytes, at: from } = cursor;
    if (cursor.peek() === OPEN_SQUARE) {
      if (!PID.every((byte, i) => bytes[from + 1 + i] === byte)) return;
      cursor.at = from + 4;
      cursor.skipSpaces();
      this.takePid(cursor);
      if (!cursor.take(CLOSE_SQUARE)) {
        cursor.at = from;
        this.tid = -1;
      }
      return;
    }
    if (!isDigit(cursor.peek())) return;
    this.takePid(cursor);
    if (cursor.peek() === SPACE) return;
    cursor.at = from; // digits of a time
    this.tid = -1;
    this.nameFrom = this.nameTo = 0;
  }

  private takePid(cursor: TextCursor): void {
    const pid = cursor.decimal();
    if (!(pid >= 0 && pid <= 0x7fffffff)) return;
    this.tid = pid;
    if (cursor.peek() !== LESS) return;
    const end = decorationEnd(cursor.bytes, cursor.at, cursor.end);
    this.nameFrom = cursor.at + 1;
    this.nameTo = end - 1;
    cursor.at = end;
  }

  private readTime(cursor: TextCursor): void {
    const from = cursor.at;
    const whole = cursor.decimal();
    if (!(whole >= 0)) return;
    if (cursor.peek() === COLON && cursor.at - from === 2) {
      cursor.at++;
      const minutes = cursor.decimal();
      const seconds = cursor.take(COLON) ? cursor.decimal() : -1;
      if (minutes >= 0 && minutes < 60 && seconds >= 0 && seconds <= 60 && whole < 24) {
        this.kind = 'of day';
        this.seconds = whole * 3600 + minutes * 60 + seconds;
      }
    } else if (cursor.peek() === DOT || (cursor.peek() === SPACE && whole >= EPOCH_SECONDS)) {
      this.kind = whole >= EPOCH_SECONDS ? 'epoch' : 'relative';
      this.seconds = whole;
    }
    if (this.kind === 'none') {
      cursor.at = from;
      return;
    }
    this.nanoseconds = cursor.take(DOT) ? fraction(cursor) : 0;
    cursor.skipSpaces();
  }

  /** What -r adds behind another time, `(+     0.000044) `, and the columns of -i and -n, `[00007f4c] ` and `[  50] `. */
  private skipColumns(cursor: TextCursor): void {
    if (cursor.peek() === OPEN_PAREN && cursor.bytes[cursor.at + 1] === 43) {
      cursor.skipPast(41);
      cursor.skipSpaces();
    }
    while (cursor.peek() === OPEN_SQUARE && cursor.bytes[cursor.at + 2] !== PROCESS) {
      if (!cursor.skipPast(CLOSE_SQUARE)) return;
      cursor.skipSpaces();
    }
  }
}

/** Digits behind a dot as nanoseconds. */
export function fraction(cursor: TextCursor): number {
  let value = 0;
  let digits = 0;
  while (isDigit(cursor.peek())) {
    if (digits < 9) {
      value = value * 10 + cursor.peek() - 48;
      digits++;
    }
    cursor.at++;
  }
  return value * SCALE[digits];
}

/** Turns times of day into times that go on over midnight. */
export class DayClock {
  private days = 0;
  private last = 0;

  /** Seconds since the midnight before the first line. */
  secondsOf(seconds: number): number {
    let at = seconds + this.days * DAY;
    if (at < this.last - DAY / 2) {
      this.days++;
      at += DAY;
    } else if (at > this.last + DAY / 2 && this.days > 0) return at - DAY; // a line of before midnight that came late
    this.last = at;
    return at;
  }
}
