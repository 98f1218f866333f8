// Records of the listen/accept path: tracepoints, raw_syscalls, and functions that were traced or probed.
import type { Dictionaries } from '../../core/event/dictionary.ts';
import { EVENT_TYPES } from '../../core/event/event-type.ts';
import type { EventFormat } from '../format/event-format/parse.ts';
import { compileFunctionProbe } from './function-probe.ts';
import type { KernelSymbols } from './kallsyms.ts';
import { compileRawSyscall } from './raw-syscalls.ts';
import { lengthOf, type Numbering, type RecordKind, tidReader } from './record-kind.ts';
import type { SyscallTable } from './syscall-table.ts';
import { compileTracepoint } from './tracepoint.ts';

export interface KindContext {
  readonly littleEndian: boolean;
  readonly dictionaries: Dictionaries;
  readonly groups: Numbering;
  readonly families: Numbering;
  /** System call numbers; null when the architecture's are not known. */
  readonly syscalls: SyscallTable | null;
  /** Read at the first record that needs them. */
  readonly symbols: () => KernelSymbols;
  /** Has something counted once that keeps records from being understood. */
  readonly note: (reason: string) => void;
}

/** `accept4` for its entry and its exit, so that both are taken from one buffer. */
const groupName = (type: string): string => type.replace(/^sys_(enter|exit)_/, 'sys_');

function tracepointKind(format: EventFormat, context: KindContext): RecordKind | null {
  const decoder = compileTracepoint(format, context.littleEndian, context.dictionaries);
  if (decoder === null) return null;
  if (decoder.missing.length > 0)
    context.note(`the format of ${format.system}:${format.name} lacks ${decoder.missing.join(', ')}`);
  const tid = tidReader(format, context.littleEndian);
  const group = context.groups.of(groupName(decoder.type.name));
  return {
    family: context.families.of('tracepoint'),
    minimumSize: decoder.minimumSize,
    groupOf: () => group,
    push(view, base, _length, place) {
      const row = place.push(decoder.type.code, tid(view, base));
      decoder.decode(view, base, place.rows, row);
    },
  };
}

function rawSyscallKind(format: EventFormat, context: KindContext): RecordKind | null {
  if (format.system !== 'raw_syscalls' || !/^sys_(enter|exit)$/.test(format.name)) return null;
  if (context.syscalls === null) {
    context.note(`${format.system}:${format.name}: the system call numbers of this architecture are not known`);
    return null;
  }
  const decoder = compileRawSyscall(format, context.syscalls, context.littleEndian);
  if (decoder === null) {
    context.note(`the format of ${format.system}:${format.name} lacks its fields`);
    return null;
  }
  const tid = tidReader(format, context.littleEndian);
  const groups = EVENT_TYPES.map((type) =>
    type.name.startsWith('sys_') ? context.groups.of(groupName(type.name)) : -1,
  );
  return {
    family: context.families.of('raw_syscalls'),
    minimumSize: Math.max(decoder.minimumSize, 8),
    groupOf(view, base) {
      const type = decoder.typeOf(view, base);
      return type === undefined ? -1 : groups[type.code];
    },
    push(view, base, _length, place) {
      const type = decoder.typeOf(view, base);
      if (type === undefined) return;
      const row = place.push(type.code, tid(view, base));
      decoder.decode(type, view, base, place.rows, row);
    },
  };
}

function functionKind(format: EventFormat, context: KindContext): RecordKind | null {
  const probe = compileFunctionProbe(format, context.symbols, context.littleEndian, context.dictionaries);
  if (probe === null) return null;
  const tid = tidReader(format, context.littleEndian);
  const groups = new Map<string, number>();
  let told = false;
  return {
    family: context.families.of(`${format.system}:${format.name}`),
    minimumSize: probe.minimumSize,
    groupOf(view, base) {
      const name = probe.functionOf(view, base);
      if (name === null) {
        if (!told && !probe.canName())
          context.note(
            `${format.system}:${format.name}: the file has no symbols that tell which functions its addresses are`,
          );
        told = true;
        return -1;
      }
      let group = groups.get(name);
      if (group === undefined) {
        group = context.groups.of(`${probe.type.name} ${name}`);
        groups.set(name, group);
      }
      return group;
    },
    push(view, base, length, place) {
      const name = probe.functionOf(view, base);
      if (name === null) return;
      const row = place.push(probe.type.code, tid(view, base));
      probe.decode(name, view, base, length, place.rows, row);
    },
  };
}

/** What to do with records of a format; null when acceptq has no use for them. */
export function eventKind(format: EventFormat, context: KindContext): RecordKind | null {
  const kind = tracepointKind(format, context) ?? rawSyscallKind(format, context) ?? functionKind(format, context);
  return kind === null ? null : { ...kind, minimumSize: Math.max(kind.minimumSize, leastLength(format)) };
}

/** Enough for the common fields. */
const leastLength = (format: EventFormat): number =>
  lengthOf({ ...format, fields: format.fields.filter((field) => field.name.startsWith('common_')) });
