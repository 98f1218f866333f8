// Reads events as objects, for people and scripts: by stream, type, time.
import type { TraceEvent } from '../event/trace-event.ts';
import { readDeltaList } from './delta-list.ts';
import { type EventFilter, EventMatch, type StoredBatch, type StreamKey, streamKey } from './event-match.ts';
import type { Connection } from './store.ts';

export { type EventFilter, FilterError } from './event-match.ts';
export { storedNames } from './stored-names.ts';

/**
 * Positions of a stream's events; null: each event has to be looked at, because pieces of streams are written only when the window of the
 * log that they are of is full, or the capture has ended.
 */
function positionsOf(db: Connection, { capture, kind, key }: StreamKey): ReadonlySet<number> | null {
  if (db.prepare('SELECT ending FROM captures WHERE id = ?').pluck().get(capture) === 'open') return null;
  const pieces = db
    .prepare('SELECT positions FROM streams WHERE capture = ? AND kind = ? AND key = ? ORDER BY first_version')
    .pluck()
    .all(capture, kind, key) as Uint8Array[];
  return new Set(pieces.flatMap((bytes) => [...readDeltaList(bytes)]));
}

/** Events in log order. Throws FilterError for a filter that cannot match anything. */
export function* queryEvents(db: Connection, filter: EventFilter): Generator<TraceEvent, void> {
  const match = new EventMatch(db, filter);
  const stream = streamKey(filter);
  const positions = stream === null ? null : positionsOf(db, stream);
  if (match.empty) return;
  const batches = db
    .prepare(
      `SELECT position, at_ns, source, events, capture, count FROM batches
       WHERE capture = ifnull(?, capture) AND to_ns >= ? AND from_ns <= ? ORDER BY position`,
    )
    .raw()
    .iterate(
      match.capture,
      Math.max(match.from, -1),
      Math.min(match.to, Number.MAX_SAFE_INTEGER),
    ) as IterableIterator<StoredBatch>;
  let left = filter.limit ?? Number.POSITIVE_INFINITY;
  for (const batch of batches) {
    if (left <= 0) return;
    const [position, , , , , count] = batch;
    if (positions !== null && !someBetween(positions, position, position + count)) continue;
    for (const event of match.of(batch, positions)) {
      yield event;
      if (--left <= 0) return;
    }
  }
}

function someBetween(positions: ReadonlySet<number>, from: number, to: number): boolean {
  if (positions.size < to - from) {
    for (const position of positions) if (position >= from && position < to) return true;
    return false;
  }
  for (let position = from; position < to; position++) if (positions.has(position)) return true;
  return false;
}
