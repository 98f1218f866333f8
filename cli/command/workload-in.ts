// The workload that a replay or an export is of: out of a workload file, a store, or captures.
import { readFileSync, statSync } from 'node:fs';
import { kernelProfile } from '../../core/kernel/profile.ts';
import { listenerName } from '../../core/report/finding/about.ts';
import type { ListenerReport, Report } from '../../core/report/model.ts';
import { readLog } from '../../core/store/log-reader.ts';
import type { Store } from '../../core/store/store.ts';
import { readListenerSource, workloadReport } from '../../core/store/workload-input.ts';
import { extractWorkload } from '../../replay/workload/extract.ts';
import { type Workload, WorkloadError } from '../../replay/workload/workload.ts';
import { escapeText } from '../render/escape.ts';
import { UsageError } from '../result.ts';
import { version } from '../version.ts';
import { parseSomaxconn } from './report.ts';
import { selectListeners } from './select-listener.ts';
import { openToRead } from './store-to-read.ts';
import { parseTime } from './time.ts';

export interface WorkloadOptions {
  readonly db?: string;
  readonly listener?: string;
  readonly somaxconn?: string;
  readonly clients?: string;
  readonly clientsStop?: string;
  readonly clientsSpeak?: string;
  readonly with?: string[];
}

/** A workload file is no larger than this. */
const MOST_BYTES = 1 << 30;
const HEAD = 4096;

/** Reads "acceptq.workload/1", checked by its Schema. Throws UsageError for another file. */
async function readWorkloadFile(path: string, bytes: Buffer): Promise<Workload> {
  const Schema = await import('effect/Schema');
  const { WorkloadSchema } = await import('../../replay/workload/workload-schema.ts');
  let workload: Workload;
  try {
    workload = Schema.decodeUnknownSync(WorkloadSchema)(JSON.parse(bytes.toString('utf8'))) as Workload;
  } catch (error) {
    const [reason] = String((error as Error).message).split('\n');
    throw new UsageError(`${path}: not a workload: ${escapeText(reason)}`);
  }
  const wrong = contradiction(workload);
  if (wrong !== null) throw new UsageError(`${path}: not a workload: ${wrong}`);
  return workload;
}

/** What no Schema of single fields sees. */
function contradiction({ kernel, clients, members, acceptors }: Workload): string | null {
  if (kernelProfile(kernel) === null) return `no kernel release: ${escapeText(kernel)}`;
  const { mode, arrivals_ns: arrivals, slots } = clients;
  for (let k = 1; k < arrivals.length; k++)
    if (arrivals[k] < arrivals[k - 1]) return `arrival ${k} comes before the one before it`;
  if (mode === 'open' ? arrivals.length === 0 : slots.length === 0) return 'nobody comes';
  const places = [
    ...clients.members,
    ...acceptors.map(({ member }) => member),
    ...slots.flatMap((slot) => slot.members),
  ];
  return places.some((member) => member >= members) ? `a member beyond the ${members} that there are` : null;
}

function workloadBytes(path: string): Buffer | null {
  let bytes: Buffer;
  try {
    const { size } = statSync(path);
    if (!statSync(path).isFile() || size > MOST_BYTES) return null;
    bytes = readFileSync(path);
  } catch {
    return null; // the capture's own message says why
  }
  return bytes.subarray(0, HEAD).toString('latin1').includes('"acceptq.workload/1"') ? bytes : null;
}

/** The listener that a workload is taken from: the one that had arrivals. Throws UsageError where there are several. */
export function chosen(report: Report, options: WorkloadOptions): ListenerReport {
  const { listeners } = options.listener === undefined ? report : selectListeners(report, options.listener);
  const busy = listeners.filter(({ enqueued }) => enqueued > 0);
  if (busy.length === 0) throw new UsageError('no listener here had an arrival: there is no workload to take');
  // members of a reuseport group are one workload
  const places = new Set(busy.map(({ capture, address, port, id }) => `${capture} ${address ?? id} ${port}`));
  if (places.size > 1) {
    const names = busy.slice(0, 8).map((listener) => `${listener.id}: ${listenerName(listener)}`);
    throw new UsageError(`several listeners had arrivals (${names.join(', ')}): choose one with --listener`);
  }
  return busy[0];
}

/** The workload of one listener of an open store. */
export function workloadOf(store: Store, options: WorkloadOptions, kernel?: string): Workload {
  if (options.clients !== undefined && options.clients !== 'open' && options.clients !== 'closed')
    throw new UsageError(`--clients is open or closed, not ${options.clients}`);
  if (options.clientsSpeak !== undefined && options.clientsSpeak !== 'first' && options.clientsSpeak !== 'later')
    throw new UsageError(`--clients-speak is first or later, not ${options.clientsSpeak}`);
  const report = workloadReport(store.db, version(), parseSomaxconn(options.somaxconn));
  const listener = chosen(report, options);
  const source = readListenerSource(store.db, report, listener.id);
  try {
    return extractWorkload(source, readLog(store.db, listener.capture), {
      ...(options.clients === undefined ? {} : { clients: options.clients as 'open' | 'closed' }),
      ...(kernel === undefined ? {} : { kernel }),
      ...(options.clientsStop === undefined ? {} : { stop: parseTime(options.clientsStop) }),
      ...(options.clientsSpeak === undefined ? {} : { speaksFirst: options.clientsSpeak === 'first' }),
    });
  } catch (error) {
    if (error instanceof WorkloadError) throw new UsageError(error.message);
    throw error;
  }
}

/** Whether what is named is one workload, and not captures. */
export const isWorkloadFile = (paths: readonly string[]): boolean =>
  paths.length === 1 && paths[0] !== '-' && workloadBytes(paths[0]) !== null;

/** @param paths captures, one workload file, or none with --db. Null when a capture could not be read (it was said why). */
export async function readWorkload(paths: readonly string[], options: WorkloadOptions): Promise<Workload | null> {
  const [path] = paths;
  const bytes = paths.length === 1 && path !== '-' ? workloadBytes(path) : null;
  if (bytes !== null) return await readWorkloadFile(escapeText(path), bytes);
  const { store, read } = await openToRead(paths, options, 'it takes a capture, a workload file, or --db with a store');
  try {
    return read === 'all' ? workloadOf(store, options) : null;
  } finally {
    store.close();
  }
}
