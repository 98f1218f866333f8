// Numbers events as the log does: positions, versions within streams, tasks; and moves interned ids behind those already in the store.
import type { EventBatch } from '../event/event-batch.ts';
import { type ArgKind, EVENT_TYPES, MAX_ARGS } from '../event/event-type.ts';
import type { NumberedBatch } from '../event/numbered-batch.ts';
import { StreamIndex } from './stream-index.ts';

/** Where the ids of a new capture begin: each is the last one in the store. */
export interface Bases {
  readonly address: number;
  readonly endpoint: number;
  readonly string: number;
  readonly task: number;
  readonly position: number;
}

/** A task under one name. */
export type TaskRow = readonly [id: number, tid: number, pid: number, comm: number | null];

const OFFSETS: Readonly<Partial<Record<ArgKind, keyof Bases>>> = {
  socket: 'address',
  address: 'address',
  endpoint: 'endpoint',
  string: 'string',
};

const RECENT = 1 << 10;

export class LogEncoder {
  /** Events so far. */
  events = 0;
  /** Time of the last event. */
  lastAt = 0;
  private readonly bases: Bases;
  /** offsets[type][k]: what to add to argument k of a type. */
  private readonly offsets: readonly (readonly number[])[];
  /** Some ids are in the store already. */
  private readonly moves: boolean;
  readonly streams = new StreamIndex();
  private readonly tasks = new Map<string, number>();
  /** Tasks seen lately by their tid: tid, pid, comm, id each. */
  private readonly recent = new Int32Array(4 * RECENT);
  private nextTask: number;
  private added: TaskRow[] = [];

  constructor(bases: Bases) {
    this.bases = bases;
    this.nextTask = bases.task + 1;
    this.moves = bases.address + bases.endpoint + bases.string > 0;
    this.offsets = EVENT_TYPES.map((type) =>
      Array.from({ length: MAX_ARGS }, (_, k) => {
        const of = type.args[k] === undefined ? undefined : OFFSETS[type.args[k].kind];
        return of === undefined ? 0 : bases[of];
      }),
    );
  }

  /** Numbers a batch in place; returns the tasks that are new. */
  encode(batch: NumberedBatch): readonly TaskRow[] {
    batch.position = this.bases.position + this.events + 1;
    this.added = [];
    for (let row = 0; row < batch.length; row++) this.number(batch, row);
    this.events += batch.length;
    return this.added;
  }

  private number(batch: NumberedBatch, row: number): void {
    const type = batch.type[row];
    const { args } = batch;
    if (this.moves) {
      const offsets = this.offsets[type];
      for (let k = 0; k < MAX_ARGS; k++) if (offsets[k] !== 0) args[k][row] += offsets[k];
    }
    if (batch.comm[row] >= 0) batch.comm[row] += this.bases.string;
    const at = batch.at[row];
    if (at > this.lastAt) this.lastAt = at;
    batch.version[row] = this.streams.note(batch, row);
    batch.task[row] = this.taskOf(batch, row);
  }

  /** 0: the event has no task. */
  private taskOf(batch: EventBatch, row: number): number {
    const tid = batch.tid[row];
    if (tid < 0) return 0;
    const pid = batch.pid[row];
    const comm = batch.comm[row];
    const slot = tid & (RECENT - 1);
    const { recent } = this;
    const at = slot * 4;
    if (recent[at + 3] !== 0 && recent[at] === tid && recent[at + 1] === pid && recent[at + 2] === comm)
      return recent[at + 3];
    const key = `${tid} ${pid} ${comm}`;
    let id = this.tasks.get(key);
    if (id === undefined) {
      id = this.nextTask++;
      this.tasks.set(key, id);
      this.added.push([id, tid, pid, comm < 0 ? null : comm]);
    }
    recent[at] = tid;
    recent[at + 1] = pid;
    recent[at + 2] = comm;
    recent[at + 3] = id;
    return id;
  }
}
