// What follows a call, ` = 7<TCP:[…]> <0.000021>` or ` = -1 EAGAIN (…)`: the result as the kernel gave it, and how long it took.
import { errnoNumber } from '../../probe/errno-names.ts';
import type { TextCursor } from '../text/text-cursor.ts';
import { isDigit } from './call-text.ts';
import { fraction } from './line-start.ts';

const SPACE = 32;
const EQUALS = 61;
const QUESTION = 63;
const LESS = 60;
const GREATER = 62;
const DOT = 46;

export class CallResult {
  /** The result, or a negative errno; NaN when the call never returned. */
  value = Number.NaN;
  /** Where the result's number stands, for what -y says behind it. */
  from = 0;
  /** Nanoseconds in the call (-T); NaN when not printed. */
  duration = Number.NaN;

  /** Reads from behind the closing parenthesis. False when there is no result: the line was cut. */
  read(cursor: TextCursor): boolean {
    this.value = Number.NaN;
    this.duration = Number.NaN;
    cursor.skipSpaces();
    if (!cursor.take(EQUALS)) return false;
    cursor.skipSpaces();
    this.from = cursor.at;
    this.readDuration(cursor);
    cursor.at = this.from;
    if (cursor.take(QUESTION)) {
      cursor.skipSpaces();
      this.value = -this.errno(cursor); // a restart that the task never sees
      return true;
    }
    const value = cursor.integer();
    if (cursor.at === this.from) return false;
    this.value = value;
    if (value !== -1 || !cursor.take(SPACE)) return true;
    const errno = this.errno(cursor);
    if (!Number.isNaN(errno)) this.value = -errno;
    return true;
  }

  private errno(cursor: TextCursor): number {
    const { bytes, at: from, end } = cursor;
    let to = from;
    while (to < end && bytes[to] !== SPACE) to++;
    const number = errnoNumber(bytes, from, to);
    return number < 0 ? Number.NaN : number;
  }

  /** `<0.000021>` at the end of the line. */
  private readDuration(cursor: TextCursor): void {
    const { bytes, end } = cursor;
    if (bytes[end - 1] !== GREATER) return;
    let at = end - 2;
    while (at > this.from && (isDigit(bytes[at]) || bytes[at] === DOT)) at--;
    if (bytes[at] !== LESS || bytes[at - 1] !== SPACE) return;
    cursor.at = at + 1;
    const seconds = cursor.decimal();
    if (!(seconds >= 0 && seconds < 9e6)) return;
    this.duration = seconds * 1e9 + (cursor.take(DOT) ? fraction(cursor) : 0);
  }
}
