// Socket events: listeners come and go, children are made and enqueued, clients connect and retry.
import type { EventBatch } from '../event/event-batch.ts';
import { eventCode } from '../event/event-type.ts';
import { TCP_CLOSE, TCP_ESTABLISHED, TCP_LISTEN, TCP_SYN_RECV, TCP_SYN_SENT } from '../kernel/tcp-state.ts';
import type { Child } from './accept-queue.ts';
import type { Arriving } from './arriving.ts';
import { Clients } from './clients.ts';
import type { Listener } from './listener.ts';
import { type ListenerActions, ListenerLives } from './listener-lives.ts';
import type { Listeners } from './listeners.ts';
import { QueuedSyns } from './queued-syns.ts';
import { Refusals } from './refusals.ts';
import type { RowSink } from './rows.ts';
import { SocketIdentity } from './socket-identity.ts';
import { Sockets } from './sockets.ts';
import type { TaskCalls } from './task-calls.ts';

const SET_STATE = eventCode('inet_sock_set_state');
const DATA_READY = eventCode('sk_data_ready');
const RETRANSMIT_SKB = eventCode('tcp_retransmit_skb');
const RETRANSMIT_SYNACK = eventCode('tcp_retransmit_synack');
const KFREE_SKB = eventCode('kfree_skb');
const SYN_QUEUED = eventCode('syn_queued');
const IPPROTO_TCP = 6;

export interface ArrivalOptions extends ListenerActions {
  readonly hasDataReady: boolean;
  readonly overflowReason: (id: number) => boolean;
}

export class Arrivals {
  readonly sockets: Sockets;
  private readonly refusals = new Refusals();
  private readonly clients = new Clients(this.refusals);
  private readonly identity: SocketIdentity;
  readonly queuedSyns = new QueuedSyns();
  private readonly arriving = new Map<number, Arriving>();
  private readonly arrivingOnCpu = new Map<number, Arriving>();
  /** The listener that a live child was enqueued at. */
  readonly listenerOfChild = new Map<number, Listener>();
  private readonly listeners: Listeners;
  private readonly calls: TaskCalls;
  private readonly out: RowSink;
  private readonly options: ArrivalOptions;
  private readonly lives: ListenerLives;

  constructor(listeners: Listeners, calls: TaskCalls, out: RowSink, options: ArrivalOptions) {
    this.listeners = listeners;
    this.calls = calls;
    this.out = out;
    this.options = options;
    this.identity = new SocketIdentity(listeners, calls, options);
    this.sockets = new Sockets(out);
    this.lives = new ListenerLives(listeners, this.sockets, calls, options);
  }

  /** Events that lack an argument which the rules need (a damaged format) change nothing. */
  apply(batch: EventBatch, row: number): void {
    if (this.refusals.areMany) this.refusals.emitSettled(this.out, batch.at[row]);
    const { args } = batch;
    const a0 = args[0];
    const a1 = args[1];
    const a2 = args[2];
    const a3 = args[3];
    const a4 = args[4];
    const a5 = args[5];
    switch (batch.type[row]) {
      case SET_STATE:
        if (a5[row] === IPPROTO_TCP && a1[row] !== a2[row] && !Number.isNaN(a1[row] + a2[row] + a3[row] + a4[row]))
          this.setState(
            batch,
            row,
            Number.isNaN(a0[row]) ? this.identity.ofStateChange(batch, row) : a0[row],
            a1[row],
            a2[row],
            a3[row],
            a4[row],
          );
        return;
      case DATA_READY:
        if (!Number.isNaN(a0[row])) this.dataReady(a0[row], batch.cpu[row], batch.at[row]);
        return;
      case RETRANSMIT_SKB:
        if (a1[row] === TCP_SYN_SENT && !Number.isNaN(a2[row] + a3[row])) {
          const sk = Number.isNaN(a0[row]) ? this.identity.ofRetransmit(a2[row], a3[row]) : a0[row];
          this.synRetransmitted(sk, batch.at[row], a2[row], a3[row]);
        }
        return;
      case RETRANSMIT_SYNACK: {
        const listener = Number.isNaN(a0[row]) ? this.identity.onlyOneAt(a2[row]) : this.listeners.withSk(a0[row]);
        if (listener !== undefined) listener.synackRetransmits++;
        return;
      }
      case SYN_QUEUED:
        this.queuedSyns.add(a1[row], a2[row], batch.at[row]);
        return;
      case KFREE_SKB:
        if (this.options.overflowReason(a1[row])) this.ackDropped(a0[row], batch.at[row]);
        return;
      default:
        return;
    }
  }

  /** A probe saw the kernel refuse a SYN or a final ACK for a full accept queue of this length. */
  refused(listener: Listener, kind: 'syn' | 'ack', at: number, length: number): void {
    const depth = Number.isNaN(length) ? null : length;
    const sample = { at, low: depth, high: depth };
    this.refusals.add({ kind, listener, sample, noticed: at, client: null, evidence: 'decision' });
  }

  /** Ends the clients' accounts; to be called before the listeners' accounts end. */
  finishClients(at: number): void {
    this.clients.finish(at);
  }

  /** Hands out what waited for the listeners' accounts to end. */
  finish(): void {
    this.refusals.finish(this.out);
    this.sockets.finish();
  }

  /** The endpoint that a socket listened (or tried to listen) at. */
  endpointOfListen(sk: number): number | null {
    return this.sockets.get(sk)?.local ?? null;
  }

  private setState(
    batch: EventBatch,
    row: number,
    sk: number,
    from: number,
    to: number,
    local: number,
    remote: number,
  ): void {
    const at = batch.at[row];
    if (from === TCP_CLOSE && to === TCP_LISTEN) this.lives.started(batch.tid[row], sk, at, local);
    else if (from === TCP_LISTEN && to === TCP_CLOSE) this.lives.stopped(batch.tid[row], sk, at, local, remote);
    else if (from === TCP_LISTEN && to === TCP_SYN_RECV) this.childMade(batch.cpu[row], sk, at, local, remote);
    else if (from === TCP_CLOSE && to === TCP_SYN_SENT) this.clientConnects(sk, at, local, remote);
    else {
      this.sockets.moved(sk, at, to, local, remote);
      if (from === TCP_SYN_SENT && to === TCP_ESTABLISHED) this.clients.connected(sk, at, local, remote);
      else if (from === TCP_SYN_RECV && to === TCP_ESTABLISHED)
        this.childEstablished(batch.cpu[row], sk, at, local, remote);
      else this.childMoved(batch.tid[row], sk);
      if (to === TCP_CLOSE) this.socketClosed(sk, at);
    }
  }

  /** tcp_v4_syn_recv_sock: the child appears as a copy of the listener, LISTEN → SYN_RECV. */
  private childMade(cpu: number, sk: number, at: number, local: number, remote: number): void {
    this.sockets.born(sk, 'child', at, TCP_SYN_RECV, local, remote);
    this.clients.forget(sk, at);
    this.listenerOfChild.delete(sk);
    const candidates = this.identity.reachedBy(local);
    const arriving: Arriving = { sk, local, remote, established: false, at, candidates, child: null, enqueuedAt: null };
    this.arriving.set(sk, arriving);
    this.arrivingOnCpu.set(cpu, arriving);
  }

  /** tcp_rcv_state_process: SYN_RECV → ESTABLISHED. The child is in the accept queue already. */
  private childEstablished(cpu: number, sk: number, at: number, local: number, remote: number): void {
    if (this.clients.has(sk)) return; // a simultaneous open
    const known = this.arriving.get(sk);
    this.arriving.delete(sk);
    if (known?.enqueuedAt) return; // fast open: enqueued when it was made
    const candidates =
      known !== undefined && known.candidates.length > 0 ? known.candidates : this.identity.reachedBy(local);
    const arriving: Arriving = known ?? {
      sk,
      local,
      remote,
      established: true,
      at,
      candidates,
      child: null,
      enqueuedAt: null,
    };
    arriving.established = true;
    arriving.at = at;
    arriving.remote = remote;
    arriving.candidates = candidates.filter((listener) => listener.live);
    this.arrivingOnCpu.set(cpu, arriving);
    if (arriving.candidates.length === 1) this.enqueue(arriving, arriving.candidates[0], local);
    else if (!this.options.hasDataReady) {
      if (arriving.candidates.length === 0) this.enqueue(arriving, this.lives.unknown(local), local);
      else for (const listener of arriving.candidates) listener.ambiguous++;
    }
  }

  /** sk_data_ready: on the listener right after the child's change; on anything else it is of no interest. */
  private dataReady(sk: number, cpu: number, at: number): void {
    const arriving = this.arrivingOnCpu.get(cpu);
    const listener = this.listeners.withSk(sk);
    if (arriving === undefined || arriving.sk === sk) {
      if (listener !== undefined && arriving === undefined) this.enqueueUnknownChild(listener, at);
      return;
    }
    if (listener !== undefined) {
      this.arrivingOnCpu.delete(cpu);
      if (arriving.enqueuedAt === listener) return;
      if (arriving.enqueuedAt !== null && arriving.child !== null && !arriving.enqueuedAt.withdraw(arriving.child))
        return;
      this.enqueue(arriving, listener, arriving.local);
      return;
    }
    if (!arriving.established) return; // a fast-open child whose listener is not known: wait for its state change
    this.arrivingOnCpu.delete(cpu);
    const found = arriving.enqueuedAt;
    if (found === null) this.listeners.setSk(this.adopt(arriving), sk);
    else if (found.sk === null) this.listeners.setSk(found, sk);
  }

  /** A listener of before the capture shows itself by its first arrival. */
  private adopt(arriving: Arriving): Listener {
    const listener = this.lives.unknown(arriving.local);
    this.enqueue(arriving, listener, arriving.local);
    return listener;
  }

  private enqueue(arriving: Arriving, listener: Listener, local: number): void {
    const client = this.clients.claim(local, arriving.remote, listener);
    const child: Child = {
      sk: arriving.sk,
      remote: arriving.remote,
      // a client elsewhere: as the kernel put its SYN into the SYN queue
      syn_at: client?.syn_at ?? this.queuedSyns.claim(local, arriving.remote),
      syns: client?.syns ?? null,
      enqueued_at: arriving.at,
      depth: 0,
      in_flight: 0,
    };
    arriving.child = child;
    if (listener.port === 0) this.listeners.setEndpoint(listener, local, this.options.endpoint(local)); // bound by listen() itself
    arriving.enqueuedAt = listener;
    this.listenerOfChild.set(arriving.sk, listener);
    listener.enqueue(child);
  }

  /** The listener was woken, but the child's own events are missing (lost, migrated, or of another protocol on top). */
  private enqueueUnknownChild(listener: Listener, at: number): void {
    listener.enqueue({ sk: null, remote: null, syn_at: null, syns: null, enqueued_at: at, depth: 0, in_flight: 0 });
  }

  /** A child that changes state inside its owner's close() or shutdown() shows which listener the owner accepted it from. */
  private childMoved(tid: number, sk: number): void {
    const listener = this.listenerOfChild.get(sk);
    if (listener === undefined || !listener.live) return;
    const call = this.calls.current(tid);
    if (call === undefined || (call.name !== 'close' && call.name !== 'shutdown')) return;
    const via = call.file?.acceptedVia;
    if (via != null && via.listener === null) this.options.bind(via, listener);
  }

  private socketClosed(sk: number, at: number): void {
    this.listenerOfChild.delete(sk);
    this.arriving.delete(sk);
    this.clients.forget(sk, at);
    this.sockets.died(sk);
  }

  private clientConnects(sk: number, at: number, local: number, remote: number): void {
    this.sockets.born(sk, 'client', at, TCP_SYN_SENT, local, remote);
    this.clients.forget(sk, at);
    this.clients.synSent(sk, at, remote, this.listeners.reachedBy(this.options.endpoint(remote)));
  }

  private synRetransmitted(sk: number, at: number, local: number, remote: number): void {
    const client = this.clients.get(sk);
    if (client !== undefined)
      this.clients.synRetransmitted(client, at, local, this.listeners.reachedBy(this.options.endpoint(remote)));
  }

  /** tcp_v4_syn_recv_sock refused a final ACK: kfree_skb with reason TCP_LISTEN_OVERFLOW names the listener. */
  private ackDropped(sk: number, at: number): void {
    const listener = this.listeners.withSk(sk);
    if (listener !== undefined)
      this.refusals.add({
        kind: 'ack',
        listener,
        sample: listener.sample(at),
        noticed: at,
        client: null,
        evidence: 'client',
      });
  }
}
