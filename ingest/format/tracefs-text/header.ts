// The `#` lines of tracefs text: which tracer and format, how many events are missing, and what is no list of events at all.
import { latin1 } from '../byte-window.ts';
import type { TextCursor } from '../text/text-cursor.ts';

export type HeaderLine =
  | { readonly kind: 'tracer'; readonly name: string }
  | { readonly kind: 'latency'; readonly kernel: string | null }
  | { readonly kind: 'entries'; readonly inBuffer: number; readonly written: number }
  | { readonly kind: 'buffer started' }
  | { readonly kind: 'histogram' }
  | null;

/** Longer lines are no headers. */
const LONGEST = 256;

/** Reads a line that starts with `#`; null for one without a meaning here. Such lines are few, so they may become strings. */
export function readHeaderLine({ bytes, at, end }: TextCursor): HeaderLine {
  const text = latin1(bytes.subarray(at, Math.min(end, at + LONGEST)));
  const tracer = /^# tracer: (\S+)/.exec(text);
  if (tracer !== null) return { kind: 'tracer', name: tracer[1] };
  const entries = /^# entries-in-buffer\/entries-written: (\d{1,15})\/(\d{1,15})/.exec(text);
  if (entries !== null) return { kind: 'entries', inBuffer: Number(entries[1]), written: Number(entries[2]) };
  if (/^##### CPU \d/.test(text)) return { kind: 'buffer started' };
  const latency = /^# \S+ latency trace v\S+(?: on (\S+))?/.exec(text);
  if (latency !== null) return { kind: 'latency', kernel: latency[1] ?? null };
  if (/^# (?:event histogram|trigger info:)/.test(text)) return { kind: 'histogram' };
  return null;
}
