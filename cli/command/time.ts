// Times on the command line: seconds since the capture's start, or a number with a unit.
import { UsageError } from '../result.ts';

const UNITS: Readonly<Record<string, number>> = { '': 1e9, s: 1e9, ms: 1e6, us: 1e3, µs: 1e3, ns: 1 };

/** Nanoseconds. Throws UsageError for anything else. */
export function parseTime(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(s|ms|us|µs|ns)?$/.exec(text);
  if (match === null) throw new UsageError(`not a time: ${text} (give seconds, as 1.25, or a unit, as 250ms)`);
  return Math.round(Number(match[1]) * UNITS[match[2] ?? '']);
}

/** A whole number of at least 0. */
export function parseCount(option: string, text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new UsageError(`${option} takes a whole number, not ${text}`);
  return Number(text);
}
