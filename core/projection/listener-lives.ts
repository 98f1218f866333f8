// Begin and end of listeners, as their state changes show them: CLOSE → LISTEN and LISTEN → CLOSE.
import type { Endpoint } from '../event/dictionary.ts';
import { TCP_CLOSE, TCP_LISTEN } from '../kernel/tcp-state.ts';
import type { Listener } from './listener.ts';
import type { Listeners } from './listeners.ts';
import type { OpenFile } from './open-files.ts';
import type { Sockets } from './sockets.ts';
import type { TaskCalls } from './task-calls.ts';

/** What the fold over the whole path does for its parts. */
export interface ListenerActions {
  readonly endpoint: (id: number) => Endpoint;
  /** `censored`: it is older than the capture. */
  readonly newListener: (at: number, censored: boolean) => Listener;
  readonly closeListener: (listener: Listener, at: number) => void;
  readonly bind: (file: OpenFile, listener: Listener) => void;
}

export class ListenerLives {
  private readonly listeners: Listeners;
  private readonly sockets: Sockets;
  private readonly calls: TaskCalls;
  private readonly actions: ListenerActions;

  constructor(listeners: Listeners, sockets: Sockets, calls: TaskCalls, actions: ListenerActions) {
    this.listeners = listeners;
    this.sockets = sockets;
    this.calls = calls;
    this.actions = actions;
  }

  /** inet_csk_listen_start: CLOSE → LISTEN in the caller's context. */
  started(tid: number, sk: number, at: number, local: number): void {
    const old = this.listeners.withSk(sk);
    if (old !== undefined) this.actions.closeListener(old, at); // its end was not recorded
    const generation = this.sockets.born(sk, 'listener', at, TCP_LISTEN, local, null);
    const listener = this.actions.newListener(at, false);
    listener.generation = generation;
    this.place(listener, sk, local);
    const call = this.calls.current(tid);
    if (call?.name === 'listen') call.listenSk = sk;
  }

  /** LISTEN → CLOSE: close, shutdown, disconnect, or a listen() that failed after the state change. */
  stopped(tid: number, sk: number, at: number, local: number, remote: number): void {
    let listener = this.listeners.withSk(sk) ?? this.withoutSk(local);
    if (listener === undefined) {
      // a listener from before the capture that never had an arrival
      listener = this.actions.newListener(at, true);
      listener.generation = this.sockets.born(sk, 'listener', 0, TCP_LISTEN, local, null);
      this.place(listener, sk, local);
    }
    const call = this.calls.current(tid);
    if (call?.file?.listener === null && (call.name === 'close' || call.name === 'shutdown'))
      this.actions.bind(call.file, listener);
    if (local !== listener.endpoint) this.listeners.setEndpoint(listener, local, this.actions.endpoint(local));
    listener.failed = call?.name === 'listen' && call.listenSk === sk;
    this.actions.closeListener(listener, at);
    this.sockets.moved(sk, at, TCP_CLOSE, local, remote);
    this.sockets.died(sk);
  }

  /** A listener of before the capture that shows itself by an arrival at this address. */
  unknown(local: number): Listener {
    const listener = this.actions.newListener(0, true);
    this.listeners.setEndpoint(listener, local, this.actions.endpoint(local));
    return listener;
  }

  /** The one listener at this address whose kernel address nothing has shown so far. */
  private withoutSk(local: number): Listener | undefined {
    const found = this.listeners.reachedBy(this.actions.endpoint(local)).filter((listener) => listener.sk === null);
    return found.length === 1 ? found[0] : undefined;
  }

  private place(listener: Listener, sk: number, local: number): void {
    this.listeners.setSk(listener, sk);
    this.listeners.setEndpoint(listener, local, this.actions.endpoint(local));
  }
}
