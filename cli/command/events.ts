// acceptq events: the log, one line an event.
import type { TraceEvent } from '../../core/event/trace-event.ts';
import { type EventFilter, FilterError, queryEvents } from '../../core/store/event-query.ts';
import type { Store } from '../../core/store/store.ts';
import { escapeText } from '../render/escape.ts';
import { type CommandResult, UsageError } from '../result.ts';
import { openForReading, openLogForReading } from './open-store.ts';
import { parseCount, parseTime } from './time.ts';

interface EventOptions {
  readonly db: string;
  readonly stream?: string;
  readonly type?: string;
  readonly capture?: string;
  readonly from?: string;
  readonly to?: string;
  readonly limit?: string;
  readonly follow?: boolean;
}

function filterOf(options: EventOptions): EventFilter {
  return {
    ...(options.stream === undefined ? {} : { stream: options.stream }),
    ...(options.type === undefined ? {} : { type: options.type }),
    ...(options.capture === undefined ? {} : { capture: parseCount('--capture', options.capture) }),
    ...(options.from === undefined ? {} : { from: parseTime(options.from) }),
    ...(options.to === undefined ? {} : { to: parseTime(options.to) }),
    ...(options.limit === undefined ? {} : { limit: parseCount('--limit', options.limit) }),
  };
}

function line(event: TraceEvent): string {
  const { position, stream, version, at_ns, type, cpu, pid, tid, comm, source, ...args } = event;
  const fields = Object.entries(args).map(([name, value]) => `${name}=${value ?? '?'}`);
  const task = tid === null ? '-' : `${comm ?? '?'}/${tid}`;
  return escapeText(
    `${String(position).padStart(8)} ${(at_ns / 1e9).toFixed(9)} [${cpu ?? '?'}] ${task} ${type} ${fields.join(' ')}`.trimEnd(),
  );
}

/** Closes the store once the events have been read, or reading was given up. */
function* eventsOf(store: Store, filter: EventFilter): Generator<TraceEvent> {
  try {
    yield* queryEvents(store.db, filter);
  } catch (error) {
    throw error instanceof FilterError ? new UsageError(error.message) : error;
  } finally {
    store.close();
  }
}

export async function events(options: EventOptions): Promise<CommandResult> {
  const filter = filterOf(options);
  if (options.follow === true) {
    const { followEvents } = await import('./follow-events.ts');
    const live = { ...(await followEvents(options.db, filter)), line: (event: unknown) => line(event as TraceEvent) };
    return { exit: 0, json: null, live, text: () => [] };
  }
  const all = eventsOf(
    filter.stream === undefined ? await openLogForReading(options.db) : await openForReading(options.db),
    filter,
  );
  return {
    exit: 0,
    json: null,
    stream: all,
    *text() {
      for (const event of all) yield line(event);
    },
  };
}
