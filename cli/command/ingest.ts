// acceptq ingest: captures into an event store.
import { indexLog, indexProjections } from '../../core/store/indexes.ts';
import { escapeText } from '../render/escape.ts';
import type { CommandResult } from '../result.ts';
import { takeInAll } from './captures-in.ts';
import { openForWriting } from './open-store.ts';

export async function ingest(captures: string[], options: { db: string; with?: string[] }): Promise<CommandResult> {
  const store = await openForWriting(options.db, { mode: 'create', doing: 'ingests captures' });
  try {
    const taken = await takeInAll(store, captures, options.with);
    indexProjections(store.db);
    indexLog(store.db);
    const events = store.db.prepare('SELECT events FROM captures WHERE id = ?').pluck();
    const results = taken.map((result) => ({
      ...result,
      events: result.capture === null ? null : (events.get(result.capture) as number),
    }));
    return {
      exit: taken.some(({ capture }) => capture === null) ? 3 : 0,
      json: { schema: 'acceptq.ingest/1', db: options.db, captures: results },
      *text() {
        for (const { path, capture, added, resumed, events: count } of results) {
          if (capture === null) yield `${escapeText(path)}: not read`;
          else if (added)
            yield `${escapeText(path)}: capture ${capture}, ${count?.toLocaleString('en')} events${resumed === 0 ? '' : `, ${resumed.toLocaleString('en')} of them from an interrupted run`}`;
          else yield `${escapeText(path)}: already there as capture ${capture}`;
        }
      },
    };
  } finally {
    store.close();
  }
}
