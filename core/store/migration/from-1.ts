// Version 1 to 2: one row an event becomes rows of up to 1024 events; captures say what their places count.
import { LOG_BATCH, writeLogBatch } from '../../event/log-text.ts';
import { NumberedBatch } from '../../event/numbered-batch.ts';
import type { Connection } from '../store.ts';

interface OldEvent {
  readonly position: number;
  readonly capture: number;
  readonly version: number;
  readonly type: number;
  readonly at_ns: number;
  readonly cpu: number | null;
  readonly task: number | null;
  readonly source: number;
  readonly a: readonly (number | null)[];
}

const COLUMNS = 'e.position, s.capture, e.version, e.type, e.at_ns, e.cpu, e.task, e.source';

/** Only perf.data was read then: with addresses, by bytes. */
export function from1(db: Connection): void {
  db.exec(`
    ALTER TABLE captures ADD COLUMN unit TEXT NOT NULL DEFAULT 'byte';
    ALTER TABLE captures ADD COLUMN pointers INTEGER NOT NULL DEFAULT 1;
    CREATE TABLE batches (position INTEGER PRIMARY KEY, capture INTEGER NOT NULL, count INTEGER NOT NULL, at_ns INTEGER NOT NULL,
      source INTEGER NOT NULL, from_ns INTEGER NOT NULL, to_ns INTEGER NOT NULL, events TEXT NOT NULL) STRICT;
  `);
  const insert = db.prepare('INSERT INTO batches VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
  const next = db
    .prepare(
      `SELECT ${COLUMNS}, e.a0, e.a1, e.a2, e.a3, e.a4, e.a5 FROM events e JOIN streams s ON s.id = e.stream
       WHERE s.capture = ? AND e.position > ? ORDER BY e.position LIMIT ${LOG_BATCH}`,
    )
    .raw();
  const memory = NumberedBatch.of(LOG_BATCH);
  for (const capture of db.prepare('SELECT id FROM captures ORDER BY id').pluck().all() as number[]) {
    let last = 0;
    for (;;) {
      const events = (next.all(capture, last) as (number | null)[][]).map(eventOf);
      if (events.length === 0) break;
      fill(memory, events);
      const { position, count, at, source, from, to, bytes } = writeLogBatch(memory, 0, memory.length);
      insert.run(position, capture, count, at, source, from, to, Buffer.from(bytes).toString('latin1'));
      last = position + count - 1;
    }
  }
  db.exec('DROP TABLE events; DROP TABLE streams');
}

function eventOf(row: (number | null)[]): OldEvent {
  const [position, capture, version, type, at_ns, cpu, task, source, ...a] = row;
  return { position, capture, version, type, at_ns, cpu, task, source, a } as OldEvent;
}

function fill(batch: NumberedBatch, events: readonly OldEvent[]): void {
  batch.clear();
  batch.position = events[0].position;
  for (const { at_ns, type, cpu, source, version, task, a } of events) {
    const row = batch.push(at_ns, type, cpu ?? -1, -1, -1, source);
    batch.version[row] = version;
    batch.task[row] = task ?? 0;
    a.forEach((value, k) => {
      batch.args[k][row] = value ?? Number.NaN;
    });
  }
}
