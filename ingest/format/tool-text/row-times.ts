// When a row was printed: seconds since the first event, the local time of day, or only its place among the lines.
import type { TextContext } from '../../probe/text-context.ts';
import type { TextCursor } from '../text/text-cursor.ts';
import type { Layout } from './columns.ts';

const DAY = 86_400;
const COLON = 58;
const MINUS = 45;

export const OF_DAY = 'local time of day (whole seconds)';
export const SINCE_FIRST = 'time since the first event';
export const ORDER = 'order of lines (no times)';

export class RowTimes {
  private readonly context: TextContext;
  /** Midnights passed. */
  private days = 0;
  private last = -1;

  constructor(context: TextContext) {
    this.context = context;
  }

  /** Sets the context's time from a word; false when the word is no time. */
  read(cursor: TextCursor): boolean {
    const { context } = this;
    const { clock } = context;
    const negative = cursor.take(MINUS);
    const second = this.ofDay(cursor);
    if (second >= 0) {
      if (this.last - second > DAY / 2) this.days++;
      this.last = second;
      clock.high = this.days * DAY + second;
      clock.low = 0;
    } else {
      if (!clock.read(cursor)) return false;
      clock.baseHigh = 0;
    }
    context.at = clock.now();
    // tools that print two buffers may count from the second event
    if (negative) context.at = -context.at;
    return !Number.isNaN(context.at) && cursor.at === cursor.end;
  }

  /** A row without a time is as late as the one before, or one tick later where no row has any. */
  none(): void {
    this.context.at = this.context.clock.untimed();
  }

  /** `HH:MM:SS` in seconds; -1 and the cursor where it was for anything else. */
  private ofDay(cursor: TextCursor): number {
    const { at } = cursor;
    const hour = cursor.decimal();
    if (hour >= 0 && hour < 24 && cursor.take(COLON)) {
      const minute = cursor.decimal();
      if (minute >= 0 && minute < 60 && cursor.take(COLON)) {
        const second = cursor.decimal();
        if (second >= 0 && second <= 60) return (hour * 60 + minute) * 60 + second;
      }
    }
    cursor.at = at;
    return -1;
  }
}

/** What the clock of a layout's rows is called; `libbpf` tools print the time of day under TIME(s), so the first row decides. */
export function clockOf({ columns }: Layout, firstTime: string | null): string {
  const timed = columns.includes('TIME(s)') || columns.includes('TIME');
  if (!timed) return ORDER;
  return columns.includes('TIME(s)') && firstTime?.includes(':') !== true ? SINCE_FIRST : OF_DAY;
}
