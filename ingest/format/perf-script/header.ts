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
  /** Number of the block's last line. */
  readonly lastLine: number;
}

const MOST_LINES = 4096;
const LONGEST = 4096;
const EVENT = /^# event : name = ([^\s,]+),/;
const FIELD = /^# ([a-z][a-z ]{0,30}?) {0,16}: (.*)$/;
/** `# reference time: 2026-11-22 15:38:38.429296 = 1795361918.429296 (TOD) = 2981.028801330 (monotonic)` */
const REFERENCE = /^# reference time: .* = (\d{1,15})\.(\d{6}) \(TOD\) = (\d{1,15})\.(\d{9}) \(/;

const nanoseconds = (seconds: string, fraction: string): bigint => BigInt(seconds + fraction.padEnd(9, '0'));

/**
 * Reads the block between two lines `# ========`; null when there is none. A command line may hold newlines, so not every line of
 * the block starts with `#`. Rewinds the walk.
 */
export function readScriptHeader(walk: LineWalk): ScriptHeader | null {
  const fields = new Map<string, string>();
  const events: string[] = [];
  let clock: string | null = null;
  let wallOffset: string | null = null;
  let inside = false;
  let lastLine = 0;
  let name = '';
  for (let lines = 0; lines < MOST_LINES && lastLine === 0 && walk.next(); lines++) {
    const text = latin1(walk.bytes.subarray(walk.start, Math.min(walk.end, walk.start + LONGEST)));
    if (text.startsWith('# ========')) {
      if (inside) lastLine = walk.number;
      inside = true;
      continue;
    }
    if (!inside) continue;
    if (!text.startsWith('#')) {
      if (name !== '') fields.set(name, `${fields.get(name)}\n${text}`);
      continue;
    }
    name = '';
    const event = EVENT.exec(text);
    if (event !== null) {
      events.push(event[1]);
      if (clock === null) {
        const id = / use_clockid = 1\b.* clockid = (\d+)/.exec(text);
        clock = clockName(id === null ? null : Number(id[1]));
      }
      continue;
    }
    const reference = REFERENCE.exec(text);
    if (reference !== null) {
      wallOffset = String(nanoseconds(reference[1], reference[2]) - nanoseconds(reference[3], reference[4]));
      continue;
    }
    const field = FIELD.exec(text);
    if (field === null || fields.has(field[1])) continue;
    name = field[1];
    fields.set(name, field[2]);
  }
  walk.rewind();
  return lastLine > 0 ? { fields, events, clock: clock ?? 'perf', wallOffset, lastLine } : null;
}
