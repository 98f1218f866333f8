// The markers by which Android's and perfetto's recorders tie the trace clock to the wall clock.
import { asciiBytes } from '../text/byte-table.ts';
import type { TextCursor } from '../text/text-cursor.ts';

const NAMES = [
  'tracing_mark_write: trace_event_clock_sync: realtime_ts=',
  '0: trace_event_clock_sync: realtime_ts=',
].map(asciiBytes);

/** Milliseconds since the epoch of a `realtime_ts` marker at [from, cursor's end); NaN for any other event. */
export function realtimeOf(cursor: TextCursor, from: number): number {
  const { bytes } = cursor;
  for (const name of NAMES) {
    let i = 0;
    while (i < name.length && bytes[from + i] === name[i]) i++;
    if (i < name.length) continue;
    cursor.at = from + name.length;
    const value = cursor.decimal();
    return value < 0 ? Number.NaN : value;
  }
  return Number.NaN;
}
