// Picks the events that a filter asks for out of stored batches, one batch at a time.
import { EventBatch } from '../event/event-batch.ts';
import { EVENT_TYPES, findEventType, type StreamKind } from '../event/event-type.ts';
import { type LogEvent, readLogText } from '../event/log-text.ts';
import { parseStreamName, streamName } from '../event/stream.ts';
import { type Names, type TraceEvent, toTraceEvent } from '../event/trace-event.ts';
import { type BatchRow, pushStored, storedMeanings, type TasksById, tasksOnDemand } from './log-reader.ts';
import type { Connection } from './store.ts';
import { storedNames } from './stored-names.ts';

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

/** A batch with what is needed to read it. */
export type StoredBatch = [...BatchRow, capture: number, count: number];

export interface StreamKey {
  readonly kind: StreamKind;
  readonly capture: number;
  readonly key: number;
}

/** What the events of a stream are known by, or null where any will do. Throws FilterError for a name of no kind. */
export function streamKey({ stream }: EventFilter): StreamKey | null {
  if (stream === undefined) return null;
  const parsed = parseStreamName(stream);
  if (parsed === null)
    throw new FilterError(`no such stream name: ${stream} (they look like capture-1, task-1-4711, socket-1-12)`);
  return parsed;
}

function typeCode({ type }: EventFilter): number | null {
  if (type === undefined) return null;
  const found = findEventType(type);
  if (found === undefined)
    throw new FilterError(`no such event type: ${type} (for example sys_enter_listen, inet_sock_set_state)`);
  return found.code;
}

export class EventMatch {
  /** Null: any. */
  readonly capture: number | null;
  /** Nothing can match. */
  readonly empty: boolean;
  readonly from: number;
  readonly to: number;
  private readonly type: number | null;
  private readonly stream: StreamKey | null;
  private readonly names: Names;
  private readonly tasks: TasksById;
  private readonly meanings;
  private readonly rows = new EventBatch(1);

  /** Throws FilterError for a filter that names what is not there. */
  constructor(db: Connection, filter: EventFilter) {
    this.type = typeCode(filter);
    this.stream = streamKey(filter);
    this.capture = this.stream?.capture ?? filter.capture ?? null;
    this.empty = filter.capture !== undefined && this.capture !== filter.capture;
    this.from = filter.from ?? Number.NEGATIVE_INFINITY;
    this.to = filter.to ?? Number.POSITIVE_INFINITY;
    this.names = storedNames(db);
    this.tasks = tasksOnDemand(db);
    this.meanings = storedMeanings(db);
  }

  /** The matching events of a batch. `positions`: those that the stream has, if known; else each event is looked at. */
  *of(batch: StoredBatch, positions: ReadonlySet<number> | null = null): Generator<TraceEvent, void> {
    const [position, at, source, text, capture] = batch;
    const { from, to, type, rows } = this;
    const events = readLogText(text);
    for (let k = 0; k < events.length; k++) {
      const event = events[k];
      const time = at + (event[2] as number);
      if (time < from || time > to || (type !== null && this.meanings[event[0] as number]?.code !== type)) continue;
      if (positions === null ? !this.belongs(event) : !positions.has(position + k)) continue;
      rows.clear();
      rows.position = position + k;
      pushStored(rows, event, [position, at, source, text], this.tasks, this.meanings);
      yield toTraceEvent(rows, 0, streamOf(capture, rows), event[1] as number, this.names);
    }
  }

  private belongs(event: LogEvent): boolean {
    const { stream } = this;
    if (stream === null) return true;
    const meaning = this.meanings[event[0] as number];
    if (meaning === undefined || EVENT_TYPES[meaning.code].stream !== stream.kind) return false;
    if (stream.kind === 'socket') return (event[6] ?? 0) === stream.key;
    if (stream.kind === 'capture') return true;
    return event[4] === null ? stream.key === -1 : this.tasks.get(event[4])?.tid === stream.key;
  }
}

/** The stream that an event belongs to, by its type and key. */
function streamOf(capture: number, rows: EventBatch): string {
  const kind = EVENT_TYPES[rows.type[0]].stream;
  const key = kind === 'socket' ? rows.args[0][0] : kind === 'task' ? rows.tid[0] : 0;
  return streamName(kind, capture, Number.isNaN(key) ? 0 : key);
}
