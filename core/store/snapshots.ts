// Snapshots of the fold in the store: written along with its rows, found by position or time.
import type { Snapshot } from '../projection/snapshot/taker.ts';
import type { Connection } from './store.ts';

export const SNAPSHOT_TABLE = `
CREATE TABLE IF NOT EXISTS snapshots ( -- the whole state that the events so far come to, now and then: where acceptq state begins
  id              INTEGER PRIMARY KEY, -- number of the snapshot
  capture         INTEGER NOT NULL,    -- capture it belongs to
  position        INTEGER NOT NULL,    -- last event in it
  at_ns           INTEGER NOT NULL,    -- latest time of an event in it, in nanoseconds since the capture's start
  state           BLOB NOT NULL        -- for acceptq alone: how it is written changes with what is folded
) STRICT;
`;

/** For stores that are kept. */
export const SNAPSHOT_INDEXES = `
CREATE INDEX IF NOT EXISTS snapshots_by_position ON snapshots (capture, position);
CREATE INDEX IF NOT EXISTS snapshots_by_time ON snapshots (capture, at_ns);
`;

export class SnapshotWriter {
  private readonly insert;
  private readonly capture: number;

  constructor(db: Connection, capture: number) {
    this.capture = capture;
    this.insert = db.prepare('INSERT INTO snapshots (capture, position, at_ns, state) VALUES (?, ?, ?, ?)');
  }

  write(snapshots: readonly Snapshot[]): void {
    for (const { position, at, bytes } of snapshots) this.insert.run(this.capture, position, at, bytes);
  }
}

/** Up to an event, or up to a time in ns (then the last snapshot with nothing later in it). */
export type Until = { readonly position: number } | { readonly at: number };

/** The last snapshots of a capture up to there, the latest first: one that cannot be read has another before it. */
export function* snapshotsBefore(db: Connection, capture: number, until: Until): Generator<Snapshot> {
  // stores of an older acceptq have none
  if (db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'snapshots'").get() === undefined) return;
  const [column, limit] = 'at' in until ? ['at_ns', until.at] : ['position', until.position];
  const ids = db
    .prepare(`SELECT id FROM snapshots WHERE capture = ? AND ${column} <= ? ORDER BY ${column} DESC, id DESC LIMIT 2`)
    .pluck()
    .all(capture, limit) as number[];
  const one = db.prepare('SELECT position, at_ns AS at, state AS bytes FROM snapshots WHERE id = ?');
  for (const id of ids) yield one.get(id) as Snapshot;
}
