// Names of protocol states, families and protocols in event texts.
import { AF_INET, AF_INET6, AF_UNIX } from '../../core/event/dictionary.ts';
import { ByteTable } from '../format/text/byte-table.ts';
import type { TextCursor } from '../format/text/text-cursor.ts';

/** include/net/tcp_states.h; the place in the list is the number. */
const STATES = new ByteTable([
  'TCP_STATE_0',
  'TCP_ESTABLISHED',
  'TCP_SYN_SENT',
  'TCP_SYN_RECV',
  'TCP_FIN_WAIT1',
  'TCP_FIN_WAIT2',
  'TCP_TIME_WAIT',
  'TCP_CLOSE',
  'TCP_CLOSE_WAIT',
  'TCP_LAST_ACK',
  'TCP_LISTEN',
  'TCP_CLOSING',
  'TCP_NEW_SYN_RECV',
]);

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
