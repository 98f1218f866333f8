// Text captures in memory, read as an ingest reads them, and their rows as plain objects with everything spelled out.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CaptureInfo, ReadTotals } from '../../../core/event/capture.ts';
import { EventBatch } from '../../../core/event/event-batch.ts';
import { EVENT_TYPES } from '../../../core/event/event-type.ts';
import type { ByteSource } from '../../../ingest/format/format.ts';
import { sniff } from '../../../ingest/format/index.ts';
import { memorySource } from '../perf-data/bytes.ts';

export const TEXTS = fileURLToPath(new URL('../../fixture/text/', import.meta.url));

/** Names of the recorded texts of a dialect. */
export const textsOf = (dialect: string): string[] => readdirSync(join(TEXTS, dialect)).sort();
export const textPath = (dialect: string, name: string): string => join(TEXTS, dialect, name);
export const textOf = (dialect: string, name: string): string => readFileSync(textPath(dialect, name), 'latin1');

export interface Row {
  readonly type: string;
  /** Nanoseconds of the text's clock; null for true before the start. */
  readonly time: bigint | null;
  readonly cpu: number;
  readonly pid: number;
  readonly tid: number;
  readonly comm: string | null;
  readonly line: number;
  /** Arguments under their names, what is absent left out. */
  readonly args: Readonly<Record<string, string | number>>;
}

export interface Read {
  readonly format: string;
  readonly info: CaptureInfo;
  readonly totals: ReadTotals;
  readonly rows: readonly Row[];
}

/** A line of a text with bytes that are no ASCII is given as latin1, one character a byte. */
export function readText(text: string | Uint8Array, name = 'memory'): Read {
  return readSource(memorySource(typeof text === 'string' ? Buffer.from(text, 'latin1') : text, name));
}

export function readSource(source: ByteSource): Read {
  const format = sniff(source);
  const reader = format.open(source);
  const batch = new EventBatch(64);
  for (const _ of reader.read({ rows: batch, endRound: () => undefined, releaseBefore: () => undefined }));
  const { addresses, endpoints, strings } = reader.dictionaries;
  const spell = (kind: string, value: number): string | number => {
    if (kind === 'socket' || kind === 'address') return addresses.entries[value - 1];
    if (kind === 'string') return strings.entries[value - 1];
    if (kind !== 'endpoint') return value;
    const { address, port } = endpoints.get(value);
    return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  };
  const rows: Row[] = [];
  for (let row = 0; row < batch.length; row++) {
    const type = EVENT_TYPES[batch.type[row]];
    const args: Record<string, string | number> = {};
    type.args.forEach(({ name, kind }, k) => {
      const value = batch.args[k][row];
      if (!Number.isNaN(value)) args[name] = spell(kind, value);
    });
    const at = batch.at[row];
    rows.push({
      type: type.name,
      time: at === Number.NEGATIVE_INFINITY ? null : (reader.base ?? 0n) + BigInt(at),
      cpu: batch.cpu[row],
      pid: batch.pid[row],
      tid: batch.tid[row],
      comm: batch.comm[row] < 0 ? null : strings.entries[batch.comm[row] - 1],
      line: batch.source[row],
      args,
    });
  }
  return { format: format.name, info: reader.info, totals: reader.totals, rows };
}

/** A row as one line, for comparisons that are easy to read. */
export const show = ({ type, args, ...row }: Row): string =>
  `${row.line} ${row.time ?? 'before'} ${row.cpu} ${row.pid}/${row.tid} ${row.comm} ${type} ${Object.entries(args)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${value}`)
    .join(' ')}`;
