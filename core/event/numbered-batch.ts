// A batch as it stands in the log: each event with its number in its stream and its task. One piece of memory, which threads can share.
import { EventBatch } from './event-batch.ts';
import { MAX_ARGS } from './event-type.ts';

/** Bytes that a row takes. */
export const ROW_BYTES = 8 * (2 + MAX_ARGS) + 4 * 6 + 1;

/** A batch of fixed capacity over memory that the caller gives; `position` and `length` are not in that memory. */
export class NumberedBatch extends EventBatch {
  /** Number within the event's stream, from 1. */
  readonly version: Int32Array;
  /** In the store's tasks; 0: no task. */
  readonly task: Int32Array;

  constructor(memory: ArrayBufferLike) {
    super(0);
    const rows = Math.floor(memory.byteLength / ROW_BYTES);
    let offset = 0;
    const place = <T>(kind: new (memory: ArrayBufferLike, at: number, length: number) => T, bytes: number): T => {
      const column = new kind(memory, offset, rows);
      offset += bytes * rows;
      return column;
    };
    this.capacity = rows;
    this.at = place(Float64Array, 8);
    this.source = place(Float64Array, 8);
    this.args = Array.from({ length: MAX_ARGS }, () => place(Float64Array, 8));
    this.cpu = place(Int32Array, 4);
    this.pid = place(Int32Array, 4);
    this.tid = place(Int32Array, 4);
    this.comm = place(Int32Array, 4);
    this.version = place(Int32Array, 4);
    this.task = place(Int32Array, 4);
    this.type = place(Uint8Array, 1);
  }

  /** A batch of its own memory. */
  static of(rows: number): NumberedBatch {
    return new NumberedBatch(new ArrayBuffer(rows * ROW_BYTES));
  }
}
