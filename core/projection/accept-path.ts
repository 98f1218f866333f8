// The fold over a capture's events that rebuilds listeners, accept queues, connections, acceptors and listen() calls.
import type { Endpoint } from '../event/dictionary.ts';
import type { EventBatch } from '../event/event-batch.ts';
import { eventCode } from '../event/event-type.ts';
import { probesOfBits, TELLING_BITS } from '../event/telling.ts';
import { EAGAIN } from '../kernel/errno.ts';
import type { Departure } from './accept-queue.ts';
import { Arrivals } from './arrivals.ts';
import { Gaps } from './gaps.ts';
import { Listener, type ListenerOwner } from './listener.ts';
import { Listeners } from './listeners.ts';
import type { OpenFile } from './open-files.ts';
import type { AcceptCall } from './queue-timeline.ts';
import type { RowSink } from './rows.ts';
import { type Caller, type CallObserver, IS_ENTER, IS_EXIT, type PendingCall, TaskCalls } from './task-calls.ts';
import { connectionRow, listenerRow } from './to-rows.ts';
import { Witnesses } from './witnesses.ts';

const LOST_LAST = eventCode('unthrottle');
const LOST_UNKNOWN = eventCode('lost_unknown');
const TASK_FIRST = eventCode('task_comm');
const TASK_LAST = eventCode('task_exit');

export interface PathOptions {
  /** The capture has inet_sock_set_state, so a successful listen() on a TCP socket shows its kernel address. */
  readonly hasState: boolean;
  /** The capture has sk_data_ready, which names the listener of each arrival. */
  readonly hasDataReady: boolean;
  /** A probe tells of each SYN and final ACK refused for a full accept queue: none told is none refused. */
  readonly seesDecisions?: boolean;
  readonly endpoint: (id: number) => Endpoint;
  /** First free ids in the tables. */
  readonly firstListener: number;
  readonly firstConnection: number;
  readonly overflowReason: (id: number) => boolean;
  /** Of those, the ones about a final ACK. */
  readonly ackReason: (id: number) => boolean;
}

export class AcceptPath implements CallObserver, ListenerOwner {
  readonly listeners = new Listeners();
  readonly calls = new TaskCalls(this);
  readonly arrivals: Arrivals;
  private readonly gaps: Gaps;
  private readonly witnesses: Witnesses;
  private readonly out: RowSink;
  private readonly options: PathOptions;
  private readonly unbound = new Set<OpenFile>();
  private nextListener: number;
  private nextConnection: number;
  private now = 0;
  private tellingBits = 0;

  constructor(options: PathOptions, out: RowSink) {
    this.options = options;
    this.out = out;
    this.nextListener = options.firstListener;
    this.nextConnection = options.firstConnection;
    this.gaps = new Gaps(out);
    this.arrivals = new Arrivals(this.listeners, this.calls, out, {
      ...options,
      newListener: (at, censored) => this.newListener(at, censored),
      closeListener: (listener, at) => this.closeListener(listener, at),
      bind: (file, listener) => this.bind(file, listener),
    });
    this.witnesses = new Witnesses(this.listeners, this.calls, out, {
      ...options,
      unknownListener: (endpoint) => {
        const listener = this.newListener(0, true);
        this.listeners.setEndpoint(listener, endpoint, options.endpoint(endpoint));
        return listener;
      },
      bind: (file, listener) => this.bind(file, listener),
      refused: (listener, kind, at, length) => this.arrivals.refused(listener, kind, at, length),
    });
  }

  /** Folds rows of a batch, which must follow those folded before. */
  apply(batch: EventBatch, from = 0, to = batch.length): void {
    for (let row = from; row < to; row++) {
      const type = batch.type[row];
      this.tellingBits |= TELLING_BITS[type];
      if (batch.at[row] > this.now) this.now = batch.at[row];
      if (IS_ENTER[type]) this.calls.enter(batch, row);
      else if (IS_EXIT[type]) this.calls.exit(batch, row);
      else if (type < TASK_FIRST) this.arrivals.apply(batch, row);
      else if (type <= TASK_LAST) this.calls.task(batch, row);
      else if (type <= LOST_LAST || type === LOST_UNKNOWN) this.gaps.lost(batch, row);
      else this.witnesses.apply(batch, row);
      this.gaps.seen(batch.cpu[row], batch.at[row]);
    }
  }

  /** Probes that the events so far show the capture to have, of those that change how events are understood. */
  get shown(): readonly string[] {
    return probesOfBits(this.tellingBits);
  }

  /** Latest time of any event so far. */
  get latest(): number {
    return this.now;
  }

  /** Accepts whose listener is not known. */
  get acceptsUnbound(): number {
    let count = 0;
    for (const file of this.unbound) count += file.unbound.length;
    return count;
  }

  /** Forgets what no row comes of any more. */
  trim(): void {
    for (const listener of this.listeners.all) listener.trim();
  }

  /** Ends the fold at the capture's end and hands out every row that was not final before. */
  finish(): void {
    this.calls.finish();
    this.bindTheOnlyCandidate();
    this.arrivals.finishClients(this.now);
    this.witnesses.finish();
    for (const listener of this.listeners.all) if (listener.live) listener.finish(this.now, 'left');
    for (const listener of this.listeners.all) if (!listener.failed) this.emit(listener);
    for (const file of this.unbound) this.emitOrphans(file);
    this.arrivals.finish();
    this.gaps.finish(this.now);
  }

  listened(caller: Caller, call: PendingCall, result: number | null): void {
    const file = call.file as OpenFile;
    let listener = call.listenSk === null ? file.listener : (this.listeners.withSk(call.listenSk) ?? null);
    const endpoint =
      call.listenSk === null ? (listener?.endpoint ?? null) : this.arrivals.endpointOfListen(call.listenSk);
    if (result === 0) {
      if (listener === null) {
        // no address change was seen: a listener from before the capture, or no probe for it
        const mayBeOld = this.options.hasState && file.family !== 1 && file.local === null;
        listener = this.newListener(call.at, mayBeOld);
        listener.family = file.family;
        if (file.local !== null) this.listeners.setEndpoint(listener, file.local, this.options.endpoint(file.local));
      }
      if (listener.requested === null && listener.opened_at !== null) {
        listener.openedPid = caller.pid;
        listener.openedComm = caller.comm;
      }
      listener.requested = call.a1;
      this.out.backlogChange({ listener: listener.id, at_ns: call.at, requested: call.a1 });
      if (file.listener !== listener) this.bind(file, listener);
    }
    this.out.listenCall({
      at_ns: call.at,
      pid: caller.pid,
      tid: caller.tid,
      comm: caller.comm,
      fd: call.a0,
      backlog: call.a1,
      result,
      endpoint,
      listener: result === 0 && listener !== null ? listener.id : null,
    });
  }

  acceptEntered(file: OpenFile, accept: AcceptCall): void {
    file.listener?.acceptEntered(accept);
  }

  acceptLeft(file: OpenFile, accept: AcceptCall, at: number): void {
    const { listener } = file;
    if (listener === null) {
      if (!accept.took) return;
      file.unbound.push(accept);
      this.unbound.add(file);
      if (file.local !== null) this.witnesses.bindByEndpoint(file, file.local);
      return;
    }
    listener.acceptLeft(accept, at);
    if (accept.took) return;
    const acceptor = listener.acceptor(accept);
    if (accept.result === -EAGAIN) {
      acceptor.eagain++;
      listener.seenEmpty(accept.entered, at, this.unbound.size === 0);
    } else acceptor.failed++;
  }

  blockedSinceStart(file: OpenFile): void {
    file.listener?.emptyAtStart();
  }

  private newListener(at: number, censored: boolean): Listener {
    const listener = new Listener(this.nextListener++, at, censored, this);
    if (this.options.seesDecisions) listener.readings.overflows = 0;
    this.listeners.add(listener);
    return listener;
  }

  private closeListener(listener: Listener, at: number): void {
    this.listeners.close(listener);
    listener.finish(at, 'aborted');
    listener.closed_at = at;
    for (const file of listener.files) file.listener = null;
  }

  /** From now on, and for the accepts that waited for it, the file is this listener's. */
  private bind(file: OpenFile, listener: Listener): void {
    if (file.listener !== null) file.listener.files.delete(file);
    file.listener = listener;
    listener.files.add(file);
    this.unbound.delete(file);
    for (const accept of file.unbound) listener.acceptLeft(accept, accept.exited ?? accept.entered);
    file.unbound = [];
  }

  /** At the end: when only one listener has arrivals but no acceptor, the accepts that have no listener are its. */
  private bindTheOnlyCandidate(): void {
    if (this.unbound.size === 0) return;
    const candidates = this.listeners.all.filter((listener) => listener.live && listener.files.size === 0);
    const known = this.listeners.all.filter((listener) => listener.live);
    const only =
      candidates.length === 1 ? candidates[0] : candidates.length === 0 && known.length === 1 ? known[0] : undefined;
    if (only === undefined) return;
    for (const file of [...this.unbound]) this.bind(file, only);
  }

  departed(listener: Listener, departure: Departure): void {
    this.out.connection(connectionRow(this.nextConnection++, listener, departure));
  }

  private emit(listener: Listener): void {
    this.out.listener(listenerRow(listener));
    listener.queue.timeAtDepth.forEach((ns, depth) => {
      if (ns > 0) this.out.depth({ listener: listener.id, depth, ns });
    });
    for (const { tid, pid, comm, accepted, eagain, failed, blockedNs } of listener.acceptors.values()) {
      this.out.acceptor({ listener: listener.id, tid, pid, comm, accepted, eagain, failed, blocked_ns: blockedNs });
    }
  }

  private emitOrphans(file: OpenFile): void {
    const byTid = new Map<number, { pid: number; tid: number; comm: number; fd: number; accepted: number }>();
    for (const { pid, tid, comm } of file.unbound) {
      const row = byTid.get(tid) ?? { pid, tid, comm, fd: file.fd, accepted: 0 };
      row.accepted++;
      byTid.set(tid, row);
    }
    for (const row of byTid.values()) this.out.orphanAcceptor(row);
  }
}
