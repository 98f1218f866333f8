// Reads a capture's events back from the log, in order, in batches.
import { ABSENT, EventBatch, UNKNOWN } from '../event/event-batch.ts';
import { MAX_ARGS } from '../event/event-type.ts';
import { LOG_BATCH, type LogEvent, readLogText } from '../event/log-text.ts';
import type { Connection } from './store.ts';

/** A task as events name it. */
export interface StoredTask {
  readonly tid: number;
  readonly pid: number;
  readonly comm: number | null;
}

export type BatchRow = readonly [position: number, at: number, source: number, events: string];

/** The tasks of a capture by id. */
export function tasksOf(db: Connection, capture: number): ReadonlyMap<number, StoredTask> {
  const rows = db.prepare('SELECT id, tid, pid, comm FROM tasks WHERE capture = ?').all(capture) as (StoredTask & {
    id: number;
  })[];
  return new Map(rows.map(({ id, ...task }) => [id, task]));
}

/** Adds one event of a stored batch to rows; returns its index. */
export function pushStored(
  rows: EventBatch,
  event: LogEvent,
  [, at, source]: BatchRow,
  tasks: ReadonlyMap<number, StoredTask>,
): number {
  const task = event[4] === null ? undefined : tasks.get(event[4]);
  const row = rows.push(
    at + (event[2] as number),
    event[0] as number,
    event[3] ?? UNKNOWN,
    task?.pid ?? UNKNOWN,
    task?.tid ?? UNKNOWN,
    source + (event[5] as number),
  );
  rows.comm[row] = task?.comm ?? UNKNOWN;
  for (let k = 0; k < MAX_ARGS; k++) rows.args[k][row] = event[6 + k] ?? ABSENT;
  return row;
}

/** Batches of the events of one capture. The same batch object is filled again each time. */
export function* readLog(db: Connection, capture: number): Generator<EventBatch, void> {
  const tasks = tasksOf(db, capture);
  // one by one: a statement that is open would keep the projections from writing
  const next = db
    .prepare(
      'SELECT position, at_ns, source, events FROM batches WHERE capture = ? AND position > ? ORDER BY position LIMIT 1',
    )
    .raw();
  const batch = new EventBatch(LOG_BATCH);
  for (let last = 0; ; ) {
    const stored = next.get(capture, last) as BatchRow | undefined;
    if (stored === undefined) return;
    last = stored[0];
    batch.clear();
    batch.position = stored[0];
    for (const event of readLogText(stored[3])) pushStored(batch, event, stored, tasks);
    yield batch;
  }
}
