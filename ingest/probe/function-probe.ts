// Records of functions of the path: from the function and function_graph tracers, and from kprobes, kretprobes and fprobes.
import type { Dictionaries } from '../../core/event/dictionary.ts';
import { ABSENT, type EventBatch } from '../../core/event/event-batch.ts';
import { type EventType, findEventType } from '../../core/event/event-type.ts';
import type { EventFormat, Field } from '../format/event-format/parse.ts';
import type { KernelSymbols } from './kallsyms.ts';
import { PATH_FUNCTIONS, pathFunction } from './path-function.ts';

export interface FunctionProbe {
  readonly format: EventFormat;
  /** func_enter or func_return. */
  readonly type: EventType;
  /** The record must be at least this long. */
  readonly minimumSize: number;
  /** False where functions can be told by address only, and the symbols have none. */
  canName(): boolean;
  /** The function that the record at `base` is of; null for none of the path. */
  functionOf(view: DataView, base: number): string | null;
  /** Writes the arguments of the record of `length` bytes at `base`, which is of `name`, into a row. */
  decode(name: string, view: DataView, base: number, length: number, batch: EventBatch, row: number): void;
}

const TWO_32 = 4294967296;
/** A probe at the entry may be behind the landing pad or the call of the tracer; one further in is at something else. */
const ENTRY = 8;
const MAX_ERRNO = 4095;

const ENTER = findEventType('func_enter') as EventType;
const RETURN = findEventType('func_return') as EventType;

/** Reads registers and integers of any size at once. */
class Reader {
  readonly littleEndian: boolean;

  constructor(littleEndian: boolean) {
    this.littleEndian = littleEndian;
  }

  low(view: DataView, at: number, size: number): number {
    return view.getUint32(size === 8 && !this.littleEndian ? at + 4 : at, this.littleEndian);
  }

  high(view: DataView, at: number, size: number): number {
    return size === 8 ? view.getUint32(this.littleEndian ? at + 4 : at, this.littleEndian) : 0;
  }

  /** An integer; ABSENT where a number cannot hold it. */
  integer(view: DataView, at: number, { size, signed }: Field): number {
    if (size === 1) return signed ? view.getInt8(at) : view.getUint8(at);
    if (size === 2) return signed ? view.getInt16(at, this.littleEndian) : view.getUint16(at, this.littleEndian);
    if (size === 4) return signed ? view.getInt32(at, this.littleEndian) : view.getUint32(at, this.littleEndian);
    const high = this.high(view, at, 8);
    const value = (signed ? high | 0 : high) * TWO_32 + this.low(view, at, 8);
    return Number.isSafeInteger(value) ? value : ABSENT;
  }

  /** What a function returned, whatever its type: an errno is negative, and a pointer says nothing. */
  result(view: DataView, at: number, field: Field): number {
    const value = this.integer(view, at, field.size === 8 ? { ...field, signed: true } : field);
    return value < -MAX_ERRNO ? ABSENT : value;
  }
}

const fieldNamed = (format: EventFormat, name: string): Field | undefined =>
  format.fields.find((field) => field.name === name && (field.size === 4 || field.size === 8));

const sizeOf = (fields: readonly (Field | undefined)[]): number =>
  fields.reduce((size, field) => Math.max(size, field === undefined ? 0 : field.offset + field.size), 8);

/** ftrace's own: `ip` or `func` is the address; registers follow where the tracer recorded them. */
function compileTracer(
  format: EventFormat,
  symbols: () => KernelSymbols,
  reader: Reader,
  dictionaries: Dictionaries,
): FunctionProbe | null {
  const address = fieldNamed(format, format.name === 'function' ? 'ip' : 'func');
  if (address === undefined) return null;
  const called = fieldNamed(format, 'calltime');
  const returned = fieldNamed(format, 'rettime');
  const retval = fieldNamed(format, 'retval');
  const registers = format.fields.find((field) => field.name === 'args' && field.size === 0);
  const isReturn = format.name === 'funcgraph_exit';
  return {
    format,
    type: isReturn ? RETURN : ENTER,
    minimumSize: sizeOf([address, called, returned, retval]),
    canName: () => symbols().known,
    functionOf: (view, base) =>
      symbols().at(
        reader.high(view, base + address.offset, address.size),
        reader.low(view, base + address.offset, address.size),
      ),
    decode(name, view, base, length, batch, row) {
      batch.args[0][row] = dictionaries.strings.intern(name);
      if (isReturn) {
        if (retval !== undefined) batch.args[1][row] = reader.result(view, base + retval.offset, retval);
        if (called === undefined || returned === undefined) return;
        const duration =
          reader.integer(view, base + returned.offset, returned) - reader.integer(view, base + called.offset, called);
        batch.args[2][row] = duration >= 0 ? duration : ABSENT;
        return;
      }
      const index = PATH_FUNCTIONS.get(name) ?? -1;
      if (registers === undefined || index < 0) return;
      const at = registers.offset + index * address.size;
      if (at + address.size > length) return;
      const high = reader.high(view, base + at, address.size);
      const low = reader.low(view, base + at, address.size);
      if (high !== 0 || low !== 0) batch.args[1][row] = dictionaries.addresses.intern(high, low);
    },
  };
}

/**
 * `p_inet_listen_0`, `r_inet_listen_0`, `inet_listen__entry`: names that tracefs makes up for events without one;
 * `inet_listen_1`, `inet_listen__return`: those of perf probe.
 */
const functionOfName = (name: string): string | null =>
  pathFunction(
    name
      .replace(/^[pr]_/, '')
      .replace(/_\d+$/, '')
      .replace(/__(entry|exit|return)$/, ''),
  );

const FUNCTION_TYPES = ['func_enter', 'func_return'].map(
  (name) => [name, (findEventType(name) as EventType).code] as const,
);

/** Adds what functions are called in a capture's list of probes, where `seen` has a 1 for their types. */
export function addFunctionProbes(probes: string[], seen: Uint8Array): void {
  for (const [name, code] of FUNCTION_TYPES) {
    const probe = `acceptq:${name}`;
    if (seen[code] === 1 && !probes.includes(probe)) probes.push(probe);
  }
}

/** Fields that whoever set the probe asked for, in order. */
const ownFields = (format: EventFormat): Field[] =>
  format.fields.filter(
    (field) =>
      !field.name.startsWith('common_') &&
      !field.name.startsWith('__probe_') &&
      !field.type.includes('_loc') &&
      [1, 2, 4, 8].includes(field.size),
  );

function compileKprobe(
  format: EventFormat,
  symbols: () => KernelSymbols,
  reader: Reader,
  dictionaries: Dictionaries,
): FunctionProbe | null {
  const isReturn = fieldNamed(format, '__probe_ret_ip') !== undefined;
  const address = fieldNamed(format, isReturn ? '__probe_func' : '__probe_ip');
  if (address === undefined) return null;
  const named = functionOfName(format.name);
  const own = ownFields(format);
  const result =
    own.find((field) => /^(ret|retval|rc|result)$/.test(field.name)) ?? (own.length === 1 ? own[0] : undefined);
  const words = own.filter((field) => field.size >= 4);
  const skField = words.find((field) => field.name === 'sk');
  const sockets = new Map<string, Field | undefined>();
  for (const [name, index] of PATH_FUNCTIONS)
    sockets.set(name, skField ?? (index < 0 ? undefined : words.find((field) => field.name === `arg${index + 1}`)));
  return {
    format,
    type: isReturn ? RETURN : ENTER,
    minimumSize: sizeOf([address, ...own]),
    canName: () => symbols().known || named !== null,
    functionOf(view, base) {
      if (!symbols().known) return named;
      const at = base + address.offset;
      return symbols().at(reader.high(view, at, address.size), reader.low(view, at, address.size), ENTRY);
    },
    decode(name, view, base, _length, batch, row) {
      batch.args[0][row] = dictionaries.strings.intern(name);
      if (isReturn) {
        if (result !== undefined) batch.args[1][row] = reader.result(view, base + result.offset, result);
        return;
      }
      const sk = sockets.get(name);
      if (sk !== undefined) {
        const high = reader.high(view, base + sk.offset, sk.size);
        const low = reader.low(view, base + sk.offset, sk.size);
        if (high !== 0 || low !== 0) batch.args[1][row] = dictionaries.addresses.intern(high, low);
      }
      let column = 2;
      for (const field of own) {
        if (field === sk || column > 3) continue;
        batch.args[column++][row] = reader.integer(view, base + field.offset, field);
      }
    },
  };
}

/**
 * Compiles a format; null when it is not of a function. Functions are told by address where `symbols` (asked for at the first
 * record) has any, else by the event's name.
 */
export function compileFunctionProbe(
  format: EventFormat,
  symbols: () => KernelSymbols,
  littleEndian: boolean,
  dictionaries: Dictionaries,
): FunctionProbe | null {
  if (format.system === 'ftrace') {
    const tracer = format.name === 'function' || format.name === 'funcgraph_entry' || format.name === 'funcgraph_exit';
    return tracer ? compileTracer(format, symbols, new Reader(littleEndian), dictionaries) : null;
  }
  return format.fields.some((field) => field.name === '__probe_ip' || field.name === '__probe_func')
    ? compileKprobe(format, symbols, new Reader(littleEndian), dictionaries)
    : null;
}
