// Instants on the command line, for --at: a time since the capture's start, on its own clock, in UTC, or a place in the log.
import type { Until } from '../../core/store/snapshots.ts';
import { UsageError } from '../result.ts';
import { parseTime } from './time.ts';

export type AskedInstant =
  | { readonly kind: 'since'; readonly ns: number }
  | { readonly kind: 'clock'; readonly ns: bigint }
  | { readonly kind: 'wall'; readonly ns: bigint }
  | { readonly kind: 'position'; readonly position: number }
  | { readonly kind: 'end' };

/** What of a capture relates its times to others. */
export interface CaptureClock {
  readonly id: number;
  readonly first_position: number;
  readonly events: number;
  readonly duration_ns: number;
  /** That clock at the capture's start, in ns; null when not known. */
  readonly origin: string | null;
  /** Nanoseconds from that clock to UTC. */
  readonly wall_offset: string | null;
}

const ns = (seconds: string, fraction: string | undefined): bigint =>
  BigInt(seconds) * 1_000_000_000n + BigInt((fraction ?? '').padEnd(9, '0').slice(0, 9));

function wallClock(text: string): bigint | null {
  const match = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d)$/.exec(text);
  if (match === null) return null;
  const zone = match[4].length === 5 ? `${match[4].slice(0, 3)}:${match[4].slice(3)}` : match[4];
  const ms = Date.parse(`${match[1]}T${match[2]}${zone}`);
  if (Number.isNaN(ms)) throw new UsageError(`no such time: ${text}`);
  return BigInt(ms) * 1_000_000n + BigInt((match[3] ?? '').padEnd(9, '0'));
}

/** Reads --at; without it, the capture's end. Throws UsageError for what is no instant. */
export function parseInstant(text: string | undefined): AskedInstant {
  if (text === undefined) return { kind: 'end' };
  const position = /^#(\d{1,15})$/.exec(text);
  if (position !== null) return { kind: 'position', position: Number(position[1]) };
  const clock = /^@(\d{1,15})(?:\.(\d{1,9}))?$/.exec(text);
  if (clock !== null) return { kind: 'clock', ns: ns(clock[1], clock[2]) };
  const wall = wallClock(text);
  if (wall !== null) return { kind: 'wall', ns: wall };
  try {
    return { kind: 'since', ns: parseTime(text) };
  } catch {
    throw new UsageError(
      `no such instant: ${text} (seconds since the capture's start, as 1.25 or 250ms; its own clock, as @2669.047919; UTC, as 2026-11-27T10:00:00.5Z; or an event, as #4711)`,
    );
  }
}

/** A capture's instant as the fold takes it. Throws UsageError when the capture has no such clock, or begins later. */
export function instantIn(asked: AskedInstant, capture: CaptureClock): Until {
  const { id, origin, wall_offset, first_position: first, events } = capture;
  if (asked.kind === 'end') return { position: first + events - 1 };
  if (asked.kind === 'since') return { at: asked.ns };
  if (asked.kind === 'position') {
    if (asked.position < first || asked.position >= first + events)
      throw new UsageError(`capture ${id} has the events #${first} to #${first + events - 1}`);
    return { position: asked.position };
  }
  if (origin === null) throw new UsageError(`capture ${id} does not say what its clock was at its start`);
  if (asked.kind === 'wall' && wall_offset === null)
    throw new UsageError(`capture ${id} does not relate its clock to UTC; give seconds since its start`);
  const start = BigInt(origin) + (asked.kind === 'wall' ? BigInt(wall_offset ?? 0) : 0n);
  const at = asked.ns - start;
  if (at < 0n) throw new UsageError(`that is before capture ${id}, by ${Number(-at) / 1e9} s`);
  return { at: Number(at) };
}
