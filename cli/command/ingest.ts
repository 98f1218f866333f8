// acceptq ingest: captures into an event store.
import { indexLog, indexProjections } from '../../core/store/indexes.ts';
import { escapeText } from '../render/escape.ts';
import type { CommandResult } from '../result.ts';
import { takeInAll } from './captures-in.ts';
import { Interruption } from './interruption.ts';
import { openForWriting, type WaitOptions, waitFor } from './open-store.ts';

export async function ingest(
  captures: string[],
  options: WaitOptions & { db: string; with?: string[] },
): Promise<CommandResult> {
  const live = captures.includes('-');
  const interruption = new Interruption();
  const store = await openForWriting(options.db, {
    mode: 'create',
    doing: live ? 'ingests a stream' : 'ingests captures',
    shared: live,
    ...waitFor(options),
  });
  try {
    const taken = await takeInAll(store, captures, options.with, live ? interruption.watch() : undefined);
    indexProjections(store.db);
    indexLog(store.db);
    const events = store.db.prepare('SELECT events FROM captures WHERE id = ?').pluck();
    const results = taken.map((result) => ({
      ...result,
      events: result.capture === null ? null : (events.get(result.capture) as number),
    }));
    return {
      exit: interruption.exit ?? (taken.some(({ capture }) => capture === null) ? 3 : 0),
      json: { schema: 'acceptq.ingest/1', db: options.db, captures: results },
      *text() {
        for (const { path, capture, added, resumed, cut, events: count } of results) {
          if (cut)
            yield `${escapeText(path)}: capture ${capture}, ${count?.toLocaleString('en')} events, stopped before its end`;
          else if (capture === null) yield `${escapeText(path)}: not read`;
          else if (added)
            yield `${escapeText(path)}: capture ${capture}, ${count?.toLocaleString('en')} events${resumed === 0 ? '' : `, ${resumed.toLocaleString('en')} of them from an interrupted run`}`;
          else yield `${escapeText(path)}: already there as capture ${capture}`;
        }
      },
    };
  } finally {
    store.close();
    interruption.end();
  }
}
