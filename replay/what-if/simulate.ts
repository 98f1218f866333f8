// Replays a workload in the model: the rules of the kernel's listen/accept path over a clock of events, with settings of one's own.
import { type KernelProfile, kernelProfile } from '../../core/kernel/profile.ts';
import { acceptQueueCapacity, skAcceptqIsFull } from '../../core/kernel/sk-acceptq-is-full.ts';
import type { Outcome } from '../workload/workload.ts';
import { ackAgain, afterSyn } from './client-retries.ts';
import type { Counts } from './counts.ts';
import { EventHeap } from './event-heap.ts';
import { MemberQueue } from './member-queue.ts';
import { outcomeOf } from './outcome.ts';
import type { Prepared } from './prepared.ts';
import { type Acceptor, acceptorsOf, afterStalls } from './replay-acceptors.ts';
import { effectiveBacklogOf, type Settings } from './settings.ts';

const SYN = 0;
const FINAL_ACK = 1;
const READY = 2;
const SLOT = 3;

const DEFAULT_WAKE_NS = 30_000;

export class Replay {
  readonly #prepared: Prepared;
  readonly #settings: Settings;
  readonly #profile: KernelProfile;
  readonly #limit: number;
  readonly #queues: MemberQueue[];
  readonly #acceptors: Acceptor[];
  readonly #events = new EventHeap();
  /** Of each connection: first SYN, last SYN, SYNs sent, when its request was made, tries of its final ACK, its slot, its place in the queue. */
  readonly #first: Float64Array;
  readonly #last: Float64Array;
  readonly #sent: Uint8Array;
  readonly #requested: Float64Array;
  /** Answered by a cookie: no request waits. */
  readonly #cookie: Uint8Array;
  readonly #acks: Uint8Array;
  readonly #slotOf: Int32Array;
  /** Of a closed client's connection, where it is among the recorded ones. */
  readonly #place: Int32Array;
  readonly #enqueuedAt: Float64Array;
  readonly #thought: Int32Array;
  readonly counts: Counts;
  /** When the clients stop. */
  readonly #stop: number;
  #made = 0;
  /** Closed: connections that slots have begun or will. */
  #planned: number;

  constructor(prepared: Prepared, settings: Settings) {
    const profile = kernelProfile(settings.kernel);
    if (profile === null) throw new RangeError(`no kernel release: ${settings.kernel}`);
    this.#prepared = prepared;
    this.#settings = settings;
    this.#stop = prepared.workload.clients.stop_ns ?? Number.POSITIVE_INFINITY;
    this.#profile = profile;
    this.#limit = effectiveBacklogOf(settings, profile.backlogBits);
    this.#queues = Array.from({ length: settings.members }, () => new MemberQueue());
    this.#acceptors = acceptorsOf(prepared, settings);
    const { connections } = prepared;
    this.#planned = prepared.closed ? prepared.arrivals.length : 0;
    this.#first = new Float64Array(connections);
    this.#last = new Float64Array(connections);
    this.#sent = new Uint8Array(connections);
    this.#requested = new Float64Array(connections);
    this.#cookie = new Uint8Array(connections);
    this.#acks = new Uint8Array(connections);
    this.#slotOf = new Int32Array(prepared.closed ? connections : 0);
    this.#place = new Int32Array(prepared.closed ? connections : 0);
    this.#enqueuedAt = new Float64Array(connections);
    this.#thought = new Int32Array(prepared.closed ? prepared.arrivals.length : 0);
    this.counts = {
      arrivals: 0,
      enqueued: 0,
      accepted: 0,
      overflows: 0,
      retransmits: 0,
      gaveUp: 0,
      waits: new Float64Array(connections),
      connects: new Float64Array(connections),
      connected: 0,
      end: prepared.workload.duration_ns / settings.rate,
    };
  }

  /** Plays it to the end: until everyone got in or gave up. */
  run(): Outcome {
    const { arrivals, closed } = this.#prepared;
    const { rate } = this.#settings;
    const events = this.#events;
    this.#acceptors.forEach((acceptor, who) => {
      events.push(afterStalls(acceptor.stalls, acceptor.of.ready), READY, who);
    });
    let next = 0;
    for (;;) {
      const arrival = next < arrivals.length ? arrivals[next] / rate : Number.POSITIVE_INFINITY;
      const event = events.next;
      if (arrival === Number.POSITIVE_INFINITY && event === Number.POSITIVE_INFINITY) break;
      if (arrival <= event) {
        if (closed) this.#slot(next, arrival);
        else this.#come(this.#made++, arrival);
        next++;
        continue;
      }
      const { kind, who } = events;
      events.pop();
      if (event >= this.#stop && (kind === SYN || kind === SLOT)) {
        if (kind === SYN) this.counts.gaveUp++;
        continue;
      }
      if (event > this.counts.end) this.counts.end = event;
      if (kind === SYN) {
        this.counts.retransmits++;
        this.#syn(who, event);
      } else if (kind === FINAL_ACK) this.#finalAck(who, event);
      else if (kind === READY) this.#ready(who, event);
      else this.#slot(who, event);
    }
    for (const queue of this.#queues) queue.finish(this.counts.end);
    return outcomeOf(this.counts, this.#queues, acceptQueueCapacity(this.#limit));
  }

  /** A closed client's slot begins a connection. */
  #slot(slot: number, at: number): void {
    const connection = this.#made++;
    this.#slotOf[connection] = slot;
    const { thinkFrom } = this.#prepared;
    const own = thinkFrom[slot + 1] - thinkFrom[slot] + 1;
    this.#place[connection] = thinkFrom[slot] + slot + (this.#thought[slot] % own);
    this.#come(connection, at);
  }

  /** A slot's connection is over: it comes again after its think time, while the load has connections left; slots share them. */
  #slotEnded(connection: number, at: number): void {
    const { closed, think, thinkFrom, connections } = this.#prepared;
    if (!closed || at >= this.#stop || this.#planned >= connections) return;
    const slot = this.#slotOf[connection];
    const own = thinkFrom[slot + 1] - thinkFrom[slot];
    // a slot that outlives its own list goes on as it was
    const pause = own > 0 ? think[thinkFrom[slot] + (this.#thought[slot] % own)] : think[this.#planned % think.length];
    this.#planned++;
    this.#thought[slot]++;
    this.#events.push(at + pause / this.#settings.rate, SLOT, slot);
  }

  #come(connection: number, at: number): void {
    this.counts.arrivals++;
    this.#first[connection] = at;
    this.#syn(connection, at);
  }

  /** tcp_conn_request, in the kernel's order: SYN queue, accept queue, the quarter for proven clients. */
  #syn(connection: number, at: number): void {
    const queue = this.#queues[this.#memberOf(connection)];
    const { tcp_syncookies: cookies, tcp_max_syn_backlog: most } = this.#settings;
    this.#sent[connection]++;
    this.#last[connection] = at;
    const synQueueFull = cookies === 2 || this.#synQueueIsFull(queue);
    if (synQueueFull && cookies === 0) this.#unanswered(connection);
    else if (skAcceptqIsFull(queue.depth, this.#limit)) {
      this.counts.overflows++;
      this.#unanswered(connection);
    } else if (cookies === 0 && most - queue.qlen < most >> 2) this.#unanswered(connection);
    else {
      // a cookie leaves nothing behind
      if (!synQueueFull) queue.qlen++;
      this.#cookie[connection] = synQueueFull ? 1 : 0;
      this.#requested[connection] = at;
      const { handshake_ns: handshake } = this.#prepared.workload.clients;
      if (handshake === 0) this.#finalAck(connection, at);
      else this.#events.push(at + handshake, FINAL_ACK, connection);
    }
  }

  #synQueueIsFull({ qlen }: MemberQueue): boolean {
    switch (this.#profile.synQueueFull) {
      case '>backlog':
        return qlen > this.#limit;
      case '>=backlog':
        return qlen >= this.#limit;
      default: // a table of at least 16, twice the backlog's next power of two (reqsk_queue_alloc)
        return qlen >= 2 ** Math.ceil(Math.log2(Math.max(8, this.#limit) + 1));
    }
  }

  #unanswered(connection: number): void {
    const next = afterSyn(
      this.#prepared.retry,
      this.#first[connection],
      this.#last[connection],
      this.#sent[connection],
    );
    if (next.again) {
      this.#events.push(next.at, SYN, connection);
      return;
    }
    this.counts.gaveUp++;
    this.#slotEnded(connection, next.at);
  }

  /** tcp_v4_syn_recv_sock: the child, or an overflow; the client believes it is connected either way. */
  #finalAck(connection: number, at: number): void {
    const queue = this.#queues[this.#memberOf(connection)];
    const isFirst = this.#acks[connection]++ === 0;
    const { handshake_ns, follows } = this.#prepared.workload.clients;
    if (isFirst) {
      this.counts.connects[this.counts.connected++] = Math.max(0, at - handshake_ns / 2 - this.#first[connection]);
      if (follows === 'connected') this.#slotEnded(connection, at - handshake_ns / 2);
    }
    if (skAcceptqIsFull(queue.depth, this.#limit)) this.#ackRefused(queue, connection, at);
    else {
      if (this.#cookie[connection] === 0) queue.qlen--;
      this.#enqueue(queue, connection, at);
    }
  }

  /** The request stays and is reminded of by the SYN-ACK's timer and the client's data; or tcp_abort_on_overflow resets it. */
  #ackRefused(queue: MemberQueue, connection: number, at: number): void {
    this.counts.overflows++;
    const { clients } = this.#prepared.workload;
    const abort = this.#settings.tcp_abort_on_overflow !== 0;
    // who stops closes what it takes for a connection: its FIN acknowledges too
    const fin = at < this.#stop ? this.#stop : Number.POSITIVE_INFINITY;
    const next = abort || clients.resets ? Number.POSITIVE_INFINITY : Math.min(fin, this.#nextAck(connection, at));
    if (next !== Number.POSITIVE_INFINITY) {
      this.#events.push(next, FINAL_ACK, connection);
      return;
    }
    if (this.#cookie[connection] === 0) queue.qlen--;
    this.counts.gaveUp++;
    if (clients.follows === 'response') this.#slotEnded(connection, at);
  }

  #nextAck(connection: number, at: number): number {
    const { handshake_ns, speaks_first } = this.#prepared.workload.clients;
    return ackAgain({
      at,
      requested: this.#requested[connection],
      cookie: this.#cookie[connection] === 1,
      handshake: handshake_ns,
      speaksFirst: speaks_first,
      first: this.#profile.initialRtoMs * 1e6,
      retries: this.#settings.tcp_synack_retries,
    });
  }

  #enqueue(queue: MemberQueue, connection: number, at: number): void {
    queue.enqueue(connection, at);
    this.counts.enqueued++;
    this.#enqueuedAt[connection] = at;
    const who = queue.idle.shift();
    if (who === undefined) return;
    const acceptor = this.#acceptors[who];
    const { wake } = acceptor.of;
    const after = wake.length === 0 ? DEFAULT_WAKE_NS : wake[acceptor.wake++ % wake.length];
    this.#events.push(afterStalls(acceptor.stalls, at + after), READY, who);
  }

  /** An acceptor looks: it takes the oldest connection, or waits for one. */
  #ready(who: number, at: number): void {
    const acceptor = this.#acceptors[who];
    const queue = this.#queues[acceptor.member];
    if (queue.depth === 0) {
      queue.idle.push(who);
      return;
    }
    const connection = queue.dequeue(at);
    this.counts.waits[this.counts.accepted++] = at - this.#enqueuedAt[connection];
    if (this.#prepared.workload.clients.follows === 'response') this.#slotEnded(connection, at);
    const busy = this.#serviceOf(acceptor) * this.#settings.service_scale;
    this.#events.push(afterStalls(acceptor.stalls, at + busy), READY, who);
  }

  /** How long a connection keeps its acceptor busy: the next time of all, where acceptors are alike; else of its own. */
  #serviceOf(acceptor: Acceptor): number {
    const { pool } = this.#prepared;
    if (pool !== null) return pool[(this.counts.accepted - 1) % pool.length];
    const { service } = acceptor.of;
    return service.length === 0 ? 0 : service[acceptor.service++ % service.length];
  }

  #memberOf(connection: number): number {
    const { members } = this.#settings;
    if (members === 1) return 0;
    const recorded = this.#prepared.members;
    // the kernel's hash of the four-tuple is secret: any even spread will do
    const place = this.#prepared.closed ? this.#place[connection] : connection;
    return recorded.length > place && this.#prepared.workload.members === members
      ? recorded[place]
      : (Math.imul(connection + 1, 0x9e3779b1) >>> 8) % members;
  }
}
