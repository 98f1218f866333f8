// The block that `perf script --header` prints before the events: host, kernel, command, events, clocks.
import { latin1 } from '../byte-window.ts';
import { clockName } from '../perf-data/attr.ts';
import type { LineWalk } from '../text/line-walk.ts';

export interface ScriptHeader {
  readonly fields: ReadonlyMap<string, string>;
  /** `system:name` of each recorded event. */
  readonly events: readonly string[];
  readonly clock: string;
  /** Nanoseconds between the epoch and the clock's zero, as text; null when the block does not say. */
  readonly wallOffset: string | null;
}

const MOST_LINES = 4096;
const LONGEST = 4096;
const EVENT = /^# event : name = ([^\s,]+),/;
const FIELD = /^# ([a-z][a-z ]*?) *: (.*)$/;
/** `# reference time: 2026-11-22 15:38:38.429296 = 1795361918.429296 (TOD) = 2981.028801330 (monotonic)` */
const REFERENCE = /^# reference time: .* = (\d{1,15})\.(\d{6}) \(TOD\) = (\d{1,15})\.(\d{9}) \(/;

const nanoseconds = (seconds: string, fraction: string): bigint => BigInt(seconds + fraction.padEnd(9, '0'));

/** Reads the block, from the first line that starts with `#` to the first that does not; null when there is none. Rewinds the walk. */
export function readScriptHeader(walk: LineWalk): ScriptHeader | null {
  const fields = new Map<string, string>();
  const events: string[] = [];
  let clock: string | null = null;
  let wallOffset: string | null = null;
  let inside = false;
  for (let lines = 0; lines < MOST_LINES && walk.next(); lines++) {
    if (walk.bytes[walk.start] !== 35 || walk.end === walk.start) {
      if (inside) break;
      continue;
    }
    const text = latin1(walk.bytes.subarray(walk.start, Math.min(walk.end, walk.start + LONGEST)));
    if (text.startsWith('# ========')) inside = true;
    const event = EVENT.exec(text);
    if (event !== null) {
      events.push(event[1]);
      const id = / use_clockid = 1\b.* clockid = (\d+)/.exec(text);
      clock ??= clockName(id === null ? null : Number(id[1]));
      continue;
    }
    const reference = REFERENCE.exec(text);
    if (reference !== null) {
      wallOffset = String(nanoseconds(reference[1], reference[2]) - nanoseconds(reference[3], reference[4]));
      continue;
    }
    const field = FIELD.exec(text);
    if (field !== null && !fields.has(field[1])) fields.set(field[1], field[2].trim());
  }
  walk.rewind();
  return inside ? { fields, events, clock: clock ?? 'perf', wallOffset } : null;
}
