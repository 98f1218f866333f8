// Validates a capture: plays what was recorded to the model, in an order that the kernel could have taken, and compares all that follows.
import type { EventBatch } from '../../core/event/event-batch.ts';
import { EVENT_TYPES, eventCode } from '../../core/event/event-type.ts';
import { AcceptCalls } from './accept-calls.ts';
import { Clients } from './clients.ts';
import { ListenCalls } from './listen-calls.ts';
import { ListenStops } from './listen-stops.ts';
import { QueueEvents } from './queue-events.ts';
import { Readings } from './readings.ts';
import { Scene, type SceneOptions, type Step } from './scene.ts';
import { SocketEvents } from './socket-events.ts';
import { SystemCalls } from './system-calls.ts';
import type { Tally } from './tally.ts';

const TCP_SYN_SENT = 2;

/** What to do with an event. */
const Kind = {
  Ignored: 0,
  Enter: 1,
  Exit: 2,
  SetState: 3,
  DataReady: 4,
  RetransmitSkb: 5,
  RetransmitSynack: 6,
  KfreeSkb: 7,
  Comm: 8,
  Fork: 9,
  TaskExit: 10,
  Lost: 11,
  Sample: 12,
  Drop: 13,
  FdSocket: 14,
  Identity: 15,
  Counter: 16,
} as const;

const KINDS = new Uint8Array(256);
for (const { code, name } of EVENT_TYPES) {
  if (name.startsWith('sys_enter_')) KINDS[code] = Kind.Enter;
  else if (name.startsWith('sys_exit_')) KINDS[code] = Kind.Exit;
}
for (const [name, kind] of [
  ['inet_sock_set_state', Kind.SetState],
  ['sk_data_ready', Kind.DataReady],
  ['tcp_retransmit_skb', Kind.RetransmitSkb],
  ['tcp_retransmit_synack', Kind.RetransmitSynack],
  ['kfree_skb', Kind.KfreeSkb],
  ['task_comm', Kind.Comm],
  ['task_fork', Kind.Fork],
  ['task_exit', Kind.TaskExit],
  ['queue_sample', Kind.Sample],
  ['queue_drop', Kind.Drop],
  ['fd_socket', Kind.FdSocket],
  ['sock_identity', Kind.Identity],
  ['counter', Kind.Counter],
] as const)
  KINDS[eventCode(name)] = kind;

/** A stretch in which events were lost, nanoseconds since the capture's start. */
export interface Blind {
  readonly from: number;
  readonly to: number;
}

export interface ValidatorOptions extends SceneOptions {
  /** Gaps, in any order; they may overlap. */
  readonly gaps: readonly Blind[];
}

/** Gaps in order, none touching another. */
export function mergeGaps(gaps: readonly Blind[]): Blind[] {
  const merged: { from: number; to: number }[] = [];
  for (const { from, to } of [...gaps].sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else merged.push({ from, to });
  }
  return merged;
}

export class Validator {
  readonly #scene: Scene;
  readonly #calls: SystemCalls;
  readonly #sockets: SocketEvents;
  readonly #readings: Readings;
  readonly #listens: ListenCalls;
  readonly #queue: QueueEvents;
  readonly #clients: Clients;
  readonly #gaps: readonly Blind[];
  #gap = 0;

  /** @param onStep told of each step of each listener's account. */
  constructor(options: ValidatorOptions, onStep: ((step: Step) => void) | null = null) {
    this.#scene = new Scene(options);
    this.#scene.onStep = onStep;
    this.#queue = new QueueEvents(this.#scene);
    const stops = new ListenStops(this.#scene);
    this.#listens = new ListenCalls(this.#scene, stops);
    this.#clients = new Clients(this.#scene);
    const accepts = new AcceptCalls(this.#scene, this.#queue);
    this.#calls = new SystemCalls(this.#scene, accepts, this.#listens, stops);
    this.#sockets = new SocketEvents(this.#scene, this.#queue, this.#listens, this.#clients);
    this.#readings = new Readings(this.#scene, this.#queue, this.#listens);
    this.#gaps = mergeGaps(options.gaps);
  }

  get tally(): Tally {
    return this.#scene.tally;
  }

  /** Validates the rows of a batch, which follow those of the batch before. */
  apply(batch: EventBatch): void {
    const scene = this.#scene;
    for (let row = 0; row < batch.length; row++) {
      const type = batch.type[row];
      const kind = KINDS[type];
      if (kind === Kind.Ignored) continue;
      const at = batch.at[row];
      scene.at = at;
      scene.position = batch.position + row;
      scene.event = EVENT_TYPES[type].name;
      scene.tid = batch.tid[row];
      scene.cpu = batch.cpu[row];
      if (this.#gap < this.#gaps.length) this.#look(at);
      this.#dispatch(kind, batch, row);
    }
  }

  finish(): Tally {
    this.#sockets.finish();
    for (const listener of [...this.#scene.listeners]) this.#queue.overdue(listener, true);
    this.#scene.tally.settle();
    return this.#scene.tally;
  }

  #dispatch(kind: number, batch: EventBatch, row: number): void {
    const scene = this.#scene;
    const { args } = batch;
    switch (kind) {
      case Kind.Enter:
        this.#calls.enter(batch, row);
        return;
      case Kind.Exit:
        this.#calls.exit(batch, row);
        return;
      case Kind.SetState:
        this.#sockets.setState(batch, row);
        return;
      case Kind.DataReady:
        this.#sockets.dataReady(args[0][row], batch.cpu[row]);
        return;
      case Kind.RetransmitSkb:
        if (args[1][row] === TCP_SYN_SENT) this.#clients.synAgain(args[0][row], args[2][row]);
        return;
      case Kind.RetransmitSynack:
        this.#clients.synAckAgain(args[3][row]);
        return;
      case Kind.KfreeSkb:
        if (!Number.isNaN(args[1][row]) && scene.options.string(args[1][row]) === 'TCP_LISTEN_OVERFLOW')
          this.#readings.ackDropped(args[0][row]);
        return;
      case Kind.Comm:
        if (args[1][row] === 1) scene.processes.exec(batch.pid[row], scene.tid);
        return;
      case Kind.Fork:
        if (args[2][row] !== 1) scene.processes.forked(args[0][row], args[1][row], batch.pid[row], scene.tid);
        return;
      case Kind.TaskExit:
        this.#calls.taskExited(scene.tid);
        scene.processes.exited(batch.pid[row], scene.tid);
        return;
      case Kind.Sample:
        this.#readings.sample(batch, row);
        return;
      case Kind.Drop:
        this.#readings.refused(batch, row);
        return;
      case Kind.FdSocket:
        this.#fdSocket(batch, row);
        return;
      case Kind.Identity:
        return;
      case Kind.Counter:
        this.#readings.counter(batch, row);
        return;
      default:
        return;
    }
  }

  /** The kernel's own answer to what a descriptor is. */
  #fdSocket(batch: EventBatch, row: number): void {
    const scene = this.#scene;
    const listener = scene.bySk.get(batch.args[1][row]);
    if (listener === undefined || Number.isNaN(batch.args[0][row])) return;
    this.#listens.bind(scene.processes.fileOf(batch.pid[row], batch.tid[row], batch.args[0][row]), listener);
  }

  /** Whether events are being lost at this instant; on both edges nothing stays known. */
  #look(at: number): void {
    const scene = this.#scene;
    while (this.#gap < this.#gaps.length && this.#gaps[this.#gap].to < at) {
      // the whole gap may lie between two events
      this.#forget();
      scene.blind = false;
      this.#gap++;
    }
    const gap = this.#gaps[this.#gap];
    if (gap === undefined || at < gap.from || scene.blind) return;
    this.#forget();
    scene.blind = true;
  }

  #forget(): void {
    this.#scene.forget();
    this.#scene.processes.forget();
    this.#sockets.forget();
  }
}
