// A few events before and after an instant: the evidence of a finding as the log has it.
import type { TraceEvent } from '../event/trace-event.ts';
import { queryEvents } from './event-query.ts';
import type { Connection } from './store.ts';

/** How far back events are looked for, step by step: a busy host has enough in the first, a quiet one in the last. */
const BACK_NS: readonly number[] = [20_000, 1_000_000, 50_000_000];

/** The last `before` events until `at` (ns, exclusive) that lie at most 50 ms back, and the first `after` from there on. */
export function eventsAround(db: Connection, capture: number, at: number, before: number, after: number): TraceEvent[] {
  const end = Math.floor(at);
  let earlier: TraceEvent[] = [];
  for (const back of BACK_NS) {
    const last: TraceEvent[] = [];
    for (const event of queryEvents(db, { capture, from: Math.max(0, end - back), to: end - 1 })) {
      last.push(event);
      if (last.length > before) last.shift();
    }
    earlier = last;
    if (last.length >= before || end - back <= 0) break;
  }
  return [...earlier, ...queryEvents(db, { capture, from: end, limit: after })];
}
