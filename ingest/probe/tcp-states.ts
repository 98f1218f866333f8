// Names of protocol states, families and protocols in event texts.
import { AF_INET, AF_INET6, AF_UNIX } from '../../core/event/dictionary.ts';
import { TCP_STATE_NAMES } from '../../core/event/tcp-state-name.ts';
import { ByteTable } from '../format/text/byte-table.ts';
import type { TextCursor } from '../format/text/text-cursor.ts';

/** The place in the list is the number; no kernel has a state 0. */
const STATES = new ByteTable(['TCP_STATE_0', ...TCP_STATE_NAMES.map((name) => `TCP_${name}`)]);

const FAMILIES = new ByteTable(['AF_INET', 'AF_INET6', 'AF_UNIX']);
const FAMILY_NUMBERS = [AF_INET, AF_INET6, AF_UNIX];
/** include/uapi/linux/in.h */
const PROTOCOLS = new ByteTable(['IPPROTO_TCP', 'IPPROTO_MPTCP', 'IPPROTO_SCTP', 'IPPROTO_DCCP']);
const PROTOCOL_NUMBERS = [6, 262, 132, 33];

/** A value that is printed by name, or as a number where the printer knows no name; NaN for neither. */
function named(
  cursor: TextCursor,
  from: number,
  to: number,
  table: ByteTable,
  numbers: readonly number[] | null,
): number {
  const index = table.find(cursor.bytes, from, to);
  if (index >= 0) return numbers === null ? index : numbers[index];
  const { end } = cursor;
  cursor.at = from;
  cursor.end = to;
  const value = cursor.integer();
  cursor.end = end;
  return value;
}

export const stateAt = (cursor: TextCursor, from: number, to: number): number => named(cursor, from, to, STATES, null);
export const familyAt = (cursor: TextCursor, from: number, to: number): number =>
  named(cursor, from, to, FAMILIES, FAMILY_NUMBERS);
export const protocolAt = (cursor: TextCursor, from: number, to: number): number =>
  named(cursor, from, to, PROTOCOLS, PROTOCOL_NUMBERS);
