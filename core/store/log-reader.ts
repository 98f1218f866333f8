// Reads a capture's events back from the log, in order, in batches.
import { ABSENT, EventBatch, UNKNOWN } from '../event/event-batch.ts';
import { MAX_ARGS } from '../event/event-type.ts';
import { LOG_BATCH, type LogEvent, readLogText } from '../event/log-text.ts';
import { type Meaning, meaningsOf, type StoredType } from '../event/upcast.ts';
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

/** What is asked of tasks while events are read. */
export interface TasksById {
  get(id: number): StoredTask | undefined;
}

/** Tasks of any capture, each read when it is asked for first: also those that are added meanwhile. */
export function tasksOnDemand(db: Connection): TasksById {
  const one = db.prepare('SELECT tid, pid, comm FROM tasks WHERE id = ?');
  const known = new Map<number, StoredTask>();
  return {
    get(id) {
      const found = known.get(id) ?? (one.get(id) as StoredTask | undefined);
      if (found !== undefined) known.set(id, found);
      return found;
    },
  };
}

/** What the codes in this store mean. */
export const storedMeanings = (db: Connection): readonly (Meaning | undefined)[] =>
  meaningsOf(db.prepare('SELECT code, name, version FROM event_types').all() as StoredType[]);

/** Adds one event of a stored batch to rows; returns its index. Throws RangeError for a type that this acceptq does not know. */
export function pushStored(
  rows: EventBatch,
  event: LogEvent,
  [, at, source]: BatchRow,
  tasks: TasksById,
  meanings: readonly (Meaning | undefined)[],
): number {
  const task = event[4] === null ? undefined : tasks.get(event[4]);
  const meaning = meanings[event[0] as number];
  if (meaning === undefined) throw new RangeError(`an event of type ${event[0]}, which a newer acceptq has written`);
  const row = rows.push(
    at + (event[2] as number),
    meaning.code,
    event[3] ?? UNKNOWN,
    task?.pid ?? UNKNOWN,
    task?.tid ?? UNKNOWN,
    source + (event[5] as number),
  );
  rows.comm[row] = task?.comm ?? UNKNOWN;
  const { upcast } = meaning;
  if (upcast === null) for (let k = 0; k < MAX_ARGS; k++) rows.args[k][row] = event[6 + k] ?? ABSENT;
  else
    upcast(event.slice(6)).forEach((value, k) => {
      rows.args[k][row] = value ?? ABSENT;
    });
  return row;
}

/** A stored batch. The same objects are filled again each time. */
export interface ReadBatch {
  readonly batch: EventBatch;
  /** Of each event its version within its stream. */
  readonly versions: readonly number[];
  /** How many events the row says there are. */
  readonly count: number;
}

/** Batches of one capture, in order, from the one on that holds the event at position `from`. */
export function* readBatches(
  db: Connection,
  capture: number,
  from = 0,
  meanings: readonly (Meaning | undefined)[] = storedMeanings(db),
): Generator<ReadBatch, void> {
  const tasks = from > 0 ? tasksOnDemand(db) : tasksOf(db, capture);
  // one by one: a statement that is open would keep the projections from writing
  const next = db
    .prepare(
      'SELECT position, at_ns, source, events, count FROM batches WHERE capture = ? AND position > ? ORDER BY position LIMIT 1',
    )
    .raw();
  const batch = new EventBatch(LOG_BATCH);
  const versions: number[] = [];
  const holding = db.prepare('SELECT max(position) FROM batches WHERE capture = ? AND position <= ?').pluck();
  for (let last = from > 0 ? ((holding.get(capture, from) as number | null) ?? 1) - 1 : 0; ; ) {
    const stored = next.get(capture, last) as [...BatchRow, count: number] | undefined;
    if (stored === undefined) return;
    const [position, time, source, text, count] = stored;
    last = position;
    batch.clear();
    batch.position = position;
    versions.length = 0;
    for (const event of readLogText(text)) {
      pushStored(batch, event, [position, time, source, text], tasks, meanings);
      versions.push(event[1] as number);
    }
    yield { batch, versions, count };
  }
}

/** Batches of the events of one capture. The same batch object is filled again each time. */
export function* readLog(
  db: Connection,
  capture: number,
  meanings?: readonly (Meaning | undefined)[],
): Generator<EventBatch, void> {
  for (const { batch } of readBatches(db, capture, 0, meanings)) yield batch;
}
