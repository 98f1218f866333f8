// What a line says before its event: when, where and who; and the row that comes of it.
import type { Dictionaries } from '../../core/event/dictionary.ts';
import { EventBatch, UNKNOWN } from '../../core/event/event-batch.ts';
import { EVENT_TYPES } from '../../core/event/event-type.ts';
import { ByteNames } from '../format/text/byte-names.ts';
import { ByteTable } from '../format/text/byte-table.ts';
import { TextClock } from '../format/text/text-clock.ts';
import { ThreadGroups } from './thread-groups.ts';

const SPACE = 32;
const LESS = 60;
/** `<...>` for a name that the kernel has forgotten, `<idle>` for process 0. */
const PLACEHOLDERS = new ByteTable(['<...>', '<idle>']);

/** Digits of a damaged text may add up to any number. */
const idOrUnknown = (id: number): number => (id >= 0 && id <= 0x7fffffff ? id : UNKNOWN);

const isPlaceholder = (bytes: Uint8Array, from: number, to: number): boolean => PLACEHOLDERS.find(bytes, from, to) >= 0;

/** What became of a line: a reason when it cannot be read, undefined when it was used, null when acceptq has no use for it. */
export type Outcome = string | null | undefined;

export class TextContext {
  rows = new EventBatch(1);
  readonly dictionaries: Dictionaries;
  readonly clock = new TextClock();
  readonly groups = new ThreadGroups();
  readonly names: ByteNames;
  /** Number of the line. */
  line = 0;
  /** Relative to the clock's base. */
  at = 0;
  cpu = UNKNOWN;
  pid = UNKNOWN;
  tid = UNKNOWN;
  /** The bytes of the command's name; empty when the line has none. */
  comm: Uint8Array = new Uint8Array(0);
  commFrom = 0;
  commTo = 0;
  /** Rows written so far. */
  pushed = 0;
  /** Which event types rows were written of. */
  readonly seen = new Uint8Array(EVENT_TYPES.length);

  constructor(dictionaries: Dictionaries) {
    this.dictionaries = dictionaries;
    this.names = new ByteNames(dictionaries.strings);
  }

  /** Takes the name of the line's task: without the spaces around it, and not the placeholders of printers that know none. */
  setComm(bytes: Uint8Array, from: number, to: number): void {
    while (from < to && bytes[from] === SPACE) from++;
    while (to > from && bytes[to - 1] === SPACE) to--;
    this.comm = bytes;
    this.commFrom = from;
    this.commTo = bytes[from] === LESS && isPlaceholder(bytes, from, to) ? from : to;
  }

  /** A row for the line's task. Names are interned here, so that lines without a use cost nothing. */
  push(type: number): number {
    return this.pushFor(type, this.pid >= 0 ? this.pid : this.groups.pidOf(this.tid), this.tid);
  }

  /** A row about another task than the one that ran. */
  pushFor(type: number, pid: number, tid: number): number {
    const { rows } = this;
    const row = rows.push(this.at, type, this.cpu, idOrUnknown(pid), idOrUnknown(tid), this.line);
    if (tid === this.tid && this.commTo > this.commFrom)
      rows.comm[row] = this.names.intern(this.comm, this.commFrom, this.commTo);
    this.pushed++;
    this.seen[type] = 1;
    return row;
  }

  /** Forgets who, where and when; the time of an untimed line is its place. */
  reset(): void {
    this.cpu = UNKNOWN;
    this.pid = UNKNOWN;
    this.tid = UNKNOWN;
    this.commFrom = this.commTo = 0;
  }
}
