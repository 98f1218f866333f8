// Times of a text: read as two numbers, kept as whole nanoseconds (or ticks) since a base, never as a fraction.
import type { TextCursor } from './text-cursor.ts';

const BILLION = 1e9;
/** A time further than this from the base is damage: nine million seconds are 104 days, as far as numbers are exact. */
const FARTHEST = 9_000_000;
const SCALE = [1e9, 1e8, 1e7, 1e6, 1e5, 1e4, 1e3, 100, 10, 1];
const DOT = 46;

export class TextClock {
  /** The time that was read last: whole seconds and nanoseconds, or ticks by the billion. */
  high = 0;
  low = 0;
  /** True when it was printed without a dot: ticks of a clock whose unit the text does not say. */
  ticks = false;
  /** What times are relative to, in units of `high`; -1 until it is known. */
  baseHigh = -1;
  /** The last time that was used, relative to the base. */
  last = 0;
  /** True once a time was used. */
  used = false;
  /** Whether the capture has times at all; without them lines count for ticks. */
  timed = true;

  get base(): bigint | null {
    return this.baseHigh < 0 ? null : BigInt(this.baseHigh) * 1_000_000_000n;
  }

  /** Reads `123.456789` or `123456` at the cursor. False when there are no digits, or more than a clock has. */
  read(cursor: TextCursor): boolean {
    const from = cursor.at;
    const { bytes, end } = cursor;
    let at = from;
    let high = 0;
    let low = 0;
    for (; at < end; at++) {
      const digit = bytes[at] - 48;
      if (!(digit >= 0 && digit <= 9)) break;
      high = high * 10 + digit;
    }
    const whole = at - from;
    if (whole === 0 || whole > 20) return false;
    this.ticks = !(at < end && bytes[at] === DOT);
    if (this.ticks) {
      if (whole > 15) return this.readLongTicks(cursor, from, at);
      low = high % BILLION;
      high = (high - low) / BILLION;
    } else {
      const dot = at++;
      for (; at < end; at++) {
        const digit = bytes[at] - 48;
        if (!(digit >= 0 && digit <= 9)) break;
        if (at - dot <= 9) low = low * 10 + digit;
      }
      const digits = Math.min(at - dot - 1, 9);
      if (digits === 0 || whole > 15) return false;
      low *= SCALE[digits];
    }
    this.high = high;
    this.low = low;
    cursor.at = at;
    return true;
  }

  /** Takes a time that was printed in microseconds. */
  setMicroseconds(value: number): void {
    this.ticks = false;
    this.high = Math.floor(value / 1e6);
    this.low = (value - this.high * 1e6) * 1000;
  }

  /** The time that was read, relative to the base; NaN for one that cannot be right. */
  now(): number {
    if (this.baseHigh < 0) this.baseHigh = this.high;
    const away = this.high - this.baseHigh;
    if (away > FARTHEST || away < -FARTHEST) return Number.NaN;
    this.used = true;
    this.last = away * BILLION + this.low;
    return this.last;
  }

  /** The time of a line that has none: that of the line before, or its place in the order when the text has no times. */
  untimed(): number {
    if (!this.timed) {
      this.baseHigh = 0;
      this.last++;
    }
    return this.last;
  }

  /** Makes the middle one of some times the base, so that a damaged first line does not make all others look wrong. */
  baseOn(highs: readonly number[]): void {
    if (highs.length === 0) return;
    this.baseHigh = [...highs].sort((a, b) => a - b)[highs.length >> 1];
  }

  /** Counters of cycles have more digits than a number holds exactly. */
  private readLongTicks(cursor: TextCursor, from: number, to: number): boolean {
    let high = 0;
    let low = 0;
    for (let at = from; at < to; at++) {
      const digit = cursor.bytes[at] - 48;
      if (at < to - 9) high = high * 10 + digit;
      else low = low * 10 + digit;
    }
    this.high = high;
    this.low = low;
    cursor.at = to;
    return true;
  }
}
