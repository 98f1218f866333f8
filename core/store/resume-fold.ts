// The fold of a capture that is being read, as its writer left it at its last commit: from the last snapshot before, over the few events between.
import type { AcceptPath } from '../projection/accept-path.ts';
import { RowBuffers } from '../projection/row-buffers.ts';
import { restorePath, SnapshotError } from '../projection/snapshot/restore.ts';
import { readBatches } from './log-reader.ts';
import type { Probed } from './probed.ts';
import { ACCEPT_PATH } from './processors.ts';
import { projectionOf, storedLookup } from './project.ts';
import { snapshotsBefore } from './snapshots.ts';
import type { Connection } from './store.ts';

export interface ResumedFold {
  readonly path: AcceptPath;
  /** Rows that come from now on; those before are in the store's tables. */
  readonly rows: RowBuffers;
  /** Last event that is in it. */
  readonly position: number;
  /** As the writer understands the capture. */
  readonly probed: Probed;
  /** Events that were folded to get there. */
  readonly folded: number;
}

/** What comes with a snapshot. */
const RESTORED = { listener: 1, connection: 1 };

/** Null: there is no snapshot yet, or none that can be read. */
export function resumeFold(db: Connection, capture: number): ResumedFold | null {
  const position = db
    .prepare('SELECT position FROM processors WHERE capture = ? AND name = ? AND ended = 0')
    .pluck()
    .get(capture, ACCEPT_PATH) as number | undefined;
  if (position === undefined) return null;
  const start = db.prepare('SELECT probes, pointers FROM capture_starts WHERE id = ?').get(capture) as {
    probes: string;
    pointers: number;
  };
  const probed = { probes: JSON.parse(start.probes) as string[], pointers: start.pointers === 1 };
  for (const snapshot of snapshotsBefore(db, capture, { position })) {
    const rows = new RowBuffers();
    const path = projectionOf(RESTORED, probed, storedLookup(db), rows);
    try {
      restorePath(path, snapshot.bytes);
    } catch (error) {
      if (error instanceof SnapshotError) continue;
      throw error;
    }
    let last = snapshot.position;
    for (const { batch } of readBatches(db, capture, last + 1)) {
      const from = Math.max(0, last + 1 - batch.position);
      const to = Math.min(batch.length, position + 1 - batch.position);
      if (to <= from) break;
      path.apply(batch, from, to);
      last = batch.position + to - 1;
      rows.take();
    }
    return { path, rows, position, probed, folded: last - snapshot.position };
  }
  return null;
}
