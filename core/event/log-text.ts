// How events are written into the log: a batch is a JSON array of arrays, one an event, which any SQLite can read.
//
//   [type, version, at, cpu, task, source, a0, a1, …]
//
// `at` and `source` count from the batch's own; what was not recorded is null, and left away at the end.
import { UNKNOWN } from './event-batch.ts';
import { MAX_ARGS } from './event-type.ts';
import type { NumberedBatch } from './numbered-batch.ts';

/** Events in a batch, at most: few enough to find one event at once, many enough that a batch costs nothing. */
export const LOG_BATCH = 1024;
/** Longest text of an event: twelve numbers of sixteen digits and their signs. */
const LONGEST = 256;

const COMMA = 44;
const OPEN = 91;
const CLOSE = 93;
const MINUS = 45;
const ZERO = 48;
const NULL = [110, 117, 108, 108];

/** Writes numbers as digits into bytes: many times as fast as joining strings. */
class Digits {
  readonly bytes = new Uint8Array(LOG_BATCH * LONGEST + 16);
  at = 0;

  byte(value: number): void {
    this.bytes[this.at++] = value;
  }

  /** A whole number; null for NaN. */
  number(value: number): void {
    if (Number.isNaN(value)) {
      for (const byte of NULL) this.bytes[this.at++] = byte;
      return;
    }
    if (value < 0) {
      this.bytes[this.at++] = MINUS;
      this.positive(-value);
    } else this.positive(value);
  }

  private positive(value: number): void {
    if (value >= 1e9) {
      const high = Math.floor(value / 1e9);
      this.positive(high);
      this.padded(value - high * 1e9);
      return;
    }
    let rest = value | 0;
    let digits = 1;
    for (let limit = 10; digits < 10 && rest >= limit; limit *= 10) digits++;
    this.at += digits;
    for (let i = this.at - 1; digits > 0; digits--, i--) {
      const tenth = (rest / 10) | 0;
      this.bytes[i] = ZERO + rest - tenth * 10;
      rest = tenth;
    }
  }

  /** Nine digits. */
  private padded(value: number): void {
    let rest = value | 0;
    this.at += 9;
    for (let i = this.at - 1; i >= this.at - 9; i--) {
      const tenth = (rest / 10) | 0;
      this.bytes[i] = ZERO + rest - tenth * 10;
      rest = tenth;
    }
  }
}

const digits = new Digits();

/** What the log keeps of a batch beside its text. */
export interface LogBatch {
  /** Position of the first event. */
  readonly position: number;
  readonly count: number;
  /** What times and sources in the text count from: those of the first event. */
  readonly at: number;
  readonly source: number;
  /** Earliest and latest time. */
  readonly from: number;
  readonly to: number;
  /** The text, in ASCII; good until the next batch is written. */
  readonly bytes: Uint8Array;
}

/** Writes rows `start` to `end` (at most LOG_BATCH). */
export function writeLogBatch(batch: NumberedBatch, start: number, end: number): LogBatch {
  const { at: times, type, cpu, source, args, version: versions, task: tasks } = batch;
  const baseAt = times[start];
  const baseSource = source[start];
  let from = baseAt;
  let to = baseAt;
  digits.at = 0;
  digits.byte(OPEN);
  for (let row = start; row < end; row++) {
    const time = times[row];
    if (time < from) from = time;
    if (time > to) to = time;
    if (row > start) digits.byte(COMMA);
    digits.byte(OPEN);
    digits.number(type[row]);
    digits.byte(COMMA);
    digits.number(versions[row]);
    digits.byte(COMMA);
    digits.number(time - baseAt);
    digits.byte(COMMA);
    digits.number(cpu[row] === UNKNOWN ? Number.NaN : cpu[row]);
    digits.byte(COMMA);
    digits.number(tasks[row] === 0 ? Number.NaN : tasks[row]);
    digits.byte(COMMA);
    digits.number(source[row] - baseSource);
    let last = MAX_ARGS;
    while (last > 0 && Number.isNaN(args[last - 1][row])) last--;
    for (let k = 0; k < last; k++) {
      digits.byte(COMMA);
      digits.number(args[k][row]);
    }
    digits.byte(CLOSE);
  }
  digits.byte(CLOSE);
  return {
    position: batch.position + start,
    count: end - start,
    at: baseAt,
    source: baseSource,
    from,
    to,
    bytes: digits.bytes.subarray(0, digits.at),
  };
}

/** One event as the log has it. */
export type LogEvent = readonly (number | null)[];

/** Reads a text back. Throws SyntaxError or RangeError when it is not one. */
export function readLogText(text: string): readonly LogEvent[] {
  const events: unknown = JSON.parse(text);
  if (!Array.isArray(events) || !events.every((event) => Array.isArray(event) && event.length >= 6))
    throw new RangeError('not a batch of events');
  return events as LogEvent[];
}
