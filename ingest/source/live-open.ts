// Opens a stream's format as soon as enough of it has come: the beginning is looked at as a file, again and again until it will do.
import { CaptureError, type CaptureReader, type LiveKind } from '../format/format.ts';
import { sniff } from '../format/index.ts';
import type { LiveSource } from './live-source.ts';

/** More than what perf writes before its events: formats, kernel symbols. */
const LONGEST_BEGINNING = 64 << 20;
/** A beginning is looked at when nothing has come for so long, or when there is twice as much as the last time. */
const PAUSE_MS = 100;

export interface OpenedStream {
  readonly reader: CaptureReader;
  readonly kind: LiveKind;
}

/** Waits for as long as the beginning does not say what the stream is. Throws CaptureError when it never will. */
export function openStream(source: LiveSource, head: number): OpenedStream {
  source.gather(head, PAUSE_MS);
  for (;;) {
    const last = source.isEnded || source.reached > LONGEST_BEGINNING;
    const opened = attempt(source, last);
    if (opened !== null) {
      source.goOn();
      return opened;
    }
    const before = source.reached;
    do source.gather(2 * before, PAUSE_MS);
    while (source.reached === before && !source.isEnded);
  }
}

/** Null: more of it must come. */
function attempt(source: LiveSource, last: boolean): OpenedStream | null {
  source.freeze('records');
  try {
    const format = sniff(source);
    const kind = format.live?.(source.read(0, 4096)) ?? 'lines';
    source.freeze(kind);
    const reader = format.open(source);
    // records are placed by the times of the first ones
    return kind === 'records' && reader.base === null && !last ? null : { reader, kind };
  } catch (error) {
    if (!(error instanceof CaptureError) || last) throw error;
    return null;
  }
}
