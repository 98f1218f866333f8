// acceptq verify: is the log of a store whole?

import { migrationsOf } from '../../core/store/migration/migrate.ts';
import { openStore } from '../../core/store/store.ts';
import { type Damage, verifyLog } from '../../core/store/verify.ts';
import { stepProgress } from '../progress.ts';
import { escapeText } from '../render/escape.ts';
import type { CommandResult } from '../result.ts';

const plural = (count: number, word: string): string =>
  `${count.toLocaleString('en')} ${word}${count === 1 ? '' : 's'}`;

export function verify(options: { db: string }): CommandResult {
  const store = openStore(options.db, { mode: 'read' });
  const progress = stepProgress();
  try {
    const { damages, ...counts } = verifyLog(store.db, (what, done, of) => progress.update(what, done, of));
    progress.done();
    const migrations = migrationsOf(store.db);
    return {
      exit: damages.length === 0 ? 0 : 1,
      json: { schema: 'acceptq.verify/1', db: options.db, whole: damages.length === 0, ...counts, migrations, damages },
      *text() {
        yield `${plural(counts.events, 'event')} in ${plural(counts.batches, 'batch').replace(/batchs$/, 'batches')}, ${plural(counts.entries, 'journal entry').replace(/entrys$/, 'entries')}`;
        for (const { from_version, at } of migrations)
          yield `its journal begins at ${at}: the store was brought up from version ${from_version} then, and what was before is as it was found`;
        if (damages.length === 0) yield 'the log is whole';
        else {
          yield 'THE LOG IS DAMAGED';
          for (const damage of damages) yield `  ${line(damage)}`;
          yield 'Ingest the captures named here again into a new store, from their files.';
        }
      },
    };
  } finally {
    progress.done();
    store.close();
  }
}

const line = ({ place, problem, capture }: Damage): string =>
  escapeText(`${place}: ${problem}${capture === null ? '' : `, capture ${capture}`}`);
