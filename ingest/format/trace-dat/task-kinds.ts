// Records about tasks: sched_process_fork, _exec, _exit, sched_switch, task_newtask, task_rename. They name tasks and processes.
import { ABSENT, UNKNOWN } from '../../../core/event/event-batch.ts';
import { eventCode } from '../../../core/event/event-type.ts';
import type { KindContext } from '../../probe/event-kinds.ts';
import { lengthOf, type RecordKind, tidReader } from '../../probe/record-kind.ts';
import { paddedString } from '../byte-window.ts';
import type { EventFormat, Field } from '../event-format/parse.ts';
import type { Place } from './place.ts';

const TASK_COMM = eventCode('task_comm');
const TASK_FORK = eventCode('task_fork');
const TASK_EXIT = eventCode('task_exit');

const CLONE_THREAD = 0x10000;
/** TASK_COMM_LEN without its NUL. */
const COMM_LENGTH = 15;

type ReadInt = (view: DataView, base: number) => number;
type ReadText = (view: DataView, base: number, length: number) => string;

const find = (format: EventFormat, name: string): Field | undefined =>
  format.fields.find((field) => field.name === name);

/** A 32-bit integer, or the low half of a wider one; null when the format has no such field. */
function intReader(format: EventFormat, name: string, littleEndian: boolean): ReadInt | null {
  const field = find(format, name);
  if (field === undefined || (field.size !== 4 && field.size !== 8)) return null;
  const at = field.offset + (field.size === 8 && !littleEndian ? 4 : 0);
  return (view, base) => view.getInt32(base + at, littleEndian);
}

/** A name: in place, or elsewhere in the record (`__data_loc`: offset and length; `__rel_loc`: from the end of the field). */
function textReader(format: EventFormat, name: string, littleEndian: boolean): ReadText | null {
  const field = find(format, name);
  if (field === undefined) return null;
  const { offset, size, type } = field;
  if (!type.includes('_loc')) {
    return (view, base) => paddedString(new Uint8Array(view.buffer, view.byteOffset + base + offset, size));
  }
  if (size !== 4) return null;
  const relative = type.startsWith('__rel_loc') ? offset + 4 : 0;
  return (view, base, length) => {
    const place = view.getUint32(base + offset, littleEndian);
    const start = Math.min((place & 0xffff) + relative, length);
    const bytes = Math.min(place >>> 16, length - start);
    return paddedString(new Uint8Array(view.buffer, view.byteOffset + base + start, bytes));
  };
}

function pushComm(place: Place, tid: number, comm: number, exec: 0 | 1, synthesized: 0 | 1): void {
  const row = place.push(TASK_COMM, tid);
  const { args } = place.rows;
  args[0][row] = comm;
  args[1][row] = exec;
  args[2][row] = synthesized;
}

type Push = RecordKind<Place>['push'];

/** The names that sched_switch shows, one row where a task's name is another than before. */
class SwitchNames {
  private readonly slots = new Map<number, number>();
  /** Four words of a name for each slot. */
  private words = new Uint32Array(1024);

  /** Whether the task's name is new; notes it. */
  isNew(tid: number, view: DataView, at: number): boolean {
    let slot = this.slots.get(tid);
    const known = slot !== undefined;
    if (slot === undefined) {
      slot = this.slots.size;
      this.slots.set(tid, slot);
      if (slot * 4 + 4 > this.words.length) {
        const wide = new Uint32Array(this.words.length * 2);
        wide.set(this.words);
        this.words = wide;
      }
    }
    let differs = !known;
    for (let k = 0; k < 4; k++) {
      const word = view.getUint32(at + k * 4);
      if (this.words[slot * 4 + k] !== word) {
        this.words[slot * 4 + k] = word;
        differs = true;
      }
    }
    return differs;
  }

  /** The id is of another task now. */
  forget(tid: number): void {
    const slot = this.slots.get(tid);
    if (slot !== undefined) this.words[slot * 4] = 0xffffffff;
  }
}

/** Makes the kinds of task events; one for a file, because they share what they know of names. */
export class TaskKinds {
  private readonly context: KindContext;
  private readonly names = new SwitchNames();

  constructor(context: KindContext) {
    this.context = context;
  }

  /** What to do with records of a format; null when they are not about tasks, or lack what matters. */
  of(format: EventFormat): RecordKind<Place> | null {
    const made = this.pushOf(format);
    if (made === null) return null;
    const [group, push] = made;
    const number = this.context.groups.of(group);
    return {
      family: this.context.families.of(`${format.system}:${format.name}`),
      minimumSize: lengthOf(format),
      groupOf: () => number,
      push,
    };
  }

  private pushOf(format: EventFormat): [group: string, push: Push] | null {
    const { littleEndian } = this.context;
    const int = (name: string): ReadInt | null => intReader(format, name, littleEndian);
    const text = (name: string): ReadText | null => textReader(format, name, littleEndian);
    const current = tidReader(format, littleEndian);
    const pid = int('pid');
    switch (`${format.system}:${format.name}`) {
      case 'task:task_newtask':
        return pid === null ? null : ['task_fork', this.fork(pid, current, int('clone_flags'))];
      case 'sched:sched_process_fork': {
        const child = int('child_pid');
        return child === null ? null : ['task_fork', this.fork(child, int('parent_pid') ?? current, null)];
      }
      case 'sched:sched_process_exec': {
        const filename = text('filename');
        return filename === null ? null : ['task_exec', this.exec(pid ?? current, int('old_pid'), filename)];
      }
      case 'task:task_rename': {
        const comm = text('newcomm');
        return comm === null ? null : ['task_rename', this.rename(pid ?? current, comm)];
      }
      case 'sched:sched_process_exit':
        return ['task_exit', this.exit(pid ?? current)];
      case 'sched:sched_switch':
        return this.switch(format, littleEndian);
      default:
        return null;
    }
  }

  private fork(child: ReadInt, parent: ReadInt, flags: ReadInt | null): Push {
    return (view, base, _length, place) => {
      const tid = child(view, base);
      const from = parent(view, base);
      if (flags === null) place.gone(tid);
      else place.born(tid, from, (flags(view, base) & CLONE_THREAD) !== 0);
      this.names.forget(tid);
      const row = place.push(TASK_FORK, tid);
      const parentPid = place.pidOf(from);
      place.rows.args[0][row] = parentPid === UNKNOWN ? ABSENT : parentPid;
      place.rows.args[1][row] = from;
      place.rows.args[2][row] = 0;
    };
  }

  /** The name of a program is the last part of its path, cut to what fits. */
  private exec(task: ReadInt, old: ReadInt | null, filename: ReadText): Push {
    return (view, base, length, place) => {
      const tid = task(view, base);
      if (old !== null) place.gone(old(view, base));
      place.leads(tid);
      const path = filename(view, base, length);
      const name = path.slice(path.lastIndexOf('/') + 1).slice(0, COMM_LENGTH);
      pushComm(place, tid, this.context.dictionaries.strings.intern(name), 1, 0);
    };
  }

  private rename(task: ReadInt, comm: ReadText): Push {
    return (view, base, length, place) => {
      pushComm(place, task(view, base), this.context.dictionaries.strings.intern(comm(view, base, length)), 0, 0);
    };
  }

  private exit(task: ReadInt): Push {
    return (view, base, _length, place) => {
      const tid = task(view, base);
      place.push(TASK_EXIT, tid);
      place.gone(tid);
    };
  }

  private switch(format: EventFormat, littleEndian: boolean): [string, Push] | null {
    const sides = (['prev', 'next'] as const).map((side) => ({
      tid: intReader(format, `${side}_pid`, littleEndian),
      comm: find(format, `${side}_comm`),
    }));
    if (sides.some(({ tid, comm }) => tid === null || comm?.size !== 16)) return null;
    const { strings } = this.context.dictionaries;
    const push: Push = (view, base, _length, place) => {
      for (const { tid, comm } of sides) {
        const task = (tid as ReadInt)(view, base);
        const at = base + (comm as Field).offset;
        if (task <= 0 || !this.names.isNew(task, view, at)) continue;
        const name = paddedString(new Uint8Array(view.buffer, view.byteOffset + at, 16));
        pushComm(place, task, strings.intern(name), 0, 1);
      }
    };
    return ['sched_switch', push];
  }
}
