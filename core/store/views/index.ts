// The views that people query: what the projections hold, with ids spelled out. Rows of one listener join by capture and listener.
import type { Connection } from '../store.ts';
import { V_ACCEPTORS } from './acceptors.ts';
import { V_CONNECTIONS } from './connections.ts';
import { V_DEPTH } from './depth.ts';
import { V_LISTEN_CALLS } from './listen-calls.ts';
import { V_LISTENERS } from './listeners.ts';
import { V_OVERFLOWS } from './overflows.ts';
import { V_WAIT_QUANTILES, V_WAITS } from './waits.ts';

/** Statements by the name of the view, in the order in which a newcomer wants them. A view may read only views before it. */
export const VIEWS: Readonly<Record<string, string>> = {
  v_listeners: V_LISTENERS,
  v_connections: V_CONNECTIONS,
  v_waits: V_WAITS,
  v_wait_quantiles: V_WAIT_QUANTILES,
  v_depth: V_DEPTH,
  v_overflows: V_OVERFLOWS,
  v_listen_calls: V_LISTEN_CALLS,
  v_acceptors: V_ACCEPTORS,
};

/** Makes the views, in place of those that an older acceptq left. They hold no rows: only a writer of the schema needs this. */
export function createViews(db: Connection): void {
  for (const [name, statement] of Object.entries(VIEWS)) {
    db.exec(`DROP VIEW IF EXISTS ${name}`);
    db.exec(statement);
  }
}
