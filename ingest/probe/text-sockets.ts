// Tracepoints of sockets and packets as text: states, wake-ups, retransmits, resets, drops. Kernel pointers count only where they are real.
import { AF_INET, AF_INET6 } from '../../core/event/dictionary.ts';
import { ABSENT } from '../../core/event/event-batch.ts';
import { eventCode } from '../../core/event/event-type.ts';
import type { TextCursor } from '../format/text/text-cursor.ts';
import { familyAt, protocolAt, stateAt } from './tcp-states.ts';
import { TextAddress } from './text-address.ts';
import type { Outcome, TextContext } from './text-context.ts';
import { field, TextFields } from './text-fields.ts';

const FAMILY = field('family');
const PROTOCOL = field('protocol');
const SPORT = field('sport');
const DPORT = field('dport');
const SADDR = field('saddr');
const DADDR = field('daddr');
const SADDRV6 = field('saddrv6');
const DADDRV6 = field('daddrv6');
const SADDR_V6 = field('saddr_v6');
const DADDR_V6 = field('daddr_v6');
const OLDSTATE = field('oldstate');
const NEWSTATE = field('newstate');
const STATE = field('state');
const SKADDR = field('skaddr');
const REQ = field('req');
const RX_SK = field('rx_sk');
const LOCATION = field('location');
const REASON = field('reason');
const SRC = field('src');
const DEST = field('dest');

const INET_SOCK_SET_STATE = eventCode('inet_sock_set_state');
const SK_DATA_READY = eventCode('sk_data_ready');
const TCP_RETRANSMIT_SKB = eventCode('tcp_retransmit_skb');
const TCP_RETRANSMIT_SYNACK = eventCode('tcp_retransmit_synack');
const KFREE_SKB = eventCode('kfree_skb');
const TCP_SEND_RESET = eventCode('tcp_send_reset');

const CUT_OFF = 'the event has no fields: the line was cut';
const UNKNOWN_FAMILY = -1;

export class TextSockets {
  private readonly context: TextContext;
  private readonly fields = new TextFields();
  private readonly address: TextAddress;

  constructor(context: TextContext) {
    this.context = context;
    this.address = new TextAddress(context.dictionaries.endpoints);
  }

  inetSockSetState(cursor: TextCursor): Outcome {
    const { fields, context } = this;
    fields.scan(cursor);
    if (!fields.has(OLDSTATE) || !fields.has(NEWSTATE) || !fields.has(SPORT)) return CUT_OFF;
    const row = context.push(INET_SOCK_SET_STATE);
    const { args } = context.rows;
    const family = this.family(cursor);
    args[0][row] = this.pointer(cursor, SKADDR);
    args[1][row] = stateAt(cursor, fields.from[OLDSTATE], fields.to[OLDSTATE]);
    args[2][row] = stateAt(cursor, fields.from[NEWSTATE], fields.to[NEWSTATE]);
    args[3][row] = this.local(cursor, family);
    args[4][row] = this.remote(cursor, family);
    args[5][row] = fields.has(PROTOCOL) ? protocolAt(cursor, fields.from[PROTOCOL], fields.to[PROTOCOL]) : ABSENT;
    return undefined;
  }

  skDataReady(cursor: TextCursor): Outcome {
    const { fields, context } = this;
    fields.scan(cursor);
    if (!fields.has(FAMILY)) return CUT_OFF;
    const row = context.push(SK_DATA_READY);
    const { args } = context.rows;
    args[0][row] = this.pointer(cursor, SKADDR);
    args[1][row] = familyAt(cursor, fields.from[FAMILY], fields.to[FAMILY]);
    args[2][row] = fields.has(PROTOCOL) ? protocolAt(cursor, fields.from[PROTOCOL], fields.to[PROTOCOL]) : ABSENT;
    return undefined;
  }

  tcpRetransmitSkb(cursor: TextCursor): Outcome {
    const { fields, context } = this;
    fields.scan(cursor);
    if (!fields.has(SPORT)) return CUT_OFF;
    const row = context.push(TCP_RETRANSMIT_SKB);
    const { args } = context.rows;
    const family = this.family(cursor);
    args[0][row] = this.pointer(cursor, SKADDR);
    args[1][row] = this.state(cursor);
    args[2][row] = this.local(cursor, family);
    args[3][row] = this.remote(cursor, family);
    return undefined;
  }

  tcpRetransmitSynack(cursor: TextCursor): Outcome {
    const { fields, context } = this;
    fields.scan(cursor);
    if (!fields.has(SPORT)) return CUT_OFF;
    const row = context.push(TCP_RETRANSMIT_SYNACK);
    const { args } = context.rows;
    const family = this.family(cursor);
    args[0][row] = this.pointer(cursor, SKADDR);
    args[1][row] = this.pointer(cursor, REQ);
    args[2][row] = this.local(cursor, family);
    args[3][row] = this.remote(cursor, family);
    return undefined;
  }

  kfreeSkb(cursor: TextCursor): Outcome {
    const { fields, context } = this;
    fields.scan(cursor);
    if (!fields.has(PROTOCOL) && !fields.has(LOCATION)) return CUT_OFF;
    const row = context.push(KFREE_SKB);
    const { args } = context.rows;
    args[0][row] = this.pointer(cursor, RX_SK);
    args[1][row] = this.reason(cursor);
    args[2][row] = this.pointer(cursor, LOCATION);
    args[3][row] = fields.has(PROTOCOL) ? protocolAt(cursor, fields.from[PROTOCOL], fields.to[PROTOCOL]) : ABSENT;
    return undefined;
  }

  tcpSendReset(cursor: TextCursor): Outcome {
    const { fields, context } = this;
    fields.scan(cursor);
    if (!fields.has(SPORT) && !fields.has(SRC)) return CUT_OFF;
    const row = context.push(TCP_SEND_RESET);
    const { args } = context.rows;
    const family = this.family(cursor);
    args[0][row] = this.pointer(cursor, SKADDR);
    args[1][row] = this.state(cursor);
    args[2][row] = this.reason(cursor);
    args[3][row] = this.local(cursor, family);
    args[4][row] = this.remote(cursor, family);
    return undefined;
  }

  /** tcp_receive_reset and tcp_destroy_sock. */
  addressed(cursor: TextCursor, type: number): Outcome {
    const { fields, context } = this;
    fields.scan(cursor);
    if (!fields.has(SPORT)) return CUT_OFF;
    const row = context.push(type);
    const { args } = context.rows;
    const family = this.family(cursor);
    args[0][row] = this.pointer(cursor, SKADDR);
    args[1][row] = this.local(cursor, family);
    args[2][row] = this.remote(cursor, family);
    return undefined;
  }

  private family(cursor: TextCursor): number {
    const { from, to } = this.fields;
    return from[FAMILY] < 0 ? UNKNOWN_FAMILY : familyAt(cursor, from[FAMILY], to[FAMILY]);
  }

  private local(cursor: TextCursor, family: number): number {
    return this.endpoint(cursor, family, SRC, SPORT, SADDR, SADDRV6, SADDR_V6);
  }

  private remote(cursor: TextCursor, family: number): number {
    return this.endpoint(cursor, family, DEST, DPORT, DADDR, DADDRV6, DADDR_V6);
  }

  /** IPv6 events carry a made-up IPv4 address beside the real one, and IPv4 events a mapped one: the family says which to take. */
  private endpoint(
    { bytes }: TextCursor,
    family: number,
    whole: number,
    portField: number,
    inet: number,
    inet6: number,
    raw6: number,
  ): number {
    const { fields, address } = this;
    const { from, to } = fields;
    if (from[whole] >= 0) return address.endpoint(bytes, from[whole], to[whole]);
    if (from[portField] < 0) return ABSENT;
    const port = address.port(bytes, from[portField], to[portField]);
    if (port < 0) return ABSENT;
    const v6 = from[inet6] >= 0 ? inet6 : raw6;
    if (family === AF_INET6 || family === UNKNOWN_FAMILY) {
      const read = from[v6] >= 0 && address.inet6(bytes, from[v6], to[v6]);
      if (read && (family === AF_INET6 || !address.isMapped())) return address.intern6(port);
      if (family === AF_INET6) return ABSENT;
    } else if (family !== AF_INET) return ABSENT;
    if (from[inet] < 0) return ABSENT;
    const dotted = address.inet(bytes, from[inet], to[inet]);
    return dotted < 0 ? ABSENT : address.internInet(dotted, port);
  }

  private state(cursor: TextCursor): number {
    const { from, to } = this.fields;
    return from[STATE] < 0 ? ABSENT : stateAt(cursor, from[STATE], to[STATE]);
  }

  private reason(cursor: TextCursor): number {
    const { from, to } = this.fields;
    const start = from[REASON];
    const end = to[REASON];
    if (start < 0 || start === end) return ABSENT;
    const { bytes } = cursor;
    const { dictionaries, names } = this.context;
    if (!(bytes[start] >= 48 && bytes[start] <= 57)) return names.intern(bytes, start, end);
    cursor.at = start;
    return dictionaries.strings.intern(String(cursor.integer())); // a number that the printer had no name for
  }

  /** A real kernel address, interned; ABSENT for NULL, for one hashed or hidden by the printer, and for a symbol. */
  private pointer(cursor: TextCursor, index: number): number {
    const { from, to } = this.fields;
    if (from[index] < 0) return ABSENT;
    cursor.at = from[index];
    if (!cursor.hex() || cursor.at !== to[index] || !cursor.isAddress()) return ABSENT;
    return this.context.dictionaries.addresses.intern(cursor.high, cursor.low);
  }
}
