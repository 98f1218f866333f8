// The command name of each task at each instant: named by task_comm, inherited over task_fork.

import type { StringDictionary } from '../../core/event/dictionary.ts';
import { type EventBatch, UNKNOWN } from '../../core/event/event-batch.ts';
import { eventCode } from '../../core/event/event-type.ts';

const TASK_COMM = eventCode('task_comm');
const TASK_FORK = eventCode('task_fork');

export class TaskNames {
  private readonly names = new Map<number, number>();
  private readonly idle: number;

  constructor(strings: StringDictionary) {
    this.idle = strings.intern('swapper');
  }

  /** Takes note of a row that comes next in time and returns the interned name of the row's task. */
  nameOf(rows: EventBatch, row: number): number {
    const tid = rows.tid[row];
    const type = rows.type[row];
    if (type === TASK_COMM) this.names.set(tid, rows.args[0][row]);
    else if (type === TASK_FORK) {
      const parent = this.names.get(rows.args[1][row]);
      const synthesized = rows.args[2][row] === 1;
      if (parent !== undefined && !(synthesized && this.names.has(tid))) this.names.set(tid, parent);
      else if (parent === undefined && !synthesized) this.names.delete(tid); // an id used again
    }
    if (tid === 0) return this.idle;
    return tid < 0 ? UNKNOWN : (this.names.get(tid) ?? UNKNOWN);
  }
}
