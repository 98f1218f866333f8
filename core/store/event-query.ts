// Reads events as objects, for people and scripts: by stream, type, time.
import { ABSENT, EventBatch, UNKNOWN } from '../event/event-batch.ts';
import { findEventType, MAX_ARGS } from '../event/event-type.ts';
import { parseStreamName, streamName } from '../event/stream.ts';
import { type Names, type TraceEvent, toTraceEvent } from '../event/trace-event.ts';
import { formatEndpoint } from '../report/units.ts';
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

function conditions(filter: EventFilter): { sql: string; values: (string | number)[] } {
  const parts: string[] = [];
  const values: (string | number)[] = [];
  const add = (sql: string, ...given: (string | number)[]): void => {
    parts.push(sql);
    values.push(...given);
  };
  if (filter.stream !== undefined) {
    const stream = parseStreamName(filter.stream);
    if (stream === null)
      throw new FilterError(
        `no such stream name: ${filter.stream} (they look like capture-1, task-1-4711, socket-1-12)`,
      );
    add('s.capture = ? AND s.kind = ? AND s.key = ?', stream.capture, stream.kind, stream.key);
  }
  if (filter.type !== undefined) {
    const type = findEventType(filter.type);
    if (type === undefined)
      throw new FilterError(`no such event type: ${filter.type} (for example sys_enter_listen, inet_sock_set_state)`);
    add('e.type = ?', type.code);
  }
  if (filter.capture !== undefined) add('s.capture = ?', filter.capture);
  if (filter.from !== undefined) add('e.at_ns >= ?', filter.from);
  if (filter.to !== undefined) add('e.at_ns <= ?', filter.to);
  return { sql: parts.length === 0 ? '' : `WHERE ${parts.join(' AND ')}`, values };
}

type Row = [
  position: number,
  type: number,
  at: number,
  cpu: number | null,
  tid: number | null,
  pid: number | null,
  comm: number | null,
  source: number,
  capture: number,
  kind: 'task' | 'socket' | 'capture',
  key: number,
  version: number,
  ...args: (number | null)[],
];

/** Events in log order. Throws FilterError for a filter that cannot match anything. */
export function* queryEvents(db: Connection, filter: EventFilter): Generator<TraceEvent, void> {
  const { sql, values } = conditions(filter);
  const names = storedNames(db);
  const rows = db
    .prepare(
      `SELECT e.position, e.type, e.at_ns, e.cpu, t.tid, t.pid, t.comm, e.source, s.capture, s.kind, s.key, e.version, e.a0, e.a1, e.a2, e.a3, e.a4, e.a5
       FROM events e JOIN streams s ON s.id = e.stream LEFT JOIN tasks t ON t.id = e.task ${sql} ORDER BY e.position LIMIT ?`,
    )
    .raw()
    .iterate(...values, filter.limit ?? -1) as IterableIterator<Row>;
  const batch = new EventBatch(1);
  for (const row of rows) {
    batch.clear();
    batch.position = row[0];
    batch.push(row[2], row[1], row[3] ?? UNKNOWN, row[5] ?? UNKNOWN, row[4] ?? UNKNOWN, row[7]);
    batch.comm[0] = row[6] ?? UNKNOWN;
    for (let k = 0; k < MAX_ARGS; k++) batch.args[k][0] = (row[12 + k] as number | null) ?? ABSENT;
    yield toTraceEvent(batch, 0, streamName(row[9], row[8], row[10]), row[11], names);
  }
}
