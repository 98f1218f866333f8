// The hash chain over the log: what each addition consists of, and the hash that proves it whole.
import { createHash } from 'node:crypto';
import type { Connection } from './store.ts';

export type JournalKind = 'start' | 'batch' | 'end' | 'drop';

/** How far the dictionaries reach. */
export interface Reach {
  readonly strings: number;
  readonly addresses: number;
  readonly endpoints: number;
  readonly tasks: number;
}

export interface JournalRow extends Reach {
  readonly seq: number;
  readonly kind: JournalKind;
  readonly capture: number;
  readonly position: number;
  readonly hash: Uint8Array;
}

export const DICTIONARIES = ['strings', 'addresses', 'endpoints', 'tasks'] as const;

/** Columns of each dictionary, as they are hashed. */
export const DICTIONARY_COLUMNS: Readonly<Record<keyof Reach, string>> = {
  strings: 'id, capture, text',
  addresses: 'id, capture, address',
  endpoints: 'id, capture, family, address, port',
  tasks: 'id, capture, tid, pid, comm',
};

export const BEFORE_ALL = new Uint8Array(32);

type Value = number | string | null;

/**
 * The hash of an addition: SHA-256 over the hash before it, a JSON text, a zero byte and the batch's own text if it is one.
 * `head` is kind, capture and position; `row` the columns of the row it is about; `entries` the dictionary rows that came with it,
 * table by table in the order of DICTIONARIES.
 */
export function chainHash(
  before: Uint8Array,
  head: readonly [JournalKind, number, number],
  row: readonly Value[],
  entries: readonly (readonly (readonly Value[])[])[],
  text: Uint8Array | null,
): Uint8Array {
  const hash = createHash('sha256')
    .update(before)
    .update(JSON.stringify([head, row, entries]))
    .update('\0');
  if (text !== null) hash.update(text);
  return hash.digest();
}

/** The last entry of the journal; undefined in an empty log. */
export const lastEntry = (db: Connection): JournalRow | undefined =>
  db.prepare('SELECT * FROM journal ORDER BY seq DESC LIMIT 1').get() as JournalRow | undefined;
