// acceptq export --to csv: every view into a directory, or one view to standard output.
import type { Report } from '../../core/report/model.ts';
import type { SqlResult, SqlValue } from '../../core/store/sql-query.ts';
import type { Store } from '../../core/store/store.ts';
import { VIEW_NAMES, viewRows, writeCsv } from '../export/csv.ts';
import { escapeText } from '../render/escape.ts';
import { sqlCsv } from '../render/sql-csv.ts';
import { sqlJson } from '../render/sql-json.ts';
import { type CommandResult, UsageError } from '../result.ts';
import { type ExportOptions, writing } from './export.ts';

function* closing(rows: SqlResult['rows'], store: Store): Generator<readonly SqlValue[], void> {
  try {
    yield* rows;
  } finally {
    store.close();
  }
}

export function exportCsv(store: Store, report: Report, options: ExportOptions): CommandResult {
  const { view, out } = options;
  if (view !== undefined && !VIEW_NAMES.includes(view))
    throw new UsageError(`--view takes ${VIEW_NAMES.join(', ')}, not ${escapeText(view)}`);
  if (view === undefined && out === undefined)
    throw new UsageError('--to csv takes --out with a directory for its files, or --view for one of them');
  const listeners = options.listener === undefined ? null : report.listeners.map(({ id }) => id);
  if (out === undefined) {
    const { columns, rows } = viewRows(store, view as string, listeners);
    const result = { columns, rows: closing(rows, store) };
    return {
      exit: 0,
      json: null,
      jsonLines: () => sqlJson(result),
      text: ({ terminal }) => sqlCsv(result, terminal),
    };
  }
  const files = writing(out, () => writeCsv(store, out, view === undefined ? VIEW_NAMES : [view], listeners));
  store.close();
  return {
    exit: 0,
    json: { written: files },
    text: () => files.map(({ path, rows }) => `written: ${escapeText(path)}, ${rows.toLocaleString('en')} rows`),
  };
}
