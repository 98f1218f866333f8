// Where a capture goes in the log: behind everything, or, when reading it was interrupted, where it began.
import type { JournalRow } from './journal.ts';
import { lastEntry } from './journal.ts';
import type { Bases } from './log-encoder.ts';
import type { Connection } from './store.ts';

export interface LogPlace {
  /** Id that the capture has or gets. */
  readonly capture: number;
  /** Last ids and position before it. */
  readonly bases: Bases;
  /** The entry of the journal that it follows; null: it is the first. */
  readonly after: JournalRow | null;
}

/** A capture that was begun and has no end. */
export interface OpenCapture {
  readonly id: number;
  readonly sha256: string | null;
  readonly path: string;
  readonly events: number;
  readonly duration_ns: number;
}

/** The capture with this content, complete or not; undefined when it is not in the store. */
export const findCapture = (db: Connection, sha256: string): { id: number; complete: boolean } | undefined => {
  const row = db.prepare("SELECT id, ending <> 'open' AS complete FROM captures WHERE sha256 = ?").get(sha256) as
    | { id: number; complete: number }
    | undefined;
  return row && { id: row.id, complete: row.complete === 1 };
};

/** Whether it has no end yet. */
export const isOpen = (db: Connection, capture: number): boolean =>
  db.prepare("SELECT ending = 'open' FROM captures WHERE id = ?").pluck().get(capture) === 1;

/** The complete capture with this content. */
export const findComplete = (db: Connection, sha256: string): number | undefined =>
  db
    .prepare("SELECT id FROM captures WHERE sha256 = ? AND ending = 'complete' ORDER BY id LIMIT 1")
    .pluck()
    .get(sha256) as number | undefined;

/** The capture whose reading goes on or was interrupted: one at most, as the next begins only when it has ended. */
export const openCapture = (db: Connection): OpenCapture | undefined =>
  db
    .prepare("SELECT id, sha256, path, events, duration_ns FROM captures WHERE ending = 'open' ORDER BY id LIMIT 1")
    .get() as OpenCapture | undefined;

/** The place of a new capture, or of one that is read again from its beginning. */
export function placeOf(db: Connection, again?: number): LogPlace {
  const start =
    again === undefined
      ? undefined
      : (db.prepare("SELECT seq FROM journal WHERE kind = 'start' AND capture = ?").pluck().get(again) as number);
  const after =
    start === undefined
      ? lastEntry(db)
      : (db.prepare('SELECT * FROM journal WHERE seq = ?').get(start - 1) as JournalRow | undefined);
  const position =
    start === undefined
      ? (db
          .prepare(
            `SELECT max(ifnull((SELECT max(position + count - 1) FROM batches), 0),
               ifnull((SELECT max(first_position + events - 1) FROM capture_drops), 0))`,
          )
          .pluck()
          .get() as number)
      : (db.prepare('SELECT first_position - 1 FROM capture_starts WHERE id = ?').pluck().get(again) as number);
  const last = db.prepare('SELECT ifnull(max(capture), 0) FROM journal').pluck().get() as number;
  return {
    capture: again ?? last + 1,
    bases: {
      position,
      string: after?.strings ?? 0,
      address: after?.addresses ?? 0,
      endpoint: after?.endpoints ?? 0,
      task: after?.tasks ?? 0,
    },
    after: after ?? null,
  };
}
