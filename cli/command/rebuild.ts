// acceptq rebuild: every derived table dropped and rebuilt from the log.
import { indexLog, indexProjections } from '../../core/store/indexes.ts';
import { rebuildProjections } from '../../core/store/project.ts';
import { stepProgress } from '../progress.ts';
import type { CommandResult } from '../result.ts';
import { openForWriting } from './open-store.ts';

export async function rebuild(options: { db: string }): Promise<CommandResult> {
  const store = await openForWriting(options.db, { mode: 'write', doing: 'rebuilds what is derived' });
  const progress = stepProgress();
  try {
    rebuildProjections(store.db, ({ capture, events, of }) => progress.update(`capture ${capture}`, events, of));
    indexProjections(store.db);
    indexLog(store.db);
    const captures = store.db.prepare('SELECT count(*) FROM captures').pluck().get() as number;
    return {
      exit: 0,
      json: { schema: 'acceptq.rebuild/1', db: options.db, captures },
      text: () => [`projections of ${captures} capture${captures === 1 ? '' : 's'} rebuilt`],
    };
  } finally {
    progress.done();
    store.close();
  }
}
