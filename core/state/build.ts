// Makes "acceptq.state/1" of what the fold knows at an instant: names instead of ids, bounds where something is not known.

import { tcpStateName } from '../event/tcp-state-name.ts';
import type { Names } from '../event/trace-event.ts';
import type { Child } from '../projection/accept-queue.ts';
import type { FileThen, ListenerThen, PathThen, QueueThen, TableThen } from '../projection/instant.ts';
import type {
  AcceptorState,
  AcceptQueueState,
  FileState,
  ListenerState,
  SocketState,
  State,
  TaskState,
  WaitingConnection,
} from './model.ts';

/** What is known of an instant from elsewhere than the fold. */
export interface StateContext {
  readonly version: string;
  readonly names: Names;
  /** The name of a task, or of any task of a process; null: none is known. */
  readonly commOfTid: (tid: number) => string | null;
  readonly commOfPid: (pid: number) => string | null;
  readonly instant: State['instant'];
  readonly sysctls: State['sysctls'];
  readonly counters: State['counters'];
  readonly confidence: Omit<State['confidence'], 'accepts_unbound'>;
  /** The capture's probes show accept(), arrivals, requests entering a SYN queue. */
  readonly sees: { readonly accepts: boolean; readonly arrivals: boolean; readonly requests: boolean };
  /** Records are missing, so that figures are estimates. */
  readonly incomplete: boolean;
}

/** A listener and its queue; `queue` null: nothing has shown it yet. */
export interface ListenerPart {
  readonly listener: ListenerThen;
  readonly queue: QueueThen;
}

const FAMILIES: Readonly<Record<number, 'inet' | 'inet6' | 'unix'>> = { 1: 'unix', 2: 'inet', 10: 'inet6' };

const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value);

class Builder {
  private readonly of: StateContext;
  private readonly known: PathThen;

  constructor(context: StateContext, known: PathThen) {
    this.of = context;
    this.known = known;
  }

  private endpoint(id: number | null): string | null {
    return id === null ? null : this.of.names.endpoint(id);
  }

  private sk(id: number | null): string | null {
    return id === null || id < 0 ? null : this.of.names.socket(id);
  }

  private waiting(child: Child | null): WaitingConnection {
    return {
      client: this.endpoint(child?.remote ?? null),
      sk: this.sk(child?.sk ?? null),
      enqueued_at_ns: child?.enqueued_at ?? null,
      waiting_ns: child === null ? null : Math.max(0, this.known.at - child.enqueued_at),
      syn_at_ns: child?.syn_at ?? null,
    };
  }

  private acceptQueue({ listener, queue }: ListenerPart): AcceptQueueState {
    const { sees, incomplete } = this.of;
    const length = queue.ahead + queue.children.length;
    const taken = queue.accepts.filter(({ applied }) => applied).length;
    const gone = queue.unseenArrivals + queue.unseenAccepts + listener.ambiguous;
    const bound = !(sees.accepts && sees.arrivals)
      ? 'unknown'
      : incomplete || gone > 0 || this.known.acceptsUnbound > 0
        ? 'estimate'
        : listener.synced
          ? 'exact'
          : 'lower';
    return {
      length,
      low: bound === 'exact' || bound === 'lower' ? Math.max(0, length - (queue.accepts.length - taken)) : 0,
      // an accept() under way may have taken its connection later than this says
      high: bound === 'exact' ? length + taken : null,
      bound,
      ...this.limit(listener),
      waiting: [...Array<null>(queue.ahead).fill(null), ...queue.children].map((child) => this.waiting(child)),
    };
  }

  private limit({ reading, requested }: ListenerThen): Pick<AcceptQueueState, 'limit' | 'limit_basis'> {
    if (reading !== null && !Number.isNaN(reading.maxAckBacklog))
      return { limit: reading.maxAckBacklog, limit_basis: 'read' };
    if (requested === null) return { limit: null, limit_basis: null };
    const asked = requested >>> 0; // as listen() compares it
    const somaxconn = this.of.sysctls.find(({ name }) => name === 'net.core.somaxconn')?.value;
    return somaxconn === undefined
      ? { limit: asked, limit_basis: 'requested' }
      : { limit: Math.min(asked, somaxconn), limit_basis: 'clamped' };
  }

  private acceptors({ listener, queue }: ListenerPart): AcceptorState[] {
    const calls = new Map(this.known.calls.map((call) => [call.tid, call]));
    const comm = (id: number, tid: number): string | null =>
      id < 0 ? this.of.commOfTid(tid) : this.of.names.string(id);
    const inAccept = queue.accepts.map((call) => ({
      tid: call.tid,
      pid: call.pid < 0 ? null : call.pid,
      comm: comm(call.comm, call.tid),
      call: calls.get(call.tid)?.name ?? 'accept',
      since_ns: call.entered,
      taken: call.applied,
    }));
    const others = listener.acceptors
      .filter(({ tid }) => !queue.accepts.some((call) => call.tid === tid))
      .map(({ tid, pid, comm: id }) => ({
        tid,
        pid: pid < 0 ? null : pid,
        comm: comm(id, tid),
        call: calls.get(tid)?.name ?? null,
        since_ns: calls.get(tid)?.since ?? null,
        taken: false,
      }));
    return [...inAccept, ...others];
  }

  private fds(id: number): ListenerState['fds'] {
    return this.known.tables.flatMap(({ pid, tid, files }) =>
      files.filter(({ listener }) => listener === id).map(({ fd }) => ({ pid, tid, fd })),
    );
  }

  listener(part: ListenerPart): ListenerState {
    const { id, reading, ...listener } = part.listener;
    return {
      id,
      address: this.endpoint(listener.endpoint),
      family: listener.family === null ? null : (FAMILIES[listener.family] ?? null),
      opened_at_ns: listener.opened,
      backlog_requested: listener.requested,
      accept_queue: this.acceptQueue(part),
      syn_queue: {
        requests: this.of.sees.requests
          ? this.known.requests
              .filter(({ listeners }) => listeners.includes(id))
              .map(({ remote, at }) => ({ client: this.of.names.endpoint(remote), queued_at_ns: at }))
          : null,
      },
      acceptors: this.acceptors(part),
      fds: this.fds(id),
      reading:
        reading === null
          ? null
          : {
              at_ns: reading.at,
              sk_ack_backlog: orNull(reading.ackBacklog),
              sk_max_ack_backlog: orNull(reading.maxAckBacklog),
              sk_drops: orNull(reading.drops),
              syn_queue_len: orNull(reading.synQueueLen),
            },
    };
  }

  sockets(): SocketState[] {
    return this.known.sockets.map(({ sk, generation, role, state, first, last, local, remote, listener }) => ({
      sk: this.sk(sk),
      generation,
      role,
      state: tcpStateName(state),
      since_ns: first,
      changed_at_ns: last,
      local: this.endpoint(local),
      remote: this.endpoint(remote),
      listener,
    }));
  }

  private file({ fd, cloexec, family, type, listener, accepted }: FileThen): FileState {
    const child = accepted?.call?.child ?? null;
    return {
      fd,
      kind: listener !== null ? 'listener' : accepted !== null ? 'connection' : family !== null ? 'socket' : 'unknown',
      listener: listener ?? accepted?.listener ?? null,
      family,
      type,
      client: this.endpoint(child?.remote ?? null),
      sk: this.sk(child?.sk ?? null),
      cloexec,
    };
  }

  private task({ pid, tid, files }: TableThen): TaskState {
    const comm = pid !== null ? this.of.commOfPid(pid) : tid !== null ? this.of.commOfTid(tid) : null;
    return { pid, tid, comm, files: files.map((file) => this.file(file)).sort((a, b) => a.fd - b.fd) };
  }

  tasks(): TaskState[] {
    return this.known.tables.filter(({ files }) => files.length > 0).map((table) => this.task(table));
  }

  calls(): State['calls'] {
    return this.known.calls.map(({ tid, name, since, fd, listener }) => ({
      tid,
      comm: this.of.commOfTid(tid),
      call: name,
      fd,
      listener,
      since_ns: since,
    }));
  }
}

/** Same input, same state. */
export function buildState(context: StateContext, known: PathThen, parts: readonly ListenerPart[]): State {
  const builder = new Builder(context, known);
  return {
    schema: 'acceptq.state/1',
    generated_by: `acceptq ${context.version}`,
    instant: context.instant,
    listeners: parts.map((part) => builder.listener(part)),
    sockets: builder.sockets(),
    tasks: builder.tasks(),
    calls: builder.calls(),
    sysctls: context.sysctls,
    counters: context.counters,
    confidence: { ...context.confidence, accepts_unbound: known.acceptsUnbound },
  };
}
