// acceptq export --to parquet: tables of every capture into a directory, for DuckDB, Spark, pandas and the like.
import type { Report } from '../../core/report/model.ts';
import type { Store } from '../../core/store/store.ts';
import { writeParquet } from '../export/parquet.ts';
import { escapeText } from '../render/escape.ts';
import { type CommandResult, UsageError } from '../result.ts';
import { type ExportOptions, writing } from './export.ts';

export function exportParquet(store: Store, report: Report, { out, listener }: ExportOptions): CommandResult {
  if (out === undefined) throw new UsageError('--to parquet takes --out with a directory for its files');
  const listeners = listener === undefined ? null : report.listeners.map(({ id }) => id);
  const files = writing(out, () => writeParquet(store, report, out, listeners));
  store.close();
  return {
    exit: 0,
    json: { written: files },
    text: () => files.map(({ path, rows }) => `written: ${escapeText(path)}, ${rows.toLocaleString('en')} rows`),
  };
}
