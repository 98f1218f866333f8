// What the reader does with the records of one event id: the shape that all kinds share, and the place that rows get.
import { EventBatch, UNKNOWN } from '../../../core/event/event-batch.ts';
import type { EventFormat } from '../event-format/parse.ts';

export interface RecordKind {
  /** Which of several ways to record the same things this is (a tracepoint, raw_syscalls, a kprobe): see Coverage. */
  readonly family: number;
  /** A record must be at least this long. */
  readonly minimumSize: number;
  /** Number of what the record at `base` is about (a system call, a function); -1 when it is of no use. */
  groupOf(view: DataView, base: number): number;
  /** Pushes the record's rows. */
  push(view: DataView, base: number, length: number, place: Place): void;
}

/** Numbers for things by their names. */
export class Numbering {
  readonly names: string[] = [];
  private readonly numbers = new Map<string, number>();

  of(name: string): number {
    let number = this.numbers.get(name);
    if (number === undefined) {
      number = this.names.push(name) - 1;
      this.numbers.set(name, number);
    }
    return number;
  }
}

/** Where a record is in time and in the file, and which process its task belongs to, as far as the file tells. */
export class Place {
  rows = new EventBatch(1);
  time = 0;
  cpu = UNKNOWN;
  source = 0;
  private readonly tgids = new Map<number, number>();

  /** Adds a row of the current record and returns its index. */
  push(type: number, tid: number): number {
    return this.rows.push(this.time, type, this.cpu, this.pidOf(tid), tid, this.source);
  }

  /** The process of a task: the ring buffer has thread ids only. */
  pidOf(tid: number): number {
    return tid === 0 ? 0 : (this.tgids.get(tid) ?? UNKNOWN);
  }

  /** A task was made: a thread of its parent's process, or the first one of a new process. */
  born(tid: number, parent: number, isThread: boolean): void {
    const pid = isThread ? this.pidOf(parent) : tid;
    if (pid === UNKNOWN) this.tgids.delete(tid);
    else this.tgids.set(tid, pid);
  }

  /** After an exec a process has one task, with the process's own id. */
  leads(tid: number): void {
    this.tgids.set(tid, tid);
  }

  gone(tid: number): void {
    this.tgids.delete(tid);
  }
}

/** Reads `common_pid`, which is the id of the thread that was running. */
export function tidReader(format: EventFormat, littleEndian: boolean): (view: DataView, base: number) => number {
  const field = format.fields.find(({ name, size }) => name === 'common_pid' && size === 4);
  if (field === undefined) return () => UNKNOWN;
  const { offset } = field;
  return (view, base) => view.getInt32(base + offset, littleEndian);
}

/** Length that a record must have for all of its format's fields. */
export const lengthOf = (format: EventFormat): number =>
  format.fields.reduce((size, field) => Math.max(size, field.offset + field.size), 2);
