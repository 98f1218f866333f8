// Where a record of a trace.dat is in time and in the file, and which process its task belongs to.
import { EventBatch, UNKNOWN } from '../../../core/event/event-batch.ts';
import { EVENT_TYPES } from '../../../core/event/event-type.ts';
import type { RowPlace } from '../../probe/record-kind.ts';

/** Where a record is in time and in the file, and which process its task belongs to, as far as the file tells. */
export class Place implements RowPlace {
  rows = new EventBatch(1);
  time = 0;
  cpu = UNKNOWN;
  source = 0;
  /** Has a 1 for the types that there were rows of. */
  readonly seen = new Uint8Array(EVENT_TYPES.length);
  private readonly tgids = new Map<number, number>();

  push(type: number, tid: number): number {
    this.seen[type] = 1;
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
