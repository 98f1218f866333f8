// raw_syscalls:sys_enter and sys_exit: one event for all calls. Which call a record is of is in the record, not in its format.
import { ABSENT, type EventBatch } from '../../core/event/event-batch.ts';
import { type EventType, findEventType } from '../../core/event/event-type.ts';
import type { EventFormat, Field } from '../format/event-format/parse.ts';
import { ARGUMENT_TYPES, type SyscallTable } from './syscall-table.ts';

/** Like a TracepointDecoder, but for an event whose records are of different types. */
export interface RawSyscallDecoder {
  readonly format: EventFormat;
  /** The record must be at least this long. */
  readonly minimumSize: number;
  /** The call that the record at `base` is of, entered or left; undefined for one that acceptq has no use for. */
  typeOf(view: DataView, base: number): EventType | undefined;
  /** Writes the arguments of the record at `base`, which is of `type`, into a row. */
  decode(type: EventType, view: DataView, base: number, batch: EventBatch, row: number): void;
}

type Width = 'pointer' | 'int' | 'unsigned int' | 'unsigned long';

const TWO_32 = 4294967296;
/** Higher numbers are of no call in any table. */
const NUMBERS = 1024;

function widthsOf(type: EventType): Width[] {
  const call = type.name.replace(/^sys_enter_/, '');
  return type.args.map((arg) =>
    arg.kind === 'pointer' ? 'pointer' : (ARGUMENT_TYPES[`${call} ${arg.name}`] ?? 'int'),
  );
}

/** A register as the C type of the argument: its low half, or all of it. */
function readRegister(view: DataView, at: number, size: 4 | 8, littleEndian: boolean, width: Width): number {
  const lowAt = size === 8 && !littleEndian ? at + 4 : at;
  if (width === 'int') return view.getInt32(lowAt, littleEndian);
  const low = view.getUint32(lowAt, littleEndian);
  if (width === 'unsigned int' || size === 4) return width === 'pointer' ? Number(low !== 0) : low;
  const high = view.getUint32(littleEndian ? at + 4 : at, littleEndian);
  if (width === 'pointer') return low === 0 && high === 0 ? 0 : 1;
  const value = high * TWO_32 + low;
  return Number.isSafeInteger(value) ? value : ABSENT;
}

function readResult(view: DataView, at: number, size: 4 | 8, littleEndian: boolean): number {
  if (size === 4) return view.getInt32(at, littleEndian);
  const high = view.getInt32(littleEndian ? at + 4 : at, littleEndian);
  const value = high * TWO_32 + view.getUint32(littleEndian ? at : at + 4, littleEndian);
  return Number.isSafeInteger(value) ? value : ABSENT;
}

const isRegisters = (field: Field | undefined, count: number): field is Field =>
  field !== undefined && (field.size === 4 * count || field.size === 8 * count);

/**
 * Compiles `raw_syscalls:sys_enter` or `sys_exit`; null for another format, or one without the fields that both have always had.
 * Numbers are those of `table`: calls of 32-bit processes on a 64-bit kernel carry other numbers, which nothing in the record tells.
 */
export function compileRawSyscall(
  format: EventFormat,
  table: SyscallTable,
  littleEndian: boolean,
): RawSyscallDecoder | null {
  if (format.system !== 'raw_syscalls' || (format.name !== 'sys_enter' && format.name !== 'sys_exit')) return null;
  const enter = format.name === 'sys_enter';
  const id = format.fields.find((field) => field.name === 'id');
  const values = format.fields.find((field) => field.name === (enter ? 'args' : 'ret'));
  if (!isRegisters(id, 1) || !isRegisters(values, enter ? 6 : 1)) return null;
  const size = (enter ? values.size / 6 : values.size) as 4 | 8;
  const idAt = id.offset + (id.size === 8 && !littleEndian ? 4 : 0);
  const types: (EventType | undefined)[] = new Array(NUMBERS).fill(undefined);
  const widths = new Map<EventType, Width[]>();
  for (const [call, number] of Object.entries(table)) {
    const type = findEventType(`${format.name}_${call}`);
    types[number] = type;
    if (type !== undefined) widths.set(type, widthsOf(type));
  }
  return {
    format,
    minimumSize: Math.max(id.offset + id.size, values.offset + values.size),
    typeOf: (view, base) => types[view.getUint32(base + idAt, littleEndian)],
    decode(type, view, base, batch, row) {
      const at = base + values.offset;
      if (!enter) {
        batch.args[0][row] = readResult(view, at, size, littleEndian);
        return;
      }
      const own = widths.get(type) as Width[];
      for (let k = 0; k < own.length; k++)
        batch.args[k][row] = readRegister(view, at + k * size, size, littleEndian, own[k]);
    },
  };
}
