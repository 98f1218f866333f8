// acceptq report: the report of a store.
import { buildReport } from '../../core/report/build.ts';
import type { CaptureInput } from '../../core/report/input.ts';
import type { ListenerReport, Report } from '../../core/report/model.ts';
import type { ListenerSeries } from '../../core/report/series/model.ts';
import { readReportInput } from '../../core/store/report-input.ts';
import type { Store } from '../../core/store/store.ts';
import { reportText } from '../render/report-text.ts';
import { type CommandResult, UsageError } from '../result.ts';
import { version } from '../version.ts';
import { seriesOf } from './listener-pictures.ts';
import { openForReading } from './open-store.ts';
import { selectListeners } from './select-listener.ts';

export interface ReportOptions {
  readonly db?: string;
  readonly listener?: string;
  readonly somaxconn?: string;
  readonly verbose?: boolean;
  /** File for the report as a page. */
  readonly html?: string;
}

const MAX_SOMAXCONN = 2147483647;

export function parseSomaxconn(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= MAX_SOMAXCONN))
    throw new UsageError(`--somaxconn takes a whole number from 0 to ${MAX_SOMAXCONN}, not ${text}`);
  return value;
}

function reportFrom(inputs: readonly CaptureInput[], options: ReportOptions): Report {
  const somaxconn = parseSomaxconn(options.somaxconn);
  const report = buildReport(inputs, {
    version: version(),
    ...(somaxconn === undefined ? {} : { somaxconn }),
  });
  return options.listener === undefined ? report : selectListeners(report, options.listener);
}

/** The report of an open store, narrowed to the listener asked for. */
export const reportOf = (store: Store, options: ReportOptions): Report =>
  reportFrom(readReportInput(store.db), options);

/** The report as text and JSON, and as a page where one is asked for. */
export async function reportResult(
  store: Store,
  options: ReportOptions,
  exit: CommandResult['exit'],
): Promise<CommandResult> {
  const inputs = readReportInput(store.db);
  const report = reportFrom(inputs, options);
  if (options.html !== undefined) {
    const { writeHtml } = await import('./html-report.ts');
    writeHtml(options.html, report, inputs, store);
  }
  const picture = (listener: ListenerReport): ListenerSeries | null => seriesOf([listener], inputs)[0] ?? null;
  return { exit, json: report, text: (style) => reportText(report, style, options.verbose === true, picture) };
}

export async function report(options: ReportOptions & { db: string }): Promise<CommandResult> {
  const store = await openForReading(options.db);
  try {
    return await reportResult(store, options, 0);
  } finally {
    store.close();
  }
}
