// Changes of state and wake-ups of sockets against the model: listeners start and stop, children are made and enqueued, clients retry.
import type { EventBatch } from '../../core/event/event-batch.ts';
import {
  TCP_CLOSE,
  TCP_ESTABLISHED,
  TCP_FIN_WAIT1,
  TCP_LAST_ACK,
  TCP_LISTEN,
  TCP_SYN_RECV,
  TCP_SYN_SENT,
} from '../../core/kernel/tcp-state.ts';
import type { Clients } from './clients.ts';
import type { ListenCalls } from './listen-calls.ts';
import type { QueueEvents } from './queue-events.ts';
import { reachedBy } from './reached-by.ts';
import type { Scene } from './scene.ts';
import type { SeenListener } from './seen-listener.ts';
import { StateEdges } from './state-edges.ts';

const IPPROTO_TCP = 6;

/** Where a child was enqueued; `index` counts the listener's children while their order is known. */
interface Parent {
  readonly listener: SeenListener;
  readonly index: number;
}

/** A child from LISTEN → SYN_RECV on, until its listener is woken. */
interface Arriving {
  readonly sk: number;
  readonly local: number;
  readonly position: number;
  readonly at: number;
  established: boolean;
  /** When the kernel looked whether there is room, before the child was made. */
  readonly room: boolean;
  queuedAt: SeenListener | null;
}

export class SocketEvents {
  readonly #scene: Scene;
  readonly #queue: QueueEvents;
  readonly #listens: ListenCalls;
  readonly #clients: Clients;
  readonly #states: StateEdges;
  readonly #arrivingOnCpu = new Map<number, Arriving>();
  readonly #parentOf = new Map<number, Parent>();
  /** CPUs on which anything was seen: what comes first may have begun before. */
  readonly #seenCpus = new Set<number>();

  constructor(scene: Scene, queue: QueueEvents, listens: ListenCalls, clients: Clients) {
    this.#scene = scene;
    this.#states = new StateEdges(scene);
    this.#queue = queue;
    this.#listens = listens;
    this.#clients = clients;
    queue.early = (listener) => this.#early(listener);
  }

  forget(): void {
    this.#states.forget();
    this.#arrivingOnCpu.clear();
    this.#parentOf.clear();
    this.#clients.forget();
  }

  setState(batch: EventBatch, row: number): void {
    const [a0, a1, a2, a3, a4, a5] = batch.args;
    const from = a1[row];
    const to = a2[row];
    const local = a3[row];
    const remote = a4[row];
    if (a5[row] !== IPPROTO_TCP || from === to) return;
    if (Number.isNaN(from + to + local + remote)) {
      this.#scene.undecided('state_edge', 'argument-missing');
      this.#scene.incomplete = true;
      return;
    }
    const sk = a0[row];
    this.#states.changed(sk, from, to);
    const cpu = batch.cpu[row];
    if (from === TCP_LISTEN && to === TCP_SYN_RECV) this.#childMade(cpu, sk, local, remote);
    else if (from === TCP_SYN_RECV && to === TCP_ESTABLISHED) this.#childEstablished(cpu, sk, local);
    else if (from === TCP_CLOSE && to === TCP_LISTEN) this.#listens.started(batch.tid[row], sk, local);
    else if (from === TCP_LISTEN && to === TCP_CLOSE) this.#listens.stopped(batch.tid[row], sk, local);
    else if (from === TCP_CLOSE && to === TCP_SYN_SENT) this.#clients.connects(batch.tid[row], sk, remote);
    else {
      if (from === TCP_SYN_SENT) this.#clients.leaves(sk);
      this.#childMoved(batch.tid[row], sk, to);
    }
    this.#seenCpus.add(cpu);
  }

  /** sk_data_ready: of interest on listeners, right after their child's change on the same CPU. */
  dataReady(sk: number, cpu: number): void {
    const scene = this.#scene;
    if (Number.isNaN(sk)) return;
    const arriving = this.#arrivingOnCpu.get(cpu);
    const listener = scene.bySk.get(sk) ?? this.#listens.startedNow(sk);
    if (listener === undefined) {
      if (arriving?.established && arriving.sk !== sk && arriving.queuedAt === null) this.#adopt(arriving, sk, cpu);
      return;
    }
    if (arriving === undefined || !arriving.established) {
      if (!scene.options.hasState || !this.#seenCpus.has(cpu)) scene.undecided('data_ready', 'state-unknown');
      else
        scene.lacks([
          'data_ready',
          'a child goes SYN_RECV to ESTABLISHED just before, on the same CPU',
          'the listener is woken without one',
          'an arrival whose events were filtered out or lost, or a connection that migrated from another listener',
          listener,
        ]);
      this.#queue.enqueue(listener, Number.NaN, listener.queue.local, false);
      return;
    }
    this.#arrivingOnCpu.delete(cpu);
    if (arriving.queuedAt === listener) scene.match('data_ready');
    else if (arriving.queuedAt === null) {
      scene.match('data_ready');
      this.#enqueue(arriving, listener);
    } else scene.undecided('data_ready', 'listener-unknown');
  }

  /** At the end of the capture, or before the CPU's next child: an arrival whose listener was not seen to be woken. */
  #notWoken(cpu: number): void {
    const arriving = this.#arrivingOnCpu.get(cpu);
    if (arriving === undefined) return;
    this.#arrivingOnCpu.delete(cpu);
    if (!arriving.established) return;
    const [listener, more] = reachedBy(this.#scene, arriving.local);
    if (arriving.queuedAt === null && listener !== undefined) this.#enqueue(arriving, listener);
    if (listener === undefined || more !== undefined) this.#scene.undecided('data_ready', 'listener-unknown');
    else
      this.#scene.lacks([
        'data_ready',
        'the listener is woken (sk_data_ready)',
        'it is not',
        'the event was lost, or a BPF program took the place of the listener',
        listener,
        { position: arriving.position, at: arriving.at, tid: -1 },
      ]);
  }

  finish(): void {
    // an arrival that the capture's end cuts off is no fault
    for (const arriving of this.#arrivingOnCpu.values())
      if (arriving.established) this.#scene.undecided('data_ready', 'state-unknown');
  }

  #childMade(cpu: number, sk: number, local: number, remote: number): void {
    const scene = this.#scene;
    if (scene.options.hasDataReady) this.#notWoken(cpu);
    const { at, position } = scene;
    const room = reachedBy(this.#scene, local).some((listener) => this.#queue.hadRoom(listener));
    this.#arrivingOnCpu.set(cpu, { sk, local, position, at, established: false, room, queuedAt: null });
    this.#parentOf.delete(sk);
    const shown = scene.options.endpoint(remote).port !== 0;
    if (shown === scene.profile.childTupleBeforeState) scene.match('child_tuple');
    else
      scene.diverge(
        'child_tuple',
        `the peer is ${scene.profile.childTupleBeforeState ? 'known' : 'not known yet'} at LISTEN to SYN_RECV`,
        shown ? 'it is there' : 'it is not',
        `a kernel ${scene.profile.childTupleBeforeState ? 'before' : 'since'} 6.15`,
        null,
      );
  }

  #childEstablished(cpu: number, sk: number, local: number): void {
    const scene = this.#scene;
    if (this.#clients.has(sk)) return; // a simultaneous open
    let arriving = this.#arrivingOnCpu.get(cpu);
    if (arriving === undefined || arriving.sk !== sk || (Number.isNaN(sk) && arriving.established)) {
      // fast open, or the beginning was not seen
      const { at, position } = scene;
      arriving = { sk, local, position, at, established: true, room: false, queuedAt: null };
      this.#arrivingOnCpu.set(cpu, arriving);
      scene.undecided('child_made', 'state-unknown');
    } else {
      arriving.established = true;
      this.#parent(arriving);
    }
    if (scene.options.hasDataReady) return;
    this.#arrivingOnCpu.delete(cpu);
    const reached = reachedBy(this.#scene, arriving.local);
    if (arriving.queuedAt !== null) return;
    if (reached.length === 1) this.#enqueue(arriving, reached[0]);
    else if (reached.length === 0) this.#adopt(arriving, Number.NaN, cpu);
    else for (const listener of reached) this.#confused(listener);
  }

  /** A child needs a parent at its address. */
  #parent(arriving: Arriving): void {
    const scene = this.#scene;
    if (reachedBy(this.#scene, arriving.local).length > 0 || this.#listens.anyStarting()) scene.match('child_made');
    else scene.undecided('child_made', 'listener-unknown');
  }

  /** More than one listener may have got the connection: the length of each is not known any more. */
  #confused(listener: SeenListener): void {
    listener.queue.known = false;
    listener.order = null;
    this.#scene.undecided('acceptq_full', 'listener-unknown');
  }

  /** A listener from before the capture shows itself by an arrival. */
  #adopt(arriving: Arriving, sk: number, cpu: number): void {
    const scene = this.#scene;
    this.#arrivingOnCpu.delete(cpu);
    let world = scene.world;
    const { port } = scene.options.endpoint(arriving.local);
    let file = world.listenerOfBefore(scene.addr(arriving.local), port);
    if (file === null) {
      world = scene.otherWorld();
      file = world.listenerOfBefore(scene.addr(arriving.local), port);
    }
    scene.undecided('data_ready', 'listener-unknown');
    if (file === null) return;
    const { local } = arriving;
    const listener = scene.addListener({ sk, world, file, local, requested: null, limitKnown: false, known: false });
    this.#enqueue(arriving, listener);
  }

  #enqueue(arriving: Arriving, listener: SeenListener): void {
    arriving.queuedAt = listener;
    if (!Number.isNaN(arriving.sk)) {
      const index = listener.order === null ? Number.NaN : listener.orderBase + listener.order.length;
      this.#parentOf.set(arriving.sk, { listener, index });
    }
    this.#queue.enqueue(listener, arriving.sk, this.#scene.addr(arriving.local), arriving.room);
  }

  /** A child on some CPU is in the queue before its change of state is recorded: tcp_check_req queues it first. */
  #early(listener: SeenListener): boolean {
    for (const arriving of this.#arrivingOnCpu.values()) {
      if (arriving.queuedAt !== null) continue;
      const reached = reachedBy(this.#scene, arriving.local);
      if (!reached.includes(listener) || (reached.length > 1 && !this.#scene.options.hasDataReady)) continue;
      this.#enqueue(arriving, listener);
      return true;
    }
    return false;
  }

  /** Only a file's owner says FIN: somebody accepted this child before. */
  #ownerCloses({ listener, index }: Parent): void {
    const scene = this.#scene;
    const { queue } = listener;
    if (!listener.live || listener.order === null || !queue.known || !(index >= listener.orderBase)) return;
    if (index < listener.orderBase + listener.orderHead + queue.accepting.size) scene.match('accept_fifo');
    else
      scene.diverge(
        'accept_fifo',
        'a connection that nobody accepted stays until the listener stops',
        'its owner closes it',
        'an accept() that is not traced (io_uring, another task)',
        listener,
      );
  }

  /** Later changes of a child: in its owner's close() they say which one it is; to CLOSE it may still be queued. */
  #childMoved(tid: number, sk: number, to: number): void {
    const scene = this.#scene;
    const parent = this.#parentOf.get(sk);
    if (parent === undefined) return;
    const { listener } = parent;
    if (to === TCP_CLOSE) this.#parentOf.delete(sk);
    const call = scene.processes.current(tid);
    const via = call?.name === 'close' || call?.name === 'shutdown' ? (call.file?.via ?? null) : null;
    if (via !== null && via.listener === null) this.#listens.bind(via, listener);
    if (to === TCP_FIN_WAIT1 || to === TCP_LAST_ACK) this.#ownerCloses(parent);
    const { stopping } = listener;
    if (stopping !== null && stopping.tid === tid && to === TCP_CLOSE) {
      stopping.seen++;
      return;
    }
    if (call !== undefined && (call.name === 'close' || call.name === 'shutdown') && call.file?.kind === 'child') {
      const { file } = call;
      if (file.via?.listener !== listener || Number.isNaN(file.childSk)) return;
      if (file.childSk === sk) scene.match('accept_fifo');
      else if (!file.sure) scene.undecided('accept_fifo', 'cpus-too-close');
      else
        scene.diverge(
          'accept_fifo',
          'the oldest connection of the queue',
          'another one',
          'an accept() that was not recorded',
          listener,
        );
      file.childSk = Number.NaN;
    } else if (to === TCP_CLOSE) listener.endedInQueue = listener.queue.depth > 0 ? listener.endedInQueue + 1 : 0;
  }
}
