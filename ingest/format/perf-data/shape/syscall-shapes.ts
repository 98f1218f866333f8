// System calls told by their number in the record, where the event formats are lost: size and neighbours tell entry and exit.
import { SYSCALLS } from '../../../../core/event/event-type.ts';
import { ARGUMENT_TYPES, type SyscallName, type SyscallTable } from '../../../probe/syscall-table.ts';
import type { EventFormat, Field } from '../../event-format/parse.ts';
import { formatOf, rawSizeOf } from './socket-shapes.ts';

/*
 * struct syscall_trace_enter { common; int nr; unsigned long args[n]; }, struct syscall_trace_exit { common; int nr; long ret; }
 * (kernel/trace/trace.h). SYSCALL_METADATA (include/linux/syscalls.h) registers the exit of a call just before its entry, so that
 * the id of the one is the id of the other less one. An entry with one argument has the size of an exit.
 */
const NUMBER_AT = 8;
const VALUE_AT = 16;
const EXIT_SIZE = rawSizeOf(24);
/** As few records as these prove nothing. */
export const ENOUGH = 3;
/** All system calls' events are registered together: ids of two of them are not further apart. */
const NEAR = 2048;
const MAX_TURNS = 1 << 18;

/** Arguments in the kernel, where the catalogue has only the first ones. */
const ARGUMENTS: Readonly<Partial<Record<SyscallName, number>>> = {
  clone: 5,
  execve: 3,
  execveat: 5,
  select: 5,
  pselect6: 6,
  ppoll: 5,
  epoll_pwait: 6,
  epoll_pwait2: 6,
};

const argsOf = (call: SyscallName): string[] => SYSCALLS[call].split(' ').filter((word) => word !== '');
const argumentsOf = (call: SyscallName): number => ARGUMENTS[call] ?? argsOf(call).length;

/** Calls with one argument that never return more than 0. */
const NEVER_POSITIVE: readonly SyscallName[] = ['close', 'unshare', 'exit', 'exit_group'];

/** What all records of one event have shown so far. */
interface Seen {
  readonly id: number;
  records: number;
  size: number;
  /** -1: none yet. */
  number: number;
  /** Whether all have the same size and number. */
  uniform: boolean;
  /** Whether all values could be what a call returns. */
  returns: boolean;
  positive: boolean;
}

type Side = 'enter' | 'exit';

export class SyscallShapes {
  private readonly seen = new Map<number, Seen>();
  /** For each task and call: the ids of the first and of the last event. */
  private readonly turns = new Map<number, { readonly number: number; readonly first: number; last: number }>();

  /** Takes note of a record of `size` bytes of the event `id`, in a task. */
  note(id: number, view: DataView, raw: number, size: number, littleEndian: boolean, tid: number): void {
    let seen = this.seen.get(id);
    if (seen === undefined) {
      seen = { id, records: 0, size, number: -1, uniform: true, returns: true, positive: false };
      this.seen.set(id, seen);
    }
    seen.records++;
    if (size < EXIT_SIZE) seen.uniform = false;
    if (!seen.uniform) return;
    const number = view.getInt32(raw + NUMBER_AT, littleEndian);
    if (seen.number < 0) seen.number = number;
    if (number !== seen.number || size !== seen.size || number < 0) {
      seen.uniform = false;
      return;
    }
    const low = view.getInt32(raw + VALUE_AT + (littleEndian ? 0 : 4), littleEndian);
    const high = view.getInt32(raw + VALUE_AT + (littleEndian ? 4 : 0), littleEndian);
    if (!(high === 0 ? low >= 0 : high === -1 && low >= -4095 && low < 0)) seen.returns = false;
    if (high === 0 && low > 0) seen.positive = true;
    this.turn(id, number, tid);
  }

  private turn(id: number, number: number, tid: number): void {
    if (number > 1023) return;
    const key = tid * 1024 + number;
    const turns = this.turns.get(key);
    if (turns !== undefined) turns.last = id;
    else if (this.turns.size < MAX_TURNS) this.turns.set(key, { number, first: id, last: id });
  }

  /** In how many more tasks the call begins with its entry and ends with its exit than the other way round. */
  private order(number: number, enter: number): number {
    let right = 0;
    for (const turn of this.turns.values()) {
      if (turn.number !== number) continue;
      right += (turn.first === enter ? 1 : -1) + (turn.last === enter ? -1 : 1);
    }
    return right;
  }

  /** The formats of the events of this table's calls, by id; `ids` are of all recorded events. */
  tell(table: SyscallTable, ids: ReadonlySet<number>): Map<number, EventFormat> {
    const calls = new Map(Object.entries(table).map(([call, number]) => [number, call as SyscallName]));
    const told = new Map<number, { call: SyscallName; side: Side }>();
    const fewer: { id: number; call: SyscallName }[] = [];
    const alone: { seen: Seen; call: SyscallName }[] = [];
    for (const seen of this.seen.values()) {
      const call = calls.get(seen.number);
      if (!seen.uniform || call === undefined) continue;
      const enter = this.enterOf(seen, call, ids);
      const pair = enter === null ? 'none' : this.pair(enter, call);
      if (enter === null || pair === 'none') alone.push({ seen, call });
      else if (pair === 'weak') fewer.push({ id: enter, call });
      else told.set(enter, { call, side: 'enter' }).set(enter - 1, { call, side: 'exit' });
    }
    // sure of some, those beside them are believed with less
    const known = [...told.keys()];
    const isNear = (id: number): boolean => known.some((other) => Math.abs(other - id) <= NEAR);
    for (const { id, call } of fewer)
      if (isNear(id)) told.set(id, { call, side: 'enter' }).set(id - 1, { call, side: 'exit' });
    for (const { seen, call } of alone) {
      const side = sideOf(seen, call);
      if (side !== null && seen.records >= ENOUGH && isNear(seen.id)) told.set(seen.id, { call, side });
    }
    return new Map([...told].map(([id, { call, side }]) => [id, formatOfCall(id, call, side)]));
  }

  /** The id that the entry must have for this event to be one of a recorded pair; null when its other half was not recorded. */
  private enterOf({ id, number, size }: Seen, call: SyscallName, ids: ReadonlySet<number>): number | null {
    const isOther = (other: number): boolean => {
      const seen = this.seen.get(other);
      return seen?.uniform === true && seen.number === number;
    };
    if (isOther(id - 1)) return id;
    if (isOther(id + 1)) return id + 1;
    // a half without records: of this call or of the next one, the size tells
    if (argumentsOf(call) === 1) return null;
    const enter = size === EXIT_SIZE ? id + 1 : id;
    const silent = enter === id ? id - 1 : id + 1;
    return ids.has(silent) && !this.seen.has(silent) ? enter : null;
  }

  /** Whether two events are both sides of a call: by sizes, values and order, and by how many records. */
  private pair(enter: number, call: SyscallName): 'none' | 'weak' | 'strong' {
    const entered = this.seen.get(enter);
    const left = this.seen.get(enter - 1);
    const count = argumentsOf(call);
    if (count === 0 || (entered !== undefined && entered.size !== rawSizeOf(VALUE_AT + 8 * count))) return 'none';
    if (left !== undefined && (left.size !== EXIT_SIZE || !left.returns)) return 'none';
    const order = this.order((entered ?? left)?.number ?? -1, enter);
    const both = entered !== undefined && left !== undefined;
    if (count === 1 ? !both || order <= 0 : order < 0) return 'none';
    if ((entered?.records ?? 0) + (left?.records ?? 0) >= ENOUGH) return 'strong';
    return both && order > 0 ? 'weak' : 'none';
  }
}

/** Entry or exit of a call whose other side was not recorded; null when the records do not tell. */
function sideOf({ size, returns, positive }: Seen, call: SyscallName): Side | null {
  const count = argumentsOf(call);
  if (count === 0) return null;
  const enter = size === rawSizeOf(VALUE_AT + 8 * count);
  const exit = size === EXIT_SIZE && returns;
  if (enter !== exit) return enter ? 'enter' : 'exit';
  return enter && positive && NEVER_POSITIVE.includes(call) ? 'enter' : null;
}

function formatOfCall(id: number, call: SyscallName, side: Side): EventFormat {
  const number: Field = { name: '__syscall_nr', type: 'int', offset: NUMBER_AT, size: 4, signed: true };
  const value = (name: string, type: string, k: number, signed: boolean): Field => ({
    name,
    type,
    offset: VALUE_AT + 8 * k,
    size: 8,
    signed,
  });
  const values =
    side === 'exit'
      ? [value('ret', 'long', 0, true)]
      : argsOf(call).map((word, k) => {
          const [name, kind] = word.split(':');
          return value(name, kind === 'pointer' ? 'void *' : (ARGUMENT_TYPES[`${call} ${name}`] ?? 'int'), k, false);
        });
  return formatOf('syscalls', `sys_${side}_${call}`, id, [number, ...values]);
}
