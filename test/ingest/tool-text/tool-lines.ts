// Reads a tool's text and writes its rows as short lines.

import type { CaptureInfo, ReadTotals } from '../../../core/event/capture.ts';
import { EVENT_TYPES } from '../../../core/event/event-type.ts';
import type { ByteSource, CaptureReader } from '../../../ingest/format/format.ts';
import { sniff } from '../../../ingest/format/index.ts';
import { RoundSorter } from '../../../ingest/order/round-sorter.ts';
import { byRow } from '../../support/by-row.ts';

export const sourceOf = (bytes: Uint8Array): ByteSource => ({
  name: 'text',
  size: bytes.length,
  read: (offset, length) => bytes.subarray(offset, offset + length),
});

export interface Told {
  readonly format: string;
  readonly info: CaptureInfo;
  readonly totals: ReadTotals;
  /** `seconds.nanoseconds comm/pid type arguments`, in time order. */
  readonly lines: string[];
}

function lineOf({ dictionaries }: CaptureReader, rows: RoundSorter['rows'], row: number): string {
  const { args, name } = EVENT_TYPES[rows.type[row]];
  const text = (id: number): string => dictionaries.strings.entries[id - 1];
  const values = args.map(({ kind }, k) => {
    const value = rows.args[k][row];
    if (Number.isNaN(value)) return '-';
    if (kind === 'string') return text(value);
    if (kind === 'socket' || kind === 'address') return dictionaries.addresses.entries[value - 1];
    if (kind !== 'endpoint') return String(value);
    const { address, port } = dictionaries.endpoints.get(value);
    return `${address}|${port}`;
  });
  const comm = rows.comm[row] >= 0 ? text(rows.comm[row]) : '-';
  const task = rows.pid[row] >= 0 ? `${comm}/${rows.pid[row]} ` : '';
  return `${rows.at[row] / 1e9} ${task}${name} ${values.join(' ')}`;
}

export function told(input: string | Uint8Array): Told {
  const source = sourceOf(typeof input === 'string' ? Buffer.from(input, 'latin1') : input);
  const format = sniff(source);
  const reader = format.open(source);
  const lines: string[] = [];
  const sorter = new RoundSorter(byRow((rows, row) => lines.push(lineOf(reader, rows, row))));
  for (const _ of reader.read(sorter)) sorter.relieve();
  sorter.finish();
  return { format: format.name, info: reader.info, totals: reader.totals, lines };
}

/** The same text as `bpftrace -f json` prints it, each line cut into several objects. */
export function inJson(text: string): string {
  const objects = ['{"type": "attached_probes", "data": {"probes": 2}}'];
  for (let at = 0; at < text.length; at += 17)
    objects.push(
      JSON.stringify({ type: at % 2 === 0 ? 'printf' : 'time', data: text.slice(at, at + 17) })
        .replace('":"', '": "')
        .replace(',"data":', ', "data": '),
    );
  return `${objects.join('\n')}\n\n`;
}
