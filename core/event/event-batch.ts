// Trace events in columns: what decoders write and stores and projections read, without an object per event.
import { MAX_ARGS } from './event-type.ts';

/** An argument that the probe did not record. */
export const ABSENT = Number.NaN;
/** `cpu`, `pid`, `tid` or `comm` that the recorder did not give. */
export const UNKNOWN = -1;

/**
 * A growable table of trace events. Times are nanoseconds relative to one origin of the capture (exact up to 2^53 ns, 104 days).
 * `position` is the number of the first row within the log; rows follow without holes.
 */
export class EventBatch {
  length = 0;
  capacity: number;
  position = 0;
  at: Float64Array;
  type: Uint8Array;
  cpu: Int32Array;
  pid: Int32Array;
  tid: Int32Array;
  /** Interned command name of the task, UNKNOWN when not recorded. */
  comm: Int32Array;
  /** Where in the capture the record starts: a byte offset, or a line number in text formats. */
  source: Float64Array;
  /** Argument columns: `args[k][row]`, ABSENT where not recorded. */
  args: Float64Array[];

  constructor(capacity = 4096) {
    this.capacity = capacity;
    this.at = new Float64Array(capacity);
    this.type = new Uint8Array(capacity);
    this.cpu = new Int32Array(capacity);
    this.pid = new Int32Array(capacity);
    this.tid = new Int32Array(capacity);
    this.comm = new Int32Array(capacity);
    this.source = new Float64Array(capacity);
    this.args = Array.from({ length: MAX_ARGS }, () => new Float64Array(capacity));
  }

  /** Appends a row with every argument absent and returns its index. */
  push(at: number, type: number, cpu: number, pid: number, tid: number, source: number): number {
    if (this.length === this.capacity) this.grow();
    const row = this.length++;
    this.at[row] = at;
    this.type[row] = type;
    this.cpu[row] = cpu;
    this.pid[row] = pid;
    this.tid[row] = tid;
    this.comm[row] = UNKNOWN;
    this.source[row] = source;
    for (let k = 0; k < MAX_ARGS; k++) this.args[k][row] = ABSENT;
    return row;
  }

  /** Copies a row of another batch to the end of this one. */
  copyRow(from: EventBatch, source: number): number {
    const row = this.push(
      from.at[source],
      from.type[source],
      from.cpu[source],
      from.pid[source],
      from.tid[source],
      from.source[source],
    );
    this.comm[row] = from.comm[source];
    for (let k = 0; k < MAX_ARGS; k++) this.args[k][row] = from.args[k][source];
    return row;
  }

  /** Overwrites row `to` with row `from`. */
  moveRow(from: number, to: number): void {
    this.at[to] = this.at[from];
    this.type[to] = this.type[from];
    this.cpu[to] = this.cpu[from];
    this.pid[to] = this.pid[from];
    this.tid[to] = this.tid[from];
    this.comm[to] = this.comm[from];
    this.source[to] = this.source[from];
    for (let k = 0; k < MAX_ARGS; k++) this.args[k][to] = this.args[k][from];
  }

  clear(): void {
    this.length = 0;
  }

  private grow(): void {
    this.capacity *= 2;
    const widen = <T extends Float64Array | Int32Array | Uint8Array>(old: T): T => {
      const wide = new (old.constructor as new (n: number) => T)(this.capacity);
      wide.set(old);
      return wide;
    };
    this.at = widen(this.at);
    this.type = widen(this.type);
    this.cpu = widen(this.cpu);
    this.pid = widen(this.pid);
    this.tid = widen(this.tid);
    this.comm = widen(this.comm);
    this.source = widen(this.source);
    this.args = this.args.map(widen);
  }
}
