// What programs and tools read of sockets, and what they say was refused, against the model.
import type { EventBatch } from '../../core/event/event-batch.ts';
import { skAcceptqIsFull } from '../../core/kernel/sk-acceptq-is-full.ts';
import type { ListenCalls } from './listen-calls.ts';
import type { QueueEvents } from './queue-events.ts';
import type { Scene } from './scene.ts';
import type { SeenListener } from './seen-listener.ts';

const SOMAXCONN = 'sysctl net.core.somaxconn';
const COUNTED = ['TcpExtListenOverflows', 'TcpExtListenDrops'];

interface Count {
  /** At the first reading, and how many refusals were seen since. */
  readonly first: number;
  readonly refused: number;
}

export class Readings {
  readonly #scene: Scene;
  readonly #queue: QueueEvents;
  readonly #listens: ListenCalls;
  readonly #counts = new Map<string, Count>();
  /** Refusals for a full accept queue that were seen one by one. */
  #refused = 0;

  constructor(scene: Scene, queue: QueueEvents, listens: ListenCalls) {
    this.#scene = scene;
    this.#queue = queue;
    this.#listens = listens;
  }

  /** sk_ack_backlog, sk_max_ack_backlog, sk_drops and the SYN queue of a listener at an instant. */
  sample(batch: EventBatch, row: number): void {
    const scene = this.#scene;
    const [a0, a1, a2, a3] = batch.args;
    const listener = scene.bySk.get(a0[row]) ?? this.#listens.startedNow(a0[row]);
    if (listener === undefined) {
      scene.undecided('depth', 'listener-unknown');
      return;
    }
    this.#queue.overdue(listener);
    if (!Number.isNaN(a2[row])) this.#queue.limitRead(listener, a2[row]);
    if (!Number.isNaN(a1[row])) this.#queue.lengthRead(listener, a1[row]);
    if (!Number.isNaN(a3[row])) this.#drops(listener, a3[row]);
  }

  #drops(listener: SeenListener, drops: number): void {
    // sk_drops is 32 bits wide, and a sample is read as signed or not
    if (listener.drops === Number.NEGATIVE_INFINITY) this.#scene.undecided('drops_grow', 'state-unknown');
    else if (drops >= listener.drops) this.#scene.match('drops_grow');
    else
      this.#scene.diverge(
        'drops_grow',
        `sk_drops of ${listener.drops} or more`,
        `${drops}`,
        'the sock was freed and its address used again without its end being recorded',
        listener,
      );
    listener.drops = drops;
  }

  /** The path refused a SYN or a final ACK, with what it read when it decided. */
  refused(batch: EventBatch, row: number): void {
    const scene = this.#scene;
    const [a0, a1, a2, a3, a4] = batch.args;
    const reason = Number.isNaN(a1[row]) ? '' : scene.options.string(a1[row]);
    const listener = scene.bySk.get(a0[row]);
    const length = a2[row];
    const limit = a3[row];
    if (reason.endsWith('ACCEPT_QUEUE_FULL')) {
      this.#refused++;
      if (Number.isNaN(length + limit)) scene.undecided('acceptq_drop', 'argument-missing');
      else if (skAcceptqIsFull(length, limit)) scene.match('acceptq_drop');
      else
        this.#diverge('acceptq_drop', `a queue of ${length} with a limit of ${limit} takes one more`, reason, listener);
    } else if (reason.includes('SYN_QUEUE') && !Number.isNaN(a4[row] + limit)) {
      const { synQueueFull } = scene.profile;
      const full = synQueueFull === '>backlog' ? a4[row] > limit : a4[row] >= limit;
      if (full || synQueueFull === '>=table') scene.match('synq_drop');
      else
        this.#diverge(
          'synq_drop',
          `a SYN queue of ${a4[row]} with a limit of ${limit} takes one more`,
          reason,
          listener,
        );
    }
    if (listener === undefined) return;
    if (!Number.isNaN(limit)) this.#queue.limitRead(listener, limit);
    if (!Number.isNaN(length)) this.#queue.lengthRead(listener, length);
  }

  /** kfree_skb said TCP_LISTEN_OVERFLOW: a final ACK found the queue full. */
  ackDropped(sk: number): void {
    const scene = this.#scene;
    const listener = scene.bySk.get(sk);
    if (listener === undefined) {
      scene.undecided('acceptq_drop', 'listener-unknown');
      return;
    }
    this.#refused++;
    const { queue } = listener;
    if (!queue.known) scene.undecided('acceptq_drop', 'depth-unknown');
    else if (!listener.limitKnown) scene.undecided('acceptq_drop', 'backlog-unknown');
    else if (skAcceptqIsFull(queue.depth, queue.sk.maxAckBacklog)) scene.match('acceptq_drop');
    else
      this.#diverge(
        'acceptq_drop',
        `a queue of ${queue.depth} with a limit of ${queue.sk.maxAckBacklog} takes one more`,
        'TCP_LISTEN_OVERFLOW',
        listener,
      );
  }

  /** What a snapshot counted or set. */
  counter(batch: EventBatch, row: number): void {
    const scene = this.#scene;
    const [a0, a1, a2] = batch.args;
    const name = Number.isNaN(a0[row]) ? '' : scene.options.string(a0[row]);
    if (name === SOMAXCONN) {
      scene.somaxconn.told(a1[row]);
      return;
    }
    if (!COUNTED.includes(name) || a2[row] !== 1) return;
    const before = this.#counts.get(name);
    if (before === undefined) {
      this.#counts.set(name, { first: a1[row], refused: this.#refused });
      return;
    }
    const seen = this.#refused - before.refused;
    if (!scene.options.seesDecisions && seen === 0) scene.undecided('counters', 'other-host');
    else if (a1[row] - before.first >= seen) scene.match('counters');
    else this.#diverge('counters', `${name} grows by ${seen} or more`, `by ${a1[row] - before.first}`, undefined);
  }

  #diverge(
    rule: 'acceptq_drop' | 'synq_drop' | 'counters',
    expected: string,
    observed: string,
    listener: SeenListener | undefined,
  ): void {
    this.#scene.diverge(
      rule,
      expected,
      observed,
      'an arrival that was not recorded, another network namespace, or a kernel with another rule',
      listener ?? null,
    );
  }
}
