// What is derived from the log, by named and versioned processors, and how far each has come: kept in the same transaction as its rows.
import { SNAPSHOT_VERSION } from '../projection/snapshot/classes.ts';
import type { Connection } from './store.ts';

/** Streams by name: positions of their events. */
export const STREAMS = 'streams';
/** Listeners, queues, connections, acceptors, listen() calls: the fold in core/projection. */
export const ACCEPT_PATH = 'accept-path';
/** Its state now and then. */
export const SNAPSHOTS = 'snapshots';

/** To be raised when the rows that a processor makes change: stores of an older version are then rebuilt from their log. */
export const VERSIONS: Readonly<Record<string, number>> = {
  [STREAMS]: 1,
  [ACCEPT_PATH]: 2,
  [SNAPSHOTS]: SNAPSHOT_VERSION,
};

export const PROCESSOR_TABLE = `
CREATE TABLE processors (            -- how far what is derived from the log has come
  name            TEXT NOT NULL,       -- streams, snapshots, or accept-path for all other tables
  capture         INTEGER NOT NULL,    -- of which capture
  version         INTEGER NOT NULL,    -- version of the processor that made the rows
  position        INTEGER NOT NULL,    -- last event of the log that is in them
  ended           INTEGER NOT NULL,    -- 1: with all that follows from the capture's end
  PRIMARY KEY (name, capture)
) STRICT;
`;

/** Notes how far the processors have come with a capture. */
export function checkpoint(db: Connection, capture: number, position: number, ended: boolean): void {
  const note = db.prepare(
    'INSERT OR REPLACE INTO processors (name, capture, version, position, ended) VALUES (?, ?, ?, ?, ?)',
  );
  for (const [name, version] of Object.entries(VERSIONS)) note.run(name, capture, version, position, ended ? 1 : 0);
}

export interface Staleness {
  /** Rows were made by another version: all captures are to be derived anew. */
  readonly versions: boolean;
  /** Captures whose rows are not complete, in order. */
  readonly captures: readonly number[];
}

/** What of a store's derived tables does not follow from its log as this acceptq reads it. */
export function staleness(db: Connection): Staleness {
  const rows = db.prepare('SELECT name, version FROM processors').all() as { name: string; version: number }[];
  const captures = db
    .prepare(
      'SELECT id FROM captures WHERE (SELECT count(*) FROM processors p WHERE p.capture = id AND p.ended = 1) < ? ORDER BY id',
    )
    .pluck()
    .all(Object.keys(VERSIONS).length) as number[];
  return { versions: rows.some(({ name, version }) => VERSIONS[name] !== version), captures };
}
