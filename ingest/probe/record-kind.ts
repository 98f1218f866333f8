// What a reader of binary traces does with the records of one event id: the shape that all kinds share.
import { type EventBatch, UNKNOWN } from '../../core/event/event-batch.ts';
import type { EventFormat } from '../format/event-format/parse.ts';

/** Where rows of a record go: each reader knows in its own way when, where and in which task the record was made. */
export interface RowPlace {
  readonly rows: EventBatch;
  /** Adds a row of the current record and returns its index. `tid` is the task that ran, by the record itself. */
  push(type: number, tid: number): number;
}

export interface RecordKind<P extends RowPlace = RowPlace> {
  /** Which of several ways to record the same things this is (a tracepoint, raw_syscalls, a kprobe): see Coverage. */
  readonly family: number;
  /** A record must be at least this long. */
  readonly minimumSize: number;
  /** Number of what the record at `base` is about (a system call, a function); -1 when it is of no use. */
  groupOf(view: DataView, base: number): number;
  /** Pushes the record's rows. */
  push(view: DataView, base: number, length: number, place: P): void;
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
