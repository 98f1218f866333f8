// What the fold knows at one instant, as plain data with interned ids: sockets, fd tables, calls, listeners and what waits in their queues.
import type { AcceptPath } from './accept-path.ts';
import type { Child } from './accept-queue.ts';
import type { Listener } from './listener.ts';
import type { OpenFile } from './open-files.ts';
import type { AcceptCall } from './queue-timeline.ts';
import type { Reading } from './readings.ts';

export interface SocketThen {
  /** Below 0: the capture leaves kernel addresses out. */
  readonly sk: number;
  readonly generation: number;
  readonly role: 'listener' | 'child' | 'client' | 'other';
  readonly state: number;
  readonly first: number;
  readonly last: number;
  readonly local: number | null;
  readonly remote: number | null;
  /** For a child: the listener whose queue it came to. */
  readonly listener: number | null;
}

export interface FileThen {
  readonly fd: number;
  readonly cloexec: boolean;
  readonly family: number | null;
  readonly type: number | null;
  /** The listener that it is. */
  readonly listener: number | null;
  /** It was accepted; from this listener if that is known. Which child the call took is known once the queues are. */
  readonly accepted: { readonly listener: number | null; readonly call: AcceptCall | null } | null;
}

/** The fds of a process that socket calls mentioned. */
export interface TableThen {
  /** Process; null where the capture tells of tasks alone. */
  readonly pid: number | null;
  readonly tid: number | null;
  readonly files: readonly FileThen[];
}

export interface CallThen {
  readonly tid: number;
  readonly name: string;
  readonly since: number;
  readonly fd: number | null;
  readonly listener: number | null;
}

export interface ListenerThen {
  readonly id: number;
  readonly endpoint: number | null;
  readonly family: number | null;
  /** Null: before the capture began. */
  readonly opened: number | null;
  readonly requested: number | null;
  readonly reading: Reading | null;
  readonly synced: boolean;
  readonly ambiguous: number;
  /** Tasks that called accept() on it. */
  readonly acceptors: readonly { readonly tid: number; readonly pid: number; readonly comm: number }[];
}

export interface QueueThen {
  readonly listener: number;
  readonly children: readonly Child[];
  /** At the head: connections that were there when the capture began. */
  readonly ahead: number;
  readonly accepts: readonly AcceptCall[];
  readonly unseenArrivals: number;
  readonly unseenAccepts: number;
}

export interface PathThen {
  readonly at: number;
  readonly listeners: readonly ListenerThen[];
  readonly sockets: readonly SocketThen[];
  readonly tables: readonly TableThen[];
  readonly calls: readonly CallThen[];
  /** Requests that a probe saw entering a SYN queue, and whose child has not shown up. */
  readonly requests: readonly {
    readonly local: number;
    readonly remote: number;
    readonly at: number;
    readonly listeners: readonly number[];
  }[];
  /** Accepts of listeners that are not known. */
  readonly acceptsUnbound: number;
}

const FD_CALLS: ReadonlySet<string> = new Set(['accept', 'accept4', 'listen', 'close', 'shutdown', 'bind', 'connect']);

function fileThen(fd: number, file: OpenFile, cloexec: boolean): FileThen {
  const { family, type, listener, acceptedVia, accepted } = file;
  return {
    fd,
    cloexec,
    family,
    type,
    listener: listener?.id ?? null,
    accepted: acceptedVia === null ? null : { listener: acceptedVia.listener?.id ?? null, call: accepted },
  };
}

function listenerThen(listener: Listener): ListenerThen {
  return {
    id: listener.id,
    endpoint: listener.endpoint,
    family: listener.family,
    opened: listener.opened_at,
    requested: listener.requested,
    reading: listener.readings.last,
    synced: listener.synced,
    ambiguous: listener.ambiguous,
    acceptors: [...listener.acceptors.values()].map(({ tid, pid, comm }) => ({ tid, pid, comm })),
  };
}

/** A fold that was brought to an instant; it is of no use for anything else afterwards. */
export class Instant {
  readonly known: PathThen;
  private readonly live: readonly Listener[];

  /** `reached`: listeners that a connection to an endpoint may have come to. */
  constructor(path: AcceptPath, at: number, reached: (endpoint: number) => readonly Listener[]) {
    const { calls, arrivals } = path;
    this.live = path.listeners.all.filter((listener) => listener.live);
    this.known = {
      at,
      listeners: this.live.map(listenerThen),
      sockets: [...arrivals.sockets.alive].map(([sk, life]) => ({
        sk,
        generation: life.generation,
        role: life.role,
        state: life.state,
        first: life.first,
        last: life.last,
        local: life.local,
        remote: life.remote,
        listener: arrivals.listenerOfChild.get(sk)?.id ?? null,
      })),
      tables: [...calls.filesTables].map(([key, table]) => ({
        pid: key >= 0 ? key : null,
        tid: key >= 0 ? null : -2 - key,
        files: [...table.entries()].map(([fd, { file, cloexec }]) => fileThen(fd, file, cloexec)),
      })),
      calls: [...calls.underWay()].map(([tid, call]) => ({
        tid,
        name: call.name,
        since: call.at,
        fd: FD_CALLS.has(call.name) && !Number.isNaN(call.a0) ? call.a0 : null,
        listener: call.file?.listener?.id ?? null,
      })),
      requests: [...arrivals.queuedSyns.waiting()].map(([local, remote, since]) => ({
        local,
        remote,
        at: since,
        listeners: reached(local).map(({ id }) => id),
      })),
      acceptsUnbound: path.acceptsUnbound,
    };
    for (const listener of this.live) listener.stopAt(at);
  }

  /** The queues, once what follows up to DECIDED_NS later was folded. `ahead` tells what later events showed of a queue's begin. */
  queues(ahead: (listener: number) => number | undefined): QueueThen[] {
    return this.live.map((listener) => {
      const { queue, accepts } = listener.queueThen(ahead(listener.id));
      return {
        listener: listener.id,
        children: queue.waiting,
        ahead: queue.unknownAhead,
        accepts: [...accepts],
        unseenArrivals: queue.unseenArrivals,
        unseenAccepts: queue.unseenAccepts,
      };
    });
  }
}
