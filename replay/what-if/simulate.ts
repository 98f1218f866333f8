// Replays a workload in the model: the rules of the kernel's listen/accept path over a clock of events, with settings of one's own.
import { kernelProfile } from '../../core/kernel/profile.ts';
import { acceptQueueCapacity, skAcceptqIsFull } from '../../core/kernel/sk-acceptq-is-full.ts';
import type { Outcome } from '../workload/workload.ts';
import type { Agenda } from './agenda.ts';
import { AckTimers, afterSyn } from './client-retries.ts';
import type { Counts } from './counts.ts';
import { MemberQueue } from './member-queue.ts';
import { outcomeOf } from './outcome.ts';
import type { Prepared } from './prepared.ts';
import { type Acceptor, acceptorsOf, afterStalls } from './replay-acceptors.ts';
import { AT_STOP, ackLane, FINAL_ACK, READY, SLOT, SYN, synLane } from './replay-events.ts';
import { ReplayMemory } from './replay-memory.ts';
import { effectiveBacklogOf, type Settings } from './settings.ts';
import { synQueueFullFrom } from './syn-queue-full.ts';

const NEVER = Number.POSITIVE_INFINITY;
const DEFAULT_WAKE_NS = 30_000;

export class Replay {
  readonly #prepared: Prepared;
  readonly #settings: Settings;
  readonly #limit: number;
  readonly #synQueueFull: number;
  readonly #queues: MemberQueue[];
  readonly #acceptors: Acceptor[];
  readonly #events: Agenda;
  readonly #ackTimers: AckTimers;
  readonly #of: ReplayMemory;
  readonly #thought: Int32Array;
  readonly counts: Counts;
  /** When the clients stop. */
  readonly #stop: number;
  #made = 0;
  /** Closed: connections that slots have begun or will. */
  #planned: number;

  /** @param memory to use again; it must fit and be clear. */
  constructor(prepared: Prepared, settings: Settings, memory = new ReplayMemory(prepared)) {
    const profile = kernelProfile(settings.kernel);
    if (profile === null) throw new RangeError(`no kernel release: ${settings.kernel}`);
    this.#prepared = prepared;
    this.#settings = settings;
    this.#stop = prepared.workload.clients.stop_ns ?? NEVER;
    this.#limit = effectiveBacklogOf(settings, profile.backlogBits);
    this.#synQueueFull = synQueueFullFrom(profile, this.#limit);
    this.#ackTimers = new AckTimers({
      handshake: prepared.workload.clients.handshake_ns,
      speaksFirst: prepared.workload.clients.speaks_first,
      first: profile.initialRtoMs * 1e6,
      retries: settings.tcp_synack_retries,
    });
    this.#queues = Array.from({ length: settings.members }, () => new MemberQueue());
    this.#acceptors = acceptorsOf(prepared, settings);
    this.#planned = prepared.closed ? prepared.arrivals.length : 0;
    this.#of = memory;
    this.#events = memory.events;
    this.#thought = new Int32Array(prepared.closed ? prepared.arrivals.length : 0);
    this.counts = {
      arrivals: 0,
      enqueued: 0,
      accepted: 0,
      overflows: 0,
      retransmits: 0,
      gaveUp: 0,
      waits: memory.waits,
      connects: memory.connects,
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

  /** Requests that the SYN queue of any member held at most. */
  get mostRequests(): number {
    return Math.max(...this.#queues.map((queue) => queue.mostRequests));
  }

  /** A closed client's slot begins a connection. */
  #slot(slot: number, at: number): void {
    const connection = this.#made++;
    this.#of.slot[connection] = slot;
    const { thinkFrom } = this.#prepared;
    const own = thinkFrom[slot + 1] - thinkFrom[slot] + 1;
    this.#of.place[connection] = thinkFrom[slot] + slot + (this.#thought[slot] % own);
    this.#come(connection, at);
  }

  /** A slot's connection is over: it comes again after its think time, while the load has connections left; slots share them. */
  #slotEnded(connection: number, at: number): void {
    const { closed, think, thinkFrom, connections } = this.#prepared;
    if (!closed || at >= this.#stop || this.#planned >= connections) return;
    const slot = this.#of.slot[connection];
    const own = thinkFrom[slot + 1] - thinkFrom[slot];
    // a slot that outlives its own list goes on as it was
    const pause = own > 0 ? think[thinkFrom[slot] + (this.#thought[slot] % own)] : think[this.#planned % think.length];
    this.#planned++;
    this.#thought[slot]++;
    this.#events.push(at + pause / this.#settings.rate, SLOT, slot);
  }

  #come(connection: number, at: number): void {
    this.counts.arrivals++;
    if (this.#prepared.closed) this.#of.first[connection] = at;
    this.#syn(connection, at);
  }

  /** When it sent its first SYN. */
  #firstOf(connection: number): number {
    const { closed, arrivals } = this.#prepared;
    return closed ? this.#of.first[connection] : arrivals[connection] / this.#settings.rate;
  }

  /** tcp_conn_request, in the kernel's order: SYN queue, accept queue, the quarter for proven clients. */
  #syn(connection: number, at: number): void {
    const queue = this.#queues[this.#memberOf(connection)];
    const { tcp_syncookies: cookies, tcp_max_syn_backlog: most } = this.#settings;
    this.#of.sent[connection]++;
    const synQueueFull = cookies === 2 || queue.qlen >= this.#synQueueFull;
    if (synQueueFull && cookies === 0) this.#unanswered(connection, at);
    else if (skAcceptqIsFull(queue.depth, this.#limit)) {
      this.counts.overflows++;
      this.#unanswered(connection, at);
    } else if (cookies === 0 && most - queue.qlen < most >> 2) this.#unanswered(connection, at);
    else {
      // a cookie leaves nothing behind
      if (!synQueueFull) queue.addRequest();
      this.#of.cookie[connection] = synQueueFull ? 1 : 0;
      this.#of.requested[connection] = at;
      const { handshake_ns: handshake } = this.#prepared.workload.clients;
      if (handshake === 0) this.#finalAck(connection, at);
      else this.#events.pushInto(ackLane(0, false), at + handshake, connection);
    }
  }

  #unanswered(connection: number, at: number): void {
    const sent = this.#of.sent[connection];
    const next = afterSyn(this.#prepared.retry, this.#firstOf(connection), at, sent);
    if (next.again) {
      this.#events.pushInto(synLane(sent), next.at, connection);
      return;
    }
    this.counts.gaveUp++;
    this.#slotEnded(connection, next.at);
  }

  /** tcp_v4_syn_recv_sock: the child, or an overflow; the client believes it is connected either way. */
  #finalAck(connection: number, at: number): void {
    const queue = this.#queues[this.#memberOf(connection)];
    const isFirst = this.#of.acks[connection]++ === 0;
    const { handshake_ns, follows } = this.#prepared.workload.clients;
    if (isFirst) {
      this.counts.connects[this.counts.connected++] = Math.max(0, at - handshake_ns / 2 - this.#firstOf(connection));
      if (follows === 'connected') this.#slotEnded(connection, at - handshake_ns / 2);
    }
    if (skAcceptqIsFull(queue.depth, this.#limit)) this.#ackRefused(queue, connection, at);
    else {
      if (this.#of.cookie[connection] === 0) queue.qlen--;
      this.#enqueue(queue, connection, at);
    }
  }

  /** The request stays and is reminded of by the SYN-ACK's timer and the client's data; or tcp_abort_on_overflow resets it. */
  #ackRefused(queue: MemberQueue, connection: number, at: number): void {
    this.counts.overflows++;
    const { clients } = this.#prepared.workload;
    const abort = this.#settings.tcp_abort_on_overflow !== 0;
    // who stops closes what it takes for a connection: its FIN acknowledges too
    const fin = at < this.#stop ? this.#stop : NEVER;
    const cookie = this.#of.cookie[connection] === 1;
    const own = abort || clients.resets ? NEVER : this.#ackTimers.again(at, this.#of.requested[connection], cookie);
    const next = abort || clients.resets ? NEVER : Math.min(fin, own);
    if (next !== NEVER) {
      const lane = next === fin ? AT_STOP : ackLane(this.#of.acks[connection], cookie);
      this.#events.pushInto(lane, next, connection);
      return;
    }
    if (!cookie) queue.qlen--;
    this.counts.gaveUp++;
    if (clients.follows === 'response') this.#slotEnded(connection, at);
  }

  #enqueue(queue: MemberQueue, connection: number, at: number): void {
    queue.enqueue(connection, at);
    this.counts.enqueued++;
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
      if (acceptor.owed === 0) queue.idle.push(who);
      else this.#busy(acceptor, who, at, 0);
      return;
    }
    const connection = queue.oldest;
    this.counts.waits[this.counts.accepted++] = at - queue.oldestAt;
    queue.dequeue(at);
    if (this.#prepared.workload.clients.follows === 'response') this.#slotEnded(connection, at);
    this.#busy(acceptor, who, at, this.#serviceOf(acceptor) * this.#settings.service_scale);
  }

  /** Until it looks again: what it just took, or, in an event loop, what it took the turn before. */
  #busy(acceptor: Acceptor, who: number, at: number, own: number): void {
    const time = acceptor.of.ahead === 0 ? own : acceptor.owed;
    acceptor.owed = acceptor.of.ahead === 0 ? 0 : own;
    this.#events.push(afterStalls(acceptor.stalls, at + time), READY, who);
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
    const place = this.#prepared.closed ? this.#of.place[connection] : connection;
    return recorded.length > place && this.#prepared.workload.members === members
      ? recorded[place]
      : (Math.imul(connection + 1, 0x9e3779b1) >>> 8) % members;
  }
}
