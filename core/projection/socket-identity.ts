// Which socket an event is about when the capture leaves the kernel's address out, by what else is known of listeners and calls.
import type { Endpoint } from '../event/dictionary.ts';
import type { EventBatch } from '../event/event-batch.ts';
import { TCP_CLOSE, TCP_LISTEN } from '../kernel/tcp-state.ts';
import { AnonymousSockets } from './anonymous-sockets.ts';
import type { Listener } from './listener.ts';
import type { Listeners } from './listeners.ts';
import type { TaskCalls } from './task-calls.ts';

export interface IdentityOptions {
  readonly endpoint: (id: number) => Endpoint;
  /** Each arrival names its listener's address. */
  readonly hasDataReady: boolean;
}

const isAnonymous = (listener: Listener): boolean => listener.sk !== null && listener.sk < 0;

export class SocketIdentity {
  private readonly anonymous = new AnonymousSockets();
  private readonly listeners: Listeners;
  private readonly calls: TaskCalls;
  private readonly options: IdentityOptions;

  constructor(listeners: Listeners, calls: TaskCalls, options: IdentityOptions) {
    this.listeners = listeners;
    this.calls = calls;
    this.options = options;
  }

  /** The stand-in for the socket of an inet_sock_set_state. */
  ofStateChange(batch: EventBatch, row: number): number {
    const [, from, to, local, remote] = batch.args;
    const tid = batch.tid[row];
    if (from[row] === TCP_LISTEN && to[row] === TCP_CLOSE) {
      const ending = this.endingListener(tid, local[row]);
      if (ending !== null) return ending;
    }
    return this.anonymous.ofStateChange(from[row], to[row], local[row], remote[row], tid, batch.cpu[row], this);
  }

  /** The endpoint has a port yet. */
  hasPort(endpoint: number): boolean {
    return this.options.endpoint(endpoint).port !== 0;
  }

  /** The client that sent a SYN again. */
  ofRetransmit(local: number, remote: number): number {
    return this.anonymous.ofRetransmit(local, remote);
  }

  /** The listener at an endpoint, when there is one alone. */
  onlyOneAt(local: number): Listener | undefined {
    if (Number.isNaN(local)) return undefined;
    const reached = this.listeners.reachedBy(this.options.endpoint(local));
    return reached.length === 1 ? reached[0] : undefined;
  }

  /** Listeners that a connection to this endpoint may have reached; without addresses also one whose port listen() chose. */
  reachedBy(local: number): readonly Listener[] {
    const endpoint = this.options.endpoint(local);
    const reached = this.listeners.reachedBy(endpoint);
    if (reached.length > 0 || this.options.hasDataReady) return reached;
    const portless = this.listeners.reachedBy({ ...endpoint, port: 0 });
    return portless.length === 1 ? portless : [];
  }

  /** The listener that goes LISTEN → CLOSE: the one of a listen() that fails; else, where listen() chose the port, the only one there. */
  private endingListener(tid: number, local: number): number | null {
    const call = this.calls.current(tid);
    if (call?.name === 'listen' && call.listenSk !== null) {
      this.anonymous.ended(local, call.listenSk);
      return call.listenSk;
    }
    if (this.anonymous.hasListener(local)) return null;
    const { port } = this.options.endpoint(local);
    const onPort = this.listeners.onPort(port).filter(isAnonymous);
    const portless = onPort.length > 0 ? onPort : this.listeners.onPort(0).filter(isAnonymous);
    return portless.length === 1 ? portless[0].sk : null;
  }
}
