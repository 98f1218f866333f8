// How the records of the path's socket tracepoints look on 64-bit kernels from 4.16 to 7.2, for files that lost their event formats.
import { AF_INET, AF_INET6 } from '../../../../core/event/dictionary.ts';
import type { EventFormat, Field } from '../../event-format/parse.ts';

export interface SocketShape {
  readonly system: string;
  readonly name: string;
  readonly fields: readonly Field[];
  /** Size of a sample's raw data: the record, padded by perf. */
  readonly size: number;
  /** Whether the record at `raw` can be one of these. Says yes to few others: pointers, states and both forms of each address must agree. */
  fits(view: DataView, raw: number, littleEndian: boolean): boolean;
  /** Whether a record shows what a lookalike never would; one such record is needed. */
  proves?(view: DataView, raw: number, littleEndian: boolean): boolean;
}

const field = (name: string, type: string, offset: number, size: number, signed = false): Field => ({
  name,
  type,
  offset,
  size,
  signed,
});

/** Every record begins with these, where the kernel is not PREEMPT_RT: such kernels have more, and fit nothing here. */
export const COMMON: readonly Field[] = [
  field('common_type', 'unsigned short', 0, 2),
  field('common_flags', 'unsigned char', 2, 1),
  field('common_preempt_count', 'unsigned char', 3, 1),
  field('common_pid', 'int', 4, 4, true),
];

/** perf puts a u32 in front of raw data and pads both together to 8 bytes; structs are padded to 8 before that. */
export const rawSizeOf = (bytes: number): number => Math.ceil((Math.ceil(bytes / 8) * 8 + 4) / 8) * 8 - 4;

/** Kernel addresses begin with 0xff on x86, arm64 and riscv, and with 0xc0 on powerpc. */
function isKernelAddress(view: DataView, at: number, littleEndian: boolean): boolean {
  const top = view.getUint8(littleEndian ? at + 7 : at);
  return top === 0xff || top === 0xc0;
}

const isObject = (view: DataView, at: number, littleEndian: boolean): boolean =>
  isKernelAddress(view, at, littleEndian) && (view.getUint8(littleEndian ? at : at + 7) & 7) === 0;

const LAST_STATE = 13;
const isState = (state: number): boolean => state >= 1 && state <= LAST_STATE;

const MAPPED = 0xffff;

/** Whether the IPv6 form of an address is the mapped IPv4 one. */
const isMapped = (view: DataView, v4: number, v6: number): boolean =>
  view.getUint32(v6) === 0 &&
  view.getUint32(v6 + 4) === 0 &&
  view.getUint32(v6 + 8) === MAPPED &&
  view.getUint32(v6 + 12) === view.getUint32(v4);

/** Unspecified, loopback, mapped, global unicast, unique local, link-local or multicast: what addresses in use begin with. */
function isInet6(view: DataView, at: number): boolean {
  const first = view.getUint32(at);
  if (first === 0) return view.getUint32(at + 4) === 0;
  const byte = first >>> 24;
  return (byte >= 0x20 && byte <= 0x3f) || byte >= 0xfc || first === 0x0064ff9b;
}

interface Ends {
  readonly ports: number;
  /** -1 where the event has no family. */
  readonly family: number;
  readonly addresses: number;
}

const SIZE_OF_ADDRESSES = 40;

function endFields({ ports, family, addresses }: Ends): Field[] {
  return [
    field('sport', '__u16', ports, 2),
    field('dport', '__u16', ports + 2, 2),
    ...(family < 0 ? [] : [field('family', '__u16', family, 2)]),
    field('saddr', '__u8[4]', addresses, 4),
    field('daddr', '__u8[4]', addresses + 4, 4),
    field('saddr_v6', '__u8[16]', addresses + 8, 16),
    field('daddr_v6', '__u8[16]', addresses + 24, 16),
  ];
}

function fitEnds(view: DataView, raw: number, { family, addresses }: Ends, littleEndian: boolean): boolean {
  const at = raw + addresses;
  const kind = family < 0 ? 0 : view.getUint16(raw + family, littleEndian);
  const mapped = isMapped(view, at, at + 8) && isMapped(view, at + 4, at + 24);
  if (kind === AF_INET) return mapped;
  return (kind === AF_INET6 || family < 0) && (mapped || (isInet6(view, at + 8) && isInet6(view, at + 24)));
}

/** TCP, and what else is a connection: SCTP, DCCP, MPTCP. */
const STREAMS = [6, 132, 33, 262];

/** `protocol` had one byte before 5.6. */
function setState(protocolSize: 1 | 2): SocketShape {
  const ends = { ports: 24, family: 28, addresses: 30 + protocolSize };
  return {
    system: 'sock',
    name: 'inet_sock_set_state',
    fields: [
      field('skaddr', 'const void *', 8, 8),
      field('oldstate', 'int', 16, 4, true),
      field('newstate', 'int', 20, 4, true),
      ...endFields(ends),
      field('protocol', protocolSize === 1 ? '__u8' : '__u16', 30, protocolSize),
    ],
    size: rawSizeOf(ends.addresses + SIZE_OF_ADDRESSES),
    fits: (view, raw, littleEndian) =>
      isObject(view, raw + 8, littleEndian) &&
      isState(view.getInt32(raw + 16, littleEndian)) &&
      isState(view.getInt32(raw + 20, littleEndian)) &&
      STREAMS.includes(protocolSize === 1 ? view.getUint8(raw + 30) : view.getUint16(raw + 30, littleEndian)) &&
      fitEnds(view, raw, ends, littleEndian),
  };
}

/** UNIX, IPv4, IPv6, netlink, packet, vsock: sockets that are waited on. */
const FAMILIES = [1, 2, 10, 16, 17, 40];
const LAST_PROTOCOL = 262;

const dataReady: SocketShape = {
  system: 'sock',
  name: 'sk_data_ready',
  fields: [
    field('skaddr', 'const void *', 8, 8),
    field('family', '__u16', 16, 2),
    field('protocol', '__u16', 18, 2),
    field('ip', 'unsigned long', 24, 8),
  ],
  size: rawSizeOf(32),
  fits: (view, raw, littleEndian) =>
    isObject(view, raw + 8, littleEndian) &&
    FAMILIES.includes(view.getUint16(raw + 16, littleEndian)) &&
    view.getUint16(raw + 18, littleEndian) <= LAST_PROTOCOL &&
    isKernelAddress(view, raw + 24, littleEndian),
};

/** ESTABLISHED, SYN_SENT, SYN_RECV, FIN_WAIT1, CLOSE_WAIT, LAST_ACK, CLOSING: states with something to send again. */
const SENDING = [1, 2, 3, 4, 8, 9, 11];
const SYN_SENT = 2;

/** `family` came with 5.12. tcp_send_reset looked the same until 6.10, but not from a socket that connects. */
function retransmitSkb(hasFamily: boolean): SocketShape {
  const ends = hasFamily ? { ports: 28, family: 32, addresses: 34 } : { ports: 28, family: -1, addresses: 32 };
  return {
    system: 'tcp',
    name: 'tcp_retransmit_skb',
    fields: [
      field('skbaddr', 'const void *', 8, 8),
      field('skaddr', 'const void *', 16, 8),
      field('state', 'int', 24, 4, true),
      ...endFields(ends),
    ],
    size: rawSizeOf(ends.addresses + SIZE_OF_ADDRESSES),
    fits: (view, raw, littleEndian) =>
      isObject(view, raw + 8, littleEndian) &&
      isObject(view, raw + 16, littleEndian) &&
      SENDING.includes(view.getInt32(raw + 24, littleEndian)) &&
      fitEnds(view, raw, ends, littleEndian),
    proves: (view, raw, littleEndian) => view.getInt32(raw + 24, littleEndian) === SYN_SENT,
  };
}

function retransmitSynack(hasFamily: boolean): SocketShape {
  const ends = hasFamily ? { ports: 24, family: 28, addresses: 30 } : { ports: 24, family: -1, addresses: 28 };
  return {
    system: 'tcp',
    name: 'tcp_retransmit_synack',
    fields: [field('skaddr', 'const void *', 8, 8), field('req', 'const void *', 16, 8), ...endFields(ends)],
    size: rawSizeOf(ends.addresses + SIZE_OF_ADDRESSES),
    fits: (view, raw, littleEndian) =>
      isObject(view, raw + 8, littleEndian) &&
      isObject(view, raw + 16, littleEndian) &&
      view.getUint16(raw + 24, littleEndian) !== 0 &&
      view.getUint16(raw + 26, littleEndian) !== 0 &&
      fitEnds(view, raw, ends, littleEndian),
  };
}

export const SOCKET_SHAPES: readonly SocketShape[] = [
  setState(2),
  setState(1),
  dataReady,
  retransmitSkb(true),
  retransmitSkb(false),
  retransmitSynack(true),
  retransmitSynack(false),
];

export const formatOf = (system: string, name: string, id: number, fields: readonly Field[]): EventFormat => ({
  system,
  name,
  id,
  fields: [...COMMON, ...fields],
  printFmt: '',
});
