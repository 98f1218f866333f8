// All rows of a perf.data as lines of text, to compare two readings of it.
import { EventBatch } from '../../../core/event/event-batch.ts';
import { EVENT_TYPES } from '../../../core/event/event-type.ts';
import type { ByteSource } from '../../../ingest/format/format.ts';
import { perfData } from '../../../ingest/format/perf-data/format.ts';
import { memorySource } from './bytes.ts';

export interface ReadRows {
  /** Type, time, place and arguments with interned things spelled out, in file order. */
  readonly lines: readonly string[];
  readonly rejected: number;
  readonly ignored: number;
  readonly reasons: readonly string[];
  readonly probes: readonly string[];
}

export function readRows(file: Uint8Array | ByteSource): ReadRows {
  const reader = perfData.open(file instanceof Uint8Array ? memorySource(file) : file);
  const rows = new EventBatch();
  for (const _ of reader.read({ rows, endRound: () => undefined, releaseBefore: () => undefined }));
  const { addresses, endpoints, strings } = reader.dictionaries;
  const base = reader.base ?? 0n;
  const spell = (kind: string, value: number): string => {
    if (Number.isNaN(value)) return '-';
    if (kind === 'socket' || kind === 'address') return addresses.entries[value - 1];
    if (kind === 'endpoint') return JSON.stringify(endpoints.get(value));
    return kind === 'string' ? strings.entries[value - 1] : String(value);
  };
  const lines = Array.from({ length: rows.length }, (_, i) => {
    const type = EVENT_TYPES[rows.type[i]];
    const at = Number.isFinite(rows.at[i]) ? base + BigInt(rows.at[i]) : rows.at[i];
    return [
      type.name,
      at,
      rows.cpu[i],
      rows.pid[i],
      rows.tid[i],
      ...type.args.map((arg, k) => `${arg.name}=${spell(arg.kind, rows.args[k][i])}`),
    ].join(' ');
  });
  const { rejected, ignored, rejections } = reader.totals;
  return { lines, rejected, ignored, reasons: rejections.map(({ reason }) => reason), probes: reader.info.probes };
}

export const typeOf = (line: string): string => line.slice(0, line.indexOf(' '));
