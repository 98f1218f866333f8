// acceptq export: what a store knows, in a form that other programs read.
import { writeFileSync } from 'node:fs';
import type { Report } from '../../core/report/model.ts';
import type { Store } from '../../core/store/store.ts';
import { anonymized } from '../../replay/workload/anonymize.ts';
import { escapeText } from '../render/escape.ts';
import { type CommandResult, UsageError } from '../result.ts';
import { reportOf } from './report.ts';
import { openToRead } from './store-to-read.ts';
import { readWorkload, type WorkloadOptions } from './workload-in.ts';

export interface ExportOptions extends WorkloadOptions {
  readonly to: string;
  readonly out?: string;
  readonly anonymize?: boolean;
  readonly view?: string;
  readonly capture?: string;
}

type Exporter = (store: Store, report: Report, options: ExportOptions) => Promise<CommandResult>;

const UNREADABLE: CommandResult = { exit: 3, json: null, text: () => [] };

/** Formats that are made from a store; each closes it when all has been read. */
const FROM_STORE: Readonly<Record<string, Exporter>> = {
  csv: async (...of) => (await import('./export-csv.ts')).exportCsv(...of),
  perfetto: async (...of) => (await import('./export-perfetto.ts')).exportPerfetto(...of),
  parquet: async (...of) => (await import('./export-parquet.ts')).exportParquet(...of),
  openmetrics: async (store, report, { out }) => {
    const { openMetrics } = await import('../export/openmetrics.ts');
    store.close();
    return written(`${[...openMetrics(report)].join('\n')}\n`, null, out);
  },
  markdown: async (store, report, { out }) => {
    const { reportMarkdown } = await import('../export/markdown.ts');
    store.close();
    return written(`${[...reportMarkdown(report)].join('\n')}\n`, report, out);
  },
};

const FORMATS = ['workload', ...Object.keys(FROM_STORE)];

export async function exportTo(captures: string[], options: ExportOptions): Promise<CommandResult> {
  if (!FORMATS.includes(options.to))
    throw new UsageError(`--to takes ${FORMATS.join(', ')}, not ${escapeText(options.to)}`);
  if (options.to === 'workload') return exportWorkload(captures, options);
  if (options.anonymize === true) throw new UsageError('--anonymize is for --to workload');
  if (options.capture !== undefined && options.to !== 'perfetto')
    throw new UsageError('--capture is for --to perfetto');
  if (options.view !== undefined && options.to !== 'csv') throw new UsageError('--view is for --to csv');
  const { store, read } = await openToRead(captures, options);
  try {
    if (read !== 'all') {
      store.close();
      return UNREADABLE;
    }
    return await FROM_STORE[options.to](store, reportOf(store, options), options);
  } catch (error) {
    if (store.db.open) store.close();
    throw error;
  }
}

async function exportWorkload(captures: string[], options: ExportOptions): Promise<CommandResult> {
  const workload = await readWorkload(captures, options);
  if (workload === null) return UNREADABLE;
  const exported = options.anonymize === true ? anonymized(workload) : workload;
  return written(`${JSON.stringify(exported)}\n`, exported, options.out);
}

/** Runs what writes; throws UsageError where the file system refuses. */
export function writing<T>(out: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw new UsageError(`${escapeText(out)}: cannot be written: ${(error as Error).message}`);
  }
}

/** To a file, or to standard output. `json` is what --json prints then; without one, the text as a JSON string. */
export function written(text: string, json: unknown, out: string | undefined): CommandResult {
  if (out === undefined) return { exit: 0, json: json ?? text, text: () => [text.trimEnd()] };
  writing(out, () => writeFileSync(out, text));
  return {
    exit: 0,
    json: { written: out, bytes: Buffer.byteLength(text) },
    text: () => [`written: ${escapeText(out)}`],
  };
}
