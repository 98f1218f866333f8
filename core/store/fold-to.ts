// Brings the fold of a capture to one instant: from the last snapshot before it, over the few batches between.

import type { AcceptPath } from '../projection/accept-path.ts';
import { Instant } from '../projection/instant.ts';
import { DECIDED_NS } from '../projection/queue-timeline.ts';
import type { RowSink } from '../projection/rows.ts';
import { restorePath, SnapshotError } from '../projection/snapshot/restore.ts';
import { readBatches } from './log-reader.ts';
import { type FirstIds, projectionOf, storedLookup } from './project.ts';
import { snapshotsBefore, type Until } from './snapshots.ts';
import type { Connection } from './store.ts';

const nowhere = (): void => undefined;
/** The rows are in the tables already. */
const NO_ROWS: RowSink = {
  listenCall: nowhere,
  backlogChange: nowhere,
  listener: nowhere,
  depth: nowhere,
  connection: nowhere,
  acceptor: nowhere,
  refusal: nowhere,
  gap: nowhere,
  socket: nowhere,
  orphanAcceptor: nowhere,
  queueSample: nowhere,
  counter: nowhere,
};

export interface FoldedTo {
  readonly instant: Instant;
  /** Last event in it; null: none. */
  readonly position: number | null;
  /** The snapshot that it began from; null: the capture's beginning. */
  readonly snapshot: number | null;
  readonly eventsRead: number;
  /** Snapshots that could not be read, and why. */
  readonly problems: readonly string[];
}

/** First ids of a capture's listeners and connections, as when it was folded first. */
function firstIdsOf(db: Connection, capture: number): FirstIds {
  const next = (table: string): number =>
    db.prepare(`SELECT ifnull(max(id), 0) + 1 FROM ${table} WHERE capture < ?`).pluck().get(capture) as number;
  return { listener: next('listeners'), connection: 1 };
}

function newPath(db: Connection, capture: number): AcceptPath {
  const { probes, pointers } = db.prepare('SELECT probes, pointers FROM captures WHERE id = ?').get(capture) as {
    probes: string;
    pointers: number;
  };
  const info = { probes: JSON.parse(probes) as string[], pointers: pointers === 1 };
  return projectionOf(firstIdsOf(db, capture), info, storedLookup(db), NO_ROWS);
}

/** A path with everything up to a snapshot in it. */
function begin(db: Connection, capture: number, until: Until) {
  const problems: string[] = [];
  for (const { position, bytes } of snapshotsBefore(db, capture, until)) {
    const path = newPath(db, capture);
    try {
      restorePath(path, bytes);
      return { path, snapshot: position, problems };
    } catch (error) {
      if (!(error instanceof SnapshotError)) throw error;
      problems.push(
        `the snapshot at position ${position} cannot be read (${error.message}): acceptq rebuild makes it anew`,
      );
    }
  }
  return { path: newPath(db, capture), snapshot: null, problems };
}

/**
 * The instant after an event, or after everything up to a time: it ends before the first event that is later. A little more is read, for
 * what had happened by then and is told afterwards. `snapshots` false begins at the capture's beginning, for comparisons.
 */
export function foldTo(db: Connection, capture: number, until: Until, snapshots = true): FoldedTo {
  const { path, snapshot, problems } = snapshots
    ? begin(db, capture, until)
    : { path: newPath(db, capture), snapshot: null, problems: [] };
  const { endpoint } = storedLookup(db);
  const stop = (at: number): Instant => new Instant(path, at, (id) => path.listeners.reachedBy(endpoint(id)));
  let position = snapshot;
  let eventsRead = 0;
  let instant: Instant | null = null;
  for (const { batch } of readBatches(db, capture, snapshot === null ? 0 : snapshot + 1)) {
    let row = Math.max(0, (position ?? 0) + 1 - batch.position);
    let end = row;
    if (instant === null) {
      while (end < batch.length && !('at' in until ? batch.at[end] > until.at : batch.position + end > until.position))
        end++;
      path.apply(batch, row, end);
      if (end > row) position = batch.position + end - 1;
      eventsRead += end - row;
      if (end === batch.length) continue;
      instant = stop('at' in until ? until.at : path.latest);
      row = end;
    }
    const { at } = instant.known;
    while (end < batch.length && batch.at[end] <= at + DECIDED_NS) end++;
    path.apply(batch, row, end);
    eventsRead += end - row;
    if (end < batch.length) break;
  }
  return { instant: instant ?? stop(path.latest), position, snapshot, eventsRead, problems };
}
