// Reads from the store what a comparison needs beside the report: the waits of each listener, and when things happened.
import type { ListenerSeries } from '../compare/place.ts';
import type { Connection } from './store.ts';

/** Series of these listeners, by id. */
export function readSeries(db: Connection, listeners: readonly number[]): Map<number, ListenerSeries> {
  const waits = db
    .prepare('SELECT wait_ns FROM v_waits WHERE listener = ? AND wait_ns IS NOT NULL ORDER BY at_ns, connection')
    .pluck();
  const arrivals = db
    .prepare(
      'SELECT enqueued_at_ns FROM connections WHERE listener = ? AND enqueued_at_ns IS NOT NULL ORDER BY enqueued_at_ns',
    )
    .pluck();
  const overflows = db
    .prepare("SELECT at_ns FROM v_overflows WHERE listener = ? AND cause <> 'other' ORDER BY at_ns")
    .pluck();
  return new Map(
    listeners.map((id) => [
      id,
      {
        waits: Float64Array.from(waits.all(id) as number[]),
        arrivals: Float64Array.from(arrivals.all(id) as number[]),
        overflows: Float64Array.from(overflows.all(id) as number[]),
      },
    ]),
  );
}
