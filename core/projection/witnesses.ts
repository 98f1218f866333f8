// Events of programs and tools that know more, or other things, than tracepoints: readings of queues, counters, sockets behind fds,
// and the lines of tools that print a whole accept() or listen() at once.
import type { Endpoint } from '../event/dictionary.ts';
import { type EventBatch, UNKNOWN } from '../event/event-batch.ts';
import { eventCode } from '../event/event-type.ts';
import type { Listener } from './listener.ts';
import type { Listeners } from './listeners.ts';
import type { OpenFile } from './open-files.ts';
import type { Reading } from './readings.ts';
import type { RowSink } from './rows.ts';
import { SnapshotReadings } from './snapshot-readings.ts';
import type { TaskCalls } from './task-calls.ts';

const QUEUE_SAMPLE = eventCode('queue_sample');
const QUEUE_DROP = eventCode('queue_drop');
const FD_ENDPOINT = eventCode('fd_endpoint');
const TOOL_LISTEN = eventCode('tool_listen');
const TOOL_ACCEPT = eventCode('tool_accept');
const LISTENER_SAMPLE = eventCode('listener_sample');
const COUNTER = eventCode('counter');
const SOCK_IDENTITY = eventCode('sock_identity');
const FD_SOCKET = eventCode('fd_socket');

export interface WitnessOptions {
  readonly endpoint: (id: number) => Endpoint;
  /** A listener that nothing has shown so far; it may be older than the capture. */
  readonly unknownListener: (endpoint: number) => Listener;
  readonly bind: (file: OpenFile, listener: Listener) => void;
  /** The refusal is one for a full accept queue. */
  readonly overflowReason: (id: number) => boolean;
  readonly ackReason: (id: number) => boolean;
  readonly refused: (listener: Listener, kind: 'syn' | 'ack', at: number, length: number) => void;
}

const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value);

export class Witnesses {
  private readonly listeners: Listeners;
  private readonly calls: TaskCalls;
  private readonly out: RowSink;
  private readonly options: WitnessOptions;
  private readonly snapshots: SnapshotReadings;

  constructor(listeners: Listeners, calls: TaskCalls, out: RowSink, options: WitnessOptions) {
    this.listeners = listeners;
    this.calls = calls;
    this.out = out;
    this.options = options;
    this.snapshots = new SnapshotReadings(listeners, options);
  }

  /** At the end, when every listener is known: what snapshots read of them. */
  finish(): void {
    this.snapshots.settle((listener, reading) => {
      listener.readings.take(reading, listener.opened_at !== null);
      this.tell(listener, reading);
    });
  }

  apply(batch: EventBatch, row: number): void {
    const { args } = batch;
    const a0 = args[0];
    const a1 = args[1];
    const a2 = args[2];
    const a3 = args[3];
    const a4 = args[4];
    switch (batch.type[row]) {
      case QUEUE_SAMPLE: {
        const listener = this.listeners.withSk(a0[row]);
        if (listener !== undefined) this.read(listener, batch.at[row], a1[row], a2[row], a3[row], a4[row]);
        return;
      }
      case QUEUE_DROP:
        this.dropped(batch.at[row], a0[row], a1[row], a2[row]);
        return;
      case LISTENER_SAMPLE: {
        if (batch.cpu[row] === UNKNOWN) {
          // a tool's reading, at about that time: no instant of the queue's account
          this.snapshots.add(batch, row);
          return;
        }
        const listener = this.at(a0[row]);
        if (listener !== undefined) this.read(listener, batch.at[row], a1[row], a2[row], a3[row], Number.NaN);
        return;
      }
      case COUNTER:
        this.out.counter({ at_ns: batch.at[row], name: a0[row], value: a1[row], absolute: a2[row] === 1 });
        return;
      case FD_ENDPOINT:
        this.shown(this.calls.fileOf(batch.pid[row], batch.tid[row], a0[row]), a1[row], a2[row]);
        return;
      case SOCK_IDENTITY:
        this.known(a0[row], a1[row]);
        return;
      case FD_SOCKET:
        this.behind(batch, row, a0[row], a1[row]);
        return;
      case TOOL_LISTEN:
        this.toolListened(batch, row, a0[row], a1[row], a2[row]);
        return;
      case TOOL_ACCEPT:
        this.toolAccepted(batch, row);
        return;
      default:
        return;
    }
  }

  private read(listener: Listener, at: number, depth: number, limit: number, drops: number, synQueue: number): void {
    const reading = { at, ackBacklog: depth, maxAckBacklog: limit, drops, synQueueLen: synQueue };
    listener.read(reading);
    this.tell(listener, reading);
  }

  private tell(listener: Listener, reading: Reading): void {
    this.out.queueSample({
      listener: listener.id,
      at_ns: reading.at,
      sk_ack_backlog: orNull(reading.ackBacklog),
      sk_max_ack_backlog: orNull(reading.maxAckBacklog),
      sk_drops: orNull(reading.drops),
      syn_queue_len: orNull(reading.synQueueLen),
    });
  }

  private dropped(at: number, sk: number, reason: number, length: number): void {
    const listener = this.listeners.withSk(sk);
    if (listener === undefined) return;
    listener.readings.overflows ??= 0;
    if (!this.options.overflowReason(reason)) return;
    listener.readings.overflows++;
    this.options.refused(listener, this.options.ackReason(reason) ? 'ack' : 'syn', at, length);
  }

  /** A listener shows itself with its address and endpoint: one that is older than the capture, when nothing showed it before. */
  private known(sk: number, local: number): Listener | undefined {
    const known = this.listeners.withSk(sk);
    if (known !== undefined || Number.isNaN(sk + local)) return known;
    const listener = this.options.unknownListener(local);
    this.listeners.setSk(listener, sk);
    return listener;
  }

  /** The kernel's own answer to which listener an fd is. */
  private behind(batch: EventBatch, row: number, fd: number, sk: number): void {
    const listener = this.listeners.withSk(sk);
    if (listener === undefined) return;
    const pid = batch.pid[row];
    const tid = batch.tid[row];
    const file = this.calls.fileOf(pid, tid, fd);
    if (file.listener === listener) return;
    this.options.bind(file.listener === null ? file : this.calls.reopen(pid, tid, fd), listener);
  }

  /** A recorder shows what is behind an fd: a socket with a local endpoint alone may be a listener. */
  private shown(file: OpenFile, local: number, remote: number): void {
    if (Number.isNaN(local) || !Number.isNaN(remote)) return;
    file.local = local;
    this.bindByEndpoint(file, local);
  }

  /** Finds the listener of a file whose local endpoint is known, now that it is needed. */
  bindByEndpoint(file: OpenFile, local: number): void {
    if (file.listener !== null) {
      if (file.listener.endpoint === null)
        this.listeners.setEndpoint(file.listener, local, this.options.endpoint(local));
      return;
    }
    const reached = this.listeners.reachedBy(this.options.endpoint(local));
    if (reached.length === 1) this.options.bind(file, reached[0]);
    else if (reached.length === 0 && file.unbound.length > 0)
      this.options.bind(file, this.options.unknownListener(local));
  }

  /** A tool printed a listen() with its address: a new listener, or another backlog of one that is there. */
  private toolListened(batch: EventBatch, row: number, backlog: number, local: number, result: number): void {
    const succeeded = !(result < 0);
    const listener = succeeded && !Number.isNaN(local) ? (this.at(local) ?? this.options.unknownListener(local)) : null;
    if (listener !== null && !Number.isNaN(backlog)) {
      listener.openedPid ??= batch.pid[row];
      listener.openedComm ??= batch.comm[row];
      listener.requested = backlog;
      this.out.backlogChange({ listener: listener.id, at_ns: batch.at[row], requested: backlog });
    }
    this.out.listenCall({
      at_ns: batch.at[row],
      pid: batch.pid[row],
      tid: batch.tid[row],
      comm: batch.comm[row],
      fd: -1,
      backlog: Number.isNaN(backlog) ? 0 : backlog,
      result: orNull(result),
      endpoint: orNull(local),
      listener: listener?.id ?? null,
    });
  }

  /** A tool printed an accept() that returned, with the queue behind it. */
  private toolAccepted(batch: EventBatch, row: number): void {
    const [local, , depth, limit] = batch.args;
    if (Number.isNaN(local[row])) return;
    const listener = this.at(local[row]) ?? this.options.unknownListener(local[row]);
    const at = batch.at[row];
    listener.acceptLeft(
      {
        entered: at,
        pid: batch.pid[row],
        tid: batch.tid[row],
        comm: batch.comm[row],
        exited: at,
        took: true,
        result: 0,
        told: false,
        played: false,
        applied: false,
        child: null,
      },
      at,
    );
    if (!Number.isNaN(limit[row])) this.read(listener, at, depth[row], limit[row], Number.NaN, Number.NaN);
  }

  private at(local: number): Listener | undefined {
    if (Number.isNaN(local)) return undefined;
    const reached = this.listeners.reachedBy(this.options.endpoint(local));
    return reached.length > 0 ? reached[0] : undefined;
  }
}
