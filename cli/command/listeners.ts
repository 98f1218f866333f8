// acceptq listeners: the listeners of a store with their figures.
import { openStore } from '../../core/store/store.ts';
import { listenerTable } from '../render/listener-table.ts';
import type { CommandResult } from '../result.ts';
import { type ReportOptions, reportOf } from './report.ts';

export function listeners(options: ReportOptions & { db: string }): CommandResult {
  const store = openStore(options.db, { mode: 'read' });
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
