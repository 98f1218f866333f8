// What each tracepoint means: compiles a kernel event format into a decoder that writes one row's arguments.
import { AF_INET, AF_INET6, type Dictionaries } from '../../core/event/dictionary.ts';
import { ABSENT, type EventBatch } from '../../core/event/event-batch.ts';
import { type EventType, findEventType, MAX_ARGS } from '../../core/event/event-type.ts';
import { type EventFormat, type Field, symbolsOf } from '../format/event-format/parse.ts';

/** Reads one argument of a raw tracepoint record that starts at `base` in the view. */
type ReadArg = (view: DataView, base: number) => number;

export interface TracepointDecoder {
  readonly type: EventType;
  readonly format: EventFormat;
  /** Arguments that no known kernel lacks, and this format does. */
  readonly missing: readonly string[];
  /** The record must be at least this long. */
  readonly minimumSize: number;
  /** Writes the arguments of the record at `base` into a row. */
  decode(view: DataView, base: number, batch: EventBatch, row: number): void;
}

/** Which system a tracepoint belongs to, besides `syscalls`. */
export const SYSTEM_OF: Readonly<Record<string, string>> = {
  inet_sock_set_state: 'sock',
  sk_data_ready: 'sock',
  kfree_skb: 'skb',
  tcp_retransmit_skb: 'tcp',
  tcp_retransmit_synack: 'tcp',
  tcp_send_reset: 'tcp',
  tcp_receive_reset: 'tcp',
  tcp_destroy_sock: 'tcp',
};

/** The catalogue's entry for a probe `system:name`; undefined for one that acceptq has no use for. */
export function eventTypeOfTracepoint(system: string, name: string): EventType | undefined {
  if (system !== 'syscalls' && SYSTEM_OF[name] !== system) return undefined;
  const type = findEventType(name);
  return type !== undefined && (system !== 'syscalls' || name.startsWith('sys_')) ? type : undefined;
}

const TWO_32 = 4294967296;
/** Third word of ::ffff:a.b.c.d. */
const MAPPED = 0xffff;

/** A 64-bit value as a number, or ABSENT where a number cannot hold it. */
function read64(view: DataView, at: number, littleEndian: boolean, signed: boolean): number {
  const low = view.getUint32(littleEndian ? at : at + 4, littleEndian);
  const high = view.getUint32(littleEndian ? at + 4 : at, littleEndian);
  const value = (signed ? high | 0 : high) * TWO_32 + low;
  return Number.isSafeInteger(value) ? value : ABSENT;
}

/** An integer field. Syscall arguments are stored as longs whatever their C type: `int fd` in 8 bytes means its low half. */
function readInteger(field: Field, littleEndian: boolean): ReadArg {
  const { offset, size } = field;
  const narrow = /^(const\s+)?(unsigned\s+)?int$|^u32$|^unsigned$|^__u32$/.test(field.type);
  const signed = field.signed || /^(const\s+)?(int|long|short|char|s32|__s32)$/.test(field.type);
  if (size === 8 && narrow) {
    const at = littleEndian ? offset : offset + 4;
    return signed
      ? (view, base) => view.getInt32(base + at, littleEndian)
      : (view, base) => view.getUint32(base + at, littleEndian);
  }
  if (size === 8) return (view, base) => read64(view, base + offset, littleEndian, signed);
  if (size === 4) {
    return signed
      ? (view, base) => view.getInt32(base + offset, littleEndian)
      : (view, base) => view.getUint32(base + offset, littleEndian);
  }
  if (size === 2) {
    return signed
      ? (view, base) => view.getInt16(base + offset, littleEndian)
      : (view, base) => view.getUint16(base + offset, littleEndian);
  }
  return signed ? (view, base) => view.getInt8(base + offset) : (view, base) => view.getUint8(base + offset);
}

function readPointer(field: Field, littleEndian: boolean): ReadArg {
  const { offset, size } = field;
  if (size === 4) return (view, base) => (view.getUint32(base + offset, littleEndian) === 0 ? 0 : 1);
  return (view, base) =>
    view.getUint32(base + offset, true) === 0 && view.getUint32(base + offset + 4, true) === 0 ? 0 : 1;
}

/** A kernel address, interned; NULL is absent. */
function readAddress(field: Field, littleEndian: boolean, intern: (high: number, low: number) => number): ReadArg {
  const { offset, size } = field;
  return (view, base) => {
    const at = base + offset;
    const low = view.getUint32(size === 8 && !littleEndian ? at + 4 : at, littleEndian);
    const high = size === 8 ? view.getUint32(littleEndian ? at + 4 : at, littleEndian) : 0;
    return low === 0 && high === 0 ? ABSENT : intern(high, low);
  };
}

/** Whether the addresses are IPv6. The events of tcp have no family before 5.12, but an IPv4 address as a mapped one too. */
function readIsInet6(
  address6: Field | undefined,
  family: Field | undefined,
  littleEndian: boolean,
): (view: DataView, base: number) => boolean {
  if (address6 === undefined || address6.size !== 16) return () => false;
  const { offset } = address6;
  if (family !== undefined) return (view, base) => view.getUint16(base + family.offset, littleEndian) === AF_INET6;
  return (view, base) => {
    const at = base + offset;
    return !(view.getUint32(at) === 0 && view.getUint32(at + 4) === 0 && view.getUint32(at + 8) === MAPPED);
  };
}

/** One side's address and port. Old formats carry arrays and a port in host order; since 6.10 resets carry a struct sockaddr. */
function readEndpoint(
  format: EventFormat,
  side: 's' | 'd',
  littleEndian: boolean,
  dictionaries: Dictionaries,
): ReadArg {
  const find = (name: string): Field | undefined => format.fields.find((field) => field.name === name);
  const address = find(`${side}addr`);
  const address6 = find(`${side}addr_v6`);
  const port = find(`${side}port`);
  const family = find('family');
  const { endpoints } = dictionaries;
  const inet6 = (view: DataView, at: number, number: number): number =>
    endpoints.internInet6(
      view.getUint32(at),
      view.getUint32(at + 4),
      view.getUint32(at + 8),
      view.getUint32(at + 12),
      number,
    );
  if (address !== undefined && address.size >= 28) {
    return (view, base) => {
      const at = base + address.offset;
      const kind = view.getUint16(at, littleEndian);
      if (kind === AF_INET6) return inet6(view, at + 8, view.getUint16(at + 2));
      return kind === AF_INET ? endpoints.internInet(view.getUint32(at + 4), view.getUint16(at + 2)) : ABSENT;
    };
  }
  if (address === undefined || address.size !== 4 || port === undefined || port.size !== 2) return () => ABSENT;
  const isInet6 = readIsInet6(address6, family, littleEndian);
  return (view, base) => {
    const number = view.getUint16(base + port.offset, littleEndian);
    return address6 !== undefined && isInet6(view, base)
      ? inet6(view, base + address6.offset, number)
      : endpoints.internInet(view.getUint32(base + address.offset), number);
  };
}

const FIELD_OF_ARG: Readonly<Record<string, string>> = { sk: 'skaddr', sock_type: 'type' };

function fieldOfArg(format: EventFormat, type: EventType, index: number): Field | undefined {
  const arg = type.args[index];
  const wanted = FIELD_OF_ARG[arg.name] ?? arg.name;
  const named = format.fields.find((field) => field.name === wanted);
  if (named !== undefined || format.system !== 'syscalls') return named;
  // argument names of a few calls changed between releases; their order did not
  const first = format.fields.findIndex((field) => field.name === '__syscall_nr' || field.name === 'nr') + 1;
  return first === 0 ? undefined : format.fields[first + index];
}

function compileArg(
  format: EventFormat,
  type: EventType,
  index: number,
  littleEndian: boolean,
  dictionaries: Dictionaries,
): ReadArg {
  const arg = type.args[index];
  if (arg.kind === 'endpoint')
    return readEndpoint(format, arg.name === 'local' ? 's' : 'd', littleEndian, dictionaries);
  const field = fieldOfArg(format, type, index);
  const sizes = arg.kind === 'socket' || arg.kind === 'address' || arg.kind === 'pointer' ? [4, 8] : [1, 2, 4, 8];
  if (field === undefined || !sizes.includes(field.size)) return () => ABSENT;
  switch (arg.kind) {
    case 'socket':
    case 'address':
      return readAddress(field, littleEndian, (high, low) => dictionaries.addresses.intern(high, low));
    case 'pointer':
      return readPointer(field, littleEndian);
    case 'string': {
      const symbols = symbolsOf(format, field.name);
      const read = readInteger(field, littleEndian);
      const { strings } = dictionaries;
      return (view, base) => {
        const value = read(view, base);
        return strings.intern(symbols.get(value) ?? String(value));
      };
    }
    case 'int':
    case 'errno':
      return readInteger(field, littleEndian);
  }
}

/** Arguments that every kernel with the tracepoint has; others came or went over the releases. */
const ALWAYS: Readonly<Record<string, readonly string[]>> = {
  inet_sock_set_state: ['sk', 'oldstate', 'newstate', 'local', 'remote', 'protocol'],
  sk_data_ready: ['sk'],
  tcp_retransmit_skb: ['sk', 'local', 'remote'],
};

const isAlwaysThere = (format: EventFormat, arg: string): boolean =>
  format.system === 'syscalls' || ALWAYS[format.name]?.includes(arg) === true;

function canRead(format: EventFormat, type: EventType, index: number): boolean {
  const { kind, name } = type.args[index];
  if (kind !== 'endpoint') return fieldOfArg(format, type, index) !== undefined;
  const side = name === 'local' ? 's' : 'd';
  return [`${side}addr`, `${side}port`].every((wanted) => format.fields.some((field) => field.name === wanted));
}

/** Compiles a format; null when the tracepoint is not one that acceptq uses. Offsets come from the format alone. */
export function compileTracepoint(
  format: EventFormat,
  littleEndian: boolean,
  dictionaries: Dictionaries,
): TracepointDecoder | null {
  const type = eventTypeOfTracepoint(format.system, format.name);
  if (type === undefined) return null;
  const readers = type.args.map((_, index) => compileArg(format, type, index, littleEndian, dictionaries));
  const count = Math.min(readers.length, MAX_ARGS);
  const missing = type.args
    .filter((arg, index) => isAlwaysThere(format, arg.name) && !canRead(format, type, index))
    .map((arg) => arg.name);
  return {
    type,
    format,
    missing,
    minimumSize: format.fields.reduce((size, field) => Math.max(size, field.offset + field.size), 0),
    decode(view, base, batch, row) {
      for (let k = 0; k < count; k++) batch.args[k][row] = readers[k](view, base);
    },
  };
}
