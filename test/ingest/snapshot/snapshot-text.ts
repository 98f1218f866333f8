// Reads a snapshot from text and writes its rows as short lines, for expectations that are derived by hand.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Dictionaries } from '../../../core/event/dictionary.ts';
import { EVENT_TYPES } from '../../../core/event/event-type.ts';
import type { ByteSource } from '../../../ingest/format/format.ts';
import { readSnapshots } from '../../../ingest/snapshot/read.ts';
import type { SnapshotFile } from '../../../ingest/snapshot/snapshot.ts';

export const SNAPSHOTS = fileURLToPath(new URL('../../fixture/snapshot/', import.meta.url));

export const sourceOf = (bytes: Uint8Array, name = 'snapshot'): ByteSource => ({
  name,
  size: bytes.length,
  read: (offset, length) => bytes.subarray(offset, offset + length),
});

export interface Read {
  readonly file: SnapshotFile;
  readonly dictionaries: Dictionaries;
  /** `local depth/limit drops inode path`, `comm pid fd local`, `name value`. */
  readonly lines: string[];
}

export function linesOf({ rows }: SnapshotFile, dictionaries: Dictionaries, first = 0, end = rows.length): string[] {
  const lines: string[] = [];
  const text = (id: number): string => (id >= 0 ? dictionaries.strings.entries[id - 1] : '-');
  const endpoint = (id: number): string => {
    if (Number.isNaN(id)) return '-';
    const { address, port } = dictionaries.endpoints.get(id);
    return `${address} ${port}`;
  };
  const number = (value: number): string => (Number.isNaN(value) ? '-' : String(value));
  for (let row = first; row < end; row++) {
    const a = rows.args.map((column) => column[row]);
    switch (EVENT_TYPES[rows.type[row]].name) {
      case 'listener_sample':
        lines.push(
          `listener ${endpoint(a[0])} ${number(a[1])}/${number(a[2])} drops ${number(a[3])} inode ${number(a[4])} ${text(a[5])}`,
        );
        break;
      case 'fd_endpoint':
        lines.push(`holder ${text(rows.comm[row])} ${rows.pid[row]} ${a[0]} ${endpoint(a[1])} family ${a[4]}`);
        break;
      default:
        lines.push(`${text(a[0])} ${a[1]}${a[2] === 1 ? '' : ' more'}`);
    }
  }
  return lines;
}

export function read(input: string | Uint8Array): Read {
  const dictionaries = new Dictionaries();
  const file = readSnapshots(sourceOf(typeof input === 'string' ? Buffer.from(input) : input), dictionaries);
  return { file, dictionaries, lines: linesOf(file, dictionaries) };
}

export const readFixture = (name: string): Read => read(readFileSync(`${SNAPSHOTS}${name}`));
