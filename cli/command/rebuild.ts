// acceptq rebuild: every projection dropped and rebuilt from the log.
import { indexProjections } from '../../core/store/indexes.ts';
import { rebuildProjections } from '../../core/store/project.ts';
import { openStore } from '../../core/store/store.ts';
import type { CommandResult } from '../result.ts';

export function rebuild(options: { db: string }): CommandResult {
  const store = openStore(options.db, { mode: 'write' });
  try {
    rebuildProjections(store.db);
    indexProjections(store.db);
    const captures = store.db.prepare('SELECT count(*) FROM captures').pluck().get() as number;
    return {
      exit: 0,
      json: { schema: 'acceptq.rebuild/1', db: options.db, captures },
      text: () => [`projections of ${captures} capture${captures === 1 ? '' : 's'} rebuilt`],
    };
  } finally {
    store.close();
  }
}
