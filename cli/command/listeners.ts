// acceptq listeners: the listeners of a store with their figures.
import { listenerTable } from '../render/listener-table.ts';
import type { CommandResult } from '../result.ts';
import { openForReading } from './open-store.ts';
import { type ReportOptions, reportOf } from './report.ts';

export async function listeners(options: ReportOptions & { db: string }): Promise<CommandResult> {
  const store = await openForReading(options.db);
  try {
    const { listeners: all } = reportOf(store, options);
    return {
      exit: 0,
      json: { schema: 'acceptq.listeners/1', listeners: all },
      text: (style) => (all.length === 0 ? ['no listeners'] : listenerTable(all, style)),
    };
  } finally {
    store.close();
  }
}
