// accept() calls that failed, by error: counted from the log, and only of tasks that had any.
import type { AcceptFailure } from '../report/input.ts';
import { queryEvents } from './event-query.ts';
import type { Connection } from './store.ts';

const EAGAIN = 11;
/** Tasks looked at; the errors of more would be the same ones. */
const MOST_TASKS = 16;
/** Calls looked at of each. */
const MOST_CALLS = 100_000;

interface Failing {
  readonly tid: number;
  readonly failed: number;
}

/** `tasks` are the listener's acceptors; a task that accepts from several listeners counts for each where it failed. */
export function acceptFailures(db: Connection, capture: number, tasks: readonly Failing[]): AcceptFailure[] {
  const found = new Map<number, { count: number; first: number; tids: Set<number> }>();
  for (const { tid } of tasks.filter(({ failed }) => failed > 0).slice(0, MOST_TASKS)) {
    for (const event of queryEvents(db, { capture, stream: `task-${capture}-${tid}`, limit: MOST_CALLS })) {
      if (event.type !== 'sys_exit_accept' && event.type !== 'sys_exit_accept4') continue;
      const { ret } = event;
      if (ret === null || ret >= 0 || ret === -EAGAIN) continue;
      const entry = found.get(ret) ?? { count: 0, first: event.at_ns, tids: new Set<number>() };
      entry.count++;
      entry.first = Math.min(entry.first, event.at_ns);
      entry.tids.add(tid);
      found.set(ret, entry);
    }
  }
  return [...found].map(([result, { count, first, tids }]) => ({
    result,
    count,
    first_at_ns: first,
    tasks: tids.size,
  }));
}
