// The rows that a trace.dat is decoded to, in order of time and with names spelled out, without a store.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CaptureInfo, ReadTotals } from '../../../core/event/capture.ts';
import type { EventBatch } from '../../../core/event/event-batch.ts';
import { EVENT_TYPES, type EventType } from '../../../core/event/event-type.ts';
import { BEFORE_START } from '../../../ingest/format/format.ts';
import { traceDat } from '../../../ingest/format/trace-dat/format.ts';
import { RoundSorter } from '../../../ingest/order/round-sorter.ts';
import { TaskNames } from '../../../ingest/order/task-names.ts';
import { byRow } from '../../support/by-row.ts';
import { memorySource } from '../perf-data/bytes.ts';

export const TRACE_DAT = fileURLToPath(new URL('../../fixture/trace-dat/', import.meta.url));

/** Names of the recorded files, without `.dat`. */
export const RECORDED: readonly string[] = readdirSync(TRACE_DAT)
  .filter((name) => name.endsWith('.dat'))
  .map((name) => name.slice(0, -4))
  .sort();

export const traceDatOf = (name: string): string => join(TRACE_DAT, `${name}.dat`);
export const traceBytes = (name: string): Buffer => readFileSync(traceDatOf(name));

export interface Row {
  /** The recording's clock; null for what was known before it began. */
  readonly time: bigint | null;
  readonly name: string;
  readonly cpu: number;
  readonly pid: number;
  readonly tid: number;
  readonly comm: string | null;
  readonly source: number;
  /** By argument name; absent ones are left out, a socket or address is its text. */
  readonly args: Readonly<Record<string, number | string>>;
}

export interface ReadTrace {
  readonly info: CaptureInfo;
  readonly totals: ReadTotals;
  readonly base: bigint | null;
  readonly outOfOrder: number;
  readonly rows: readonly Row[];
}

/** Rows that recorders make up or that tell of loss: not events that the kernel was asked to record. */
export const SIDE_BAND: readonly string[] = [
  'task_comm',
  'task_fork',
  'task_exit',
  'lost',
  'lost_samples',
  'lost_unknown',
];

/** Decodes a whole file. Throws CaptureError when it is refused. */
export function readTrace(bytes: Uint8Array): ReadTrace {
  const reader = traceDat.open(memorySource(bytes, 'trace.dat'));
  const { addresses, endpoints, strings } = reader.dictionaries;
  const names = new TaskNames(strings);
  const rows: Row[] = [];
  const spelled = (type: EventType, batch: EventBatch, row: number): Row['args'] => {
    const args: Record<string, number | string> = {};
    type.args.forEach(({ name, kind }, k) => {
      const value = batch.args[k][row];
      if (Number.isNaN(value)) return;
      if (kind === 'socket' || kind === 'address') args[name] = addresses.entries[value - 1];
      else if (kind === 'string') args[name] = strings.entries[value - 1];
      else if (kind === 'endpoint') {
        const { address, port } = endpoints.get(value);
        args[name] = `${address} ${port}`;
      } else args[name] = value;
    });
    return args;
  };
  const sorter = new RoundSorter(
    byRow((batch, row) => {
      const comm = names.nameOf(batch, row);
      const type = EVENT_TYPES[batch.type[row]];
      const at = batch.at[row];
      rows.push({
        time: at === BEFORE_START ? null : (reader.base ?? 0n) + BigInt(at),
        name: type.name,
        cpu: batch.cpu[row],
        pid: batch.pid[row],
        tid: batch.tid[row],
        comm: comm < 0 ? null : strings.entries[comm - 1],
        source: batch.source[row],
        args: spelled(type, batch, row),
      });
    }),
  );
  for (const offset of reader.read(sorter)) if (!(offset <= bytes.length)) throw new Error('progress beyond the end');
  sorter.finish();
  const { info, totals, base } = reader;
  return { info, totals, base, outOfOrder: sorter.outOfOrder, rows };
}

/** The rows of the kernel's own events. */
export const eventsOf = ({ rows }: ReadTrace): Row[] => rows.filter(({ name }) => !SIDE_BAND.includes(name));
