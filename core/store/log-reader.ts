// Reads a capture's events back from the log, in order, in batches.
import { ABSENT, EventBatch, UNKNOWN } from '../event/event-batch.ts';
import { MAX_ARGS } from '../event/event-type.ts';
import type { Connection } from './store.ts';

const BATCH = 8192;

type Row = [
  position: number,
  type: number,
  at: number,
  cpu: number | null,
  tid: number | null,
  pid: number | null,
  comm: number | null,
  source: number,
  ...args: (number | null)[],
];

/** Batches of the events of one capture. The same batch object is filled again each time. */
export function* readLog(db: Connection, capture: number): Generator<EventBatch, void> {
  const bounds = db.prepare('SELECT first_position, events FROM captures WHERE id = ?').raw().get(capture) as
    | [number, number]
    | undefined;
  if (bounds === undefined) return;
  const [first, count] = bounds;
  // page by page: a statement that is open would keep the projections from writing
  const page = db
    .prepare(
      `SELECT e.position, e.type, e.at_ns, e.cpu, t.tid, t.pid, t.comm, e.source, e.a0, e.a1, e.a2, e.a3, e.a4, e.a5
       FROM events e LEFT JOIN tasks t ON t.id = e.task WHERE e.position >= ? AND e.position < ? ORDER BY e.position`,
    )
    .raw();
  const batch = new EventBatch(BATCH);
  for (let from = first; from < first + count; from += BATCH) {
    batch.clear();
    batch.position = from;
    for (const values of page.all(from, Math.min(from + BATCH, first + count)) as Row[]) {
      const row = batch.push(
        values[2],
        values[1],
        values[3] ?? UNKNOWN,
        values[5] ?? UNKNOWN,
        values[4] ?? UNKNOWN,
        values[7],
      );
      batch.comm[row] = values[6] ?? UNKNOWN;
      for (let k = 0; k < MAX_ARGS; k++) batch.args[k][row] = values[8 + k] ?? ABSENT;
    }
    yield batch;
  }
}
