// One load recorded by several tools at once: what each capture makes of it, side by side.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { reportOn, takeAny, withStoreAsync } from './fixtures.ts';

export interface Seen {
  readonly requested: number | null;
  readonly enqueued: number;
  readonly accepted: number;
  readonly left: number;
  readonly overflows: { readonly count: number | null; readonly bound: string; readonly evidence: string };
  /** Growth of sk_drops; null when it was not read. */
  readonly skDrops: number | null;
  readonly limit: { readonly effective: number | null; readonly basis: string };
  /** Length of the queue at each arrival. */
  readonly depths: readonly (number | null)[];
  /** Time in the queue of each connection, in ns. */
  readonly waits: readonly number[];
  readonly unreadable: number;
  readonly lost: number | null;
}

/** The listener on this port, as one capture shows it. */
export const seenIn = (path: string, port: number): Promise<Seen> =>
  withStoreAsync(async (store) => {
    await takeAny(store, path);
    const report = reportOn(store);
    const own = report.listeners.filter((listener) => listener.port === port);
    if (own.length !== 1) throw new Error(`${path}: ${own.length} listeners on port ${port}`);
    const [listener] = own;
    const rows = store.db
      .prepare(
        'SELECT enqueued_at_ns AS enqueued, dequeued_at_ns AS dequeued, depth FROM connections WHERE listener = ? AND enqueued_at_ns IS NOT NULL ORDER BY enqueued_at_ns',
      )
      .all(listener.id) as { enqueued: number; dequeued: number; depth: number }[];
    return {
      requested: listener.backlog.requested,
      enqueued: listener.enqueued,
      accepted: listener.accepted,
      left: listener.left_in_queue + listener.aborted_at_close,
      overflows: listener.overflows,
      skDrops: listener.sk_drops,
      limit: { effective: listener.backlog.effective, basis: listener.backlog.basis },
      depths: rows.map(({ depth }) => depth),
      waits: rows.map(({ enqueued, dequeued }) => dequeued - enqueued),
      unreadable: report.captures[0].rejected,
      lost: report.captures[0].lost.count,
    };
  });

/** The captures in a directory, by file name. */
export async function seenInAll(directory: string, port: number): Promise<Map<string, Seen>> {
  const found = new Map<string, Seen>();
  for (const name of readdirSync(directory).sort())
    if (name !== 'counters.txt') found.set(name, await seenIn(join(directory, name), port));
  return found;
}

export const countersIn = (directory: string): ReadonlyMap<string, number> =>
  new Map(
    readFileSync(join(directory, 'counters.txt'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => [line.split(' ')[0], Number(line.split(' ')[1])]),
  );
