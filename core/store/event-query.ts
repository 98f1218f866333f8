// Reads events as objects, for people and scripts: by stream, type, time.
import { EventBatch } from '../event/event-batch.ts';
import { EVENT_TYPES, findEventType } from '../event/event-type.ts';
import { readLogText } from '../event/log-text.ts';
import { parseStreamName, streamName } from '../event/stream.ts';
import { type Names, type TraceEvent, toTraceEvent } from '../event/trace-event.ts';
import { formatEndpoint } from '../report/units.ts';
import { readDeltaList } from './delta-list.ts';
import { type BatchRow, pushStored, type StoredTask, storedMeanings, tasksOf } from './log-reader.ts';
import type { Connection } from './store.ts';

export interface EventFilter {
  readonly capture?: number;
  /** Stream name, e.g. `task-1-4711`. */
  readonly stream?: string;
  /** Event type name. */
  readonly type?: string;
  /** Nanoseconds since the capture's start, both inclusive. */
  readonly from?: number;
  readonly to?: number;
  readonly limit?: number;
}

/** A filter value that names nothing. */
export class FilterError extends Error {}

/** Names from the store, looked up when asked for. */
export function storedNames(db: Connection): Names {
  const text = db.prepare('SELECT text FROM strings WHERE id = ?').pluck();
  const address = db.prepare('SELECT address FROM addresses WHERE id = ?').pluck();
  const endpoint = db.prepare('SELECT address, port FROM endpoints WHERE id = ?');
  const addressOf = (id: number): string => (address.get(id) as string | undefined) ?? '?';
  return {
    string: (id) => (text.get(id) as string | undefined) ?? '?',
    address: addressOf,
    socket: addressOf,
    endpoint: (id) => {
      const row = endpoint.get(id) as { address: string; port: number } | undefined;
      return (row && formatEndpoint(row.address, row.port)) ?? '?';
    },
  };
}

interface Wanted {
  /** Positions of the stream's events; null: all. */
  readonly positions: ReadonlySet<number> | null;
  readonly capture: number | null;
  readonly type: number | null;
}

function wantedBy(db: Connection, filter: EventFilter): Wanted {
  const type = filter.type === undefined ? null : findEventType(filter.type);
  if (type === undefined)
    throw new FilterError(`no such event type: ${filter.type} (for example sys_enter_listen, inet_sock_set_state)`);
  if (filter.stream === undefined)
    return { positions: null, capture: filter.capture ?? null, type: type?.code ?? null };
  const stream = parseStreamName(filter.stream);
  if (stream === null)
    throw new FilterError(`no such stream name: ${filter.stream} (they look like capture-1, task-1-4711, socket-1-12)`);
  const pieces = db
    .prepare('SELECT positions FROM streams WHERE capture = ? AND kind = ? AND key = ? ORDER BY first_version')
    .pluck()
    .all(stream.capture, stream.kind, stream.key) as Uint8Array[];
  const other = filter.capture !== undefined && filter.capture !== stream.capture;
  return {
    positions: new Set(other ? [] : pieces.flatMap((bytes) => [...readDeltaList(bytes)])),
    capture: stream.capture,
    type: type?.code ?? null,
  };
}

/** The stream that an event belongs to, by its type and key. */
function streamOf(capture: number, rows: EventBatch): string {
  const kind = EVENT_TYPES[rows.type[0]].stream;
  const key = kind === 'socket' ? rows.args[0][0] : kind === 'task' ? rows.tid[0] : 0;
  return streamName(kind, capture, Number.isNaN(key) ? 0 : key);
}

/** Events in log order. Throws FilterError for a filter that cannot match anything. */
export function* queryEvents(db: Connection, filter: EventFilter): Generator<TraceEvent, void> {
  const { positions, capture, type } = wantedBy(db, filter);
  const names = storedNames(db);
  const from = filter.from ?? Number.NEGATIVE_INFINITY;
  const to = filter.to ?? Number.POSITIVE_INFINITY;
  const batches = db
    .prepare(
      `SELECT position, at_ns, source, events, capture, count FROM batches
       WHERE capture = ifnull(?, capture) AND to_ns >= ? AND from_ns <= ? ORDER BY position`,
    )
    .raw()
    .iterate(capture, Math.max(from, -1), Math.min(to, Number.MAX_SAFE_INTEGER)) as IterableIterator<
    [...BatchRow, capture: number, count: number]
  >;
  const tasks = new Map<number, ReadonlyMap<number, StoredTask>>();
  const meanings = storedMeanings(db);
  const rows = new EventBatch(1);
  let left = filter.limit ?? Number.POSITIVE_INFINITY;
  for (const [position, at, source, text, owner, count] of batches) {
    if (left <= 0) return;
    if (positions !== null && !someBetween(positions, position, position + count)) continue;
    let known = tasks.get(owner);
    if (known === undefined) {
      known = tasksOf(db, owner);
      tasks.set(owner, known);
    }
    const events = readLogText(text);
    for (let k = 0; k < events.length && left > 0; k++) {
      const event = events[k];
      const time = at + (event[2] as number);
      if (time < from || time > to || (type !== null && meanings[event[0] as number]?.code !== type)) continue;
      if (positions !== null && !positions.has(position + k)) continue;
      rows.clear();
      rows.position = position + k;
      pushStored(rows, event, [position, at, source, text], known, meanings);
      left--;
      yield toTraceEvent(rows, 0, streamOf(owner, rows), event[1] as number, names);
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
