// What happens to a listener's queue: arrivals, accepts that end, readings of its length and limit. Each is tried on the model first.
import type { Addr } from '../../core/kernel/address.ts';
import { skAcceptqIsFull } from '../../core/kernel/sk-acceptq-is-full.ts';
import { CPU_SKEW_NS } from './depth.ts';
import type { Scene } from './scene.ts';
import type { SeenListener } from './seen-listener.ts';

/** Children that were made and are not known to be queued yet: the first that may have gone to this listener is queued now. */
export type Early = (listener: SeenListener) => boolean;

export class QueueEvents {
  readonly #scene: Scene;
  early: Early = () => false;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  /**
   * Whether the kernel, which looks before it makes the child, may have found room: two CPUs that look at once both do, and the queue
   * is then longer than its limit allows by one.
   */
  hadRoom(listener: SeenListener): boolean {
    const { queue } = listener;
    const least = queue.depth - queue.recentEnqueues(this.#scene.at, this.#scene.cpu);
    return !skAcceptqIsFull(Math.max(0, least), queue.sk.maxAckBacklog);
  }

  /** A child of this listener is in its queue. @param room there was room when the kernel looked. */
  enqueue(listener: SeenListener, child: number, local: Addr, room: boolean): void {
    const scene = this.#scene;
    const { queue } = listener;
    queue.local = local;
    if (!room) this.#makeRoom(listener);
    const outcome = queue.enqueue(local, scene.at, scene.cpu);
    if (outcome === 'enqueued') {
      if (!listener.limitKnown && listener.requested === null) scene.undecided('acceptq_full', 'backlog-unknown');
      else if (!queue.known) scene.undecided('acceptq_full', 'depth-unknown');
      else scene.match('acceptq_full');
    } else this.#refused(listener, local, outcome, room);
    listener.order?.push(child);
    scene.step(listener, 'a child is enqueued');
    this.#settleOwed(listener);
  }

  /** Where the model has no room: accepts under way have taken theirs, or less is known than the model believes. */
  #makeRoom(listener: SeenListener): void {
    const { queue } = listener;
    while (skAcceptqIsFull(queue.depth, queue.sk.maxAckBacklog)) {
      if (queue.known && queue.force(this.#scene.at)) continue;
      if (!listener.limitKnown) {
        this.#limitIsAtLeast(listener, queue.depth);
        if (!skAcceptqIsFull(queue.depth, queue.sk.maxAckBacklog)) return;
      }
      if (queue.known || queue.depth === 0) return;
      queue.setDepth(queue.depth - 1);
    }
  }

  /** No clamp is known, and a child came in at this length: the limit is no lower. */
  #limitIsAtLeast(listener: SeenListener, depth: number): void {
    const { somaxconn } = this.#scene;
    const { requested, queue } = listener;
    if (requested !== null && depth > requested) return;
    if (requested !== null && depth <= somaxconn.high) somaxconn.low = Math.max(somaxconn.low, depth);
    queue.sk.maxAckBacklog = Math.max(queue.sk.maxAckBacklog, depth);
  }

  #refused(listener: SeenListener, local: Addr, outcome: 'full' | 'nowhere', room: boolean): void {
    const scene = this.#scene;
    const { queue } = listener;
    const { maxAckBacklog } = queue.sk;
    if (outcome === 'full' && room) scene.match('acceptq_full');
    else if (outcome === 'nowhere' || !queue.known) scene.undecided('acceptq_full', 'listener-unknown');
    else
      scene.diverge(
        'acceptq_full',
        `the handshake is refused: sk_ack_backlog ${queue.depth} > sk_max_ack_backlog ${maxAckBacklog}`,
        'a child was made and enqueued',
        'an accept() that is not traced (io_uring, another task), a listen() or sysctl not seen, or a kernel with another rule',
        listener,
      );
    // what was seen is what the account goes on from
    queue.sk.maxAckBacklog = 0x7fffffff;
    queue.enqueue(local, scene.at, scene.cpu);
    queue.sk.maxAckBacklog = maxAckBacklog;
    if (outcome === 'full' && !room) queue.known = false;
  }

  /** An accept() ended with a connection. */
  taken(listener: SeenListener, tid: number): void {
    const scene = this.#scene;
    const { queue } = listener;
    let outcome = queue.leftWith(tid, scene.at);
    if (outcome === 'empty' && this.early(listener)) {
      queue.setDepth(queue.depth - 1);
      outcome = 'taken';
    }
    if (outcome === 'taken' && queue.known) scene.match('accept_take');
    else if (outcome !== 'empty') scene.undecided('accept_take', 'depth-unknown');
    else queue.owed.push({ at: scene.at, until: scene.at + CPU_SKEW_NS, position: scene.position, tid });
    scene.step(listener, `task ${tid}: accept() returns a connection`);
  }

  /** Connections that were taken before their arrival was seen: it comes within a CPU's difference, or never came. */
  #settleOwed(listener: SeenListener): void {
    const { queue } = listener;
    while (queue.owed.length > 0 && queue.owed[0].until >= this.#scene.at && queue.depth > 0) {
      queue.owed.shift();
      queue.setDepth(queue.depth - 1);
      this.#scene.match('accept_take');
    }
    this.overdue(listener);
  }

  /** Says of connections that were taken from an empty queue what they are. @param all at the end of the capture. */
  overdue(listener: SeenListener, all = false): void {
    const scene = this.#scene;
    const { queue } = listener;
    while (queue.owed.length > 0 && (all || queue.owed[0].until < scene.at)) {
      const owed = queue.owed.shift() as { at: number; position: number; tid: number };
      scene.lacks([
        'accept_take',
        'accept() waits or returns EAGAIN: the queue is empty',
        'accept() returned a connection',
        'an arrival that was not recorded, or an accept() that was counted and failed',
        listener,
        owed,
      ]);
    }
  }

  /** An accept() ended without having taken a connection. @param empty it says that there was none. */
  leftWithout(listener: SeenListener, tid: number, empty: boolean): void {
    const scene = this.#scene;
    const { queue } = listener;
    const accepting = queue.accepting.get(tid);
    const orphans = queue.leftWithout(tid);
    for (const at of orphans) {
      queue.setDepth(queue.depth + 1);
      scene.diverge(
        'depth',
        `a connection fewer than ${queue.depth} needs an accept() under way that took it`,
        'none that was under way then took one',
        'an accept() that is not traced, or a reading of another socket',
        listener,
        { at, position: scene.position, tid },
      );
    }
    if (!empty) return;
    if (accepting === undefined) scene.undecided('accept_empty', 'state-unknown');
    else if (queue.known && !accepting.sawEmpty) this.#notEmpty(listener);
    else if (queue.known) scene.match('accept_empty');
    else {
      scene.undecided('accept_empty', 'depth-unknown');
      if (queue.accepting.size === 0 && queue.lastEnqueued < accepting.entered - CPU_SKEW_NS) this.knownEmpty(listener);
    }
    scene.step(listener, `task ${tid}: accept() returns EAGAIN`);
  }

  #notEmpty(listener: SeenListener): void {
    const { queue } = listener;
    this.#scene.diverge(
      'accept_empty',
      `accept() returns one of the ${queue.depth} connections that wait`,
      'EAGAIN',
      'an accept() that is not traced took them, or the descriptor is another listener',
      listener,
    );
    queue.setDepth(0);
    queue.known = false;
    listener.order = null;
  }

  /** The queue was empty: from here on its length is known. */
  knownEmpty(listener: SeenListener): void {
    if (this.#scene.blind || !this.#scene.options.hasState) return;
    listener.queue.setDepth(0);
    listener.queue.known = true;
    listener.queue.forced.length = 0;
    listener.queue.optional = 0;
    listener.order = [];
    listener.orderHead = 0;
    listener.orderBase = 0;
  }

  /** sk_ack_backlog as it was read. */
  lengthRead(listener: SeenListener, depth: number): void {
    const scene = this.#scene;
    const { queue } = listener;
    if (!queue.known) {
      scene.undecided('depth', 'depth-unknown');
      this.#learn(listener, depth);
      return;
    }
    while (queue.depth < depth && this.early(listener));
    while (queue.depth > depth && queue.force(scene.at));
    scene.step(listener, `sk_ack_backlog reads ${depth}`);
    if (queue.depth === depth) {
      scene.match('depth');
      return;
    }
    const justTaken = scene.at - queue.lastTaken <= CPU_SKEW_NS ? 1 : 0;
    if (
      queue.depth > depth
        ? queue.depth - depth <= queue.recentEnqueues(scene.at, scene.cpu)
        : depth - queue.depth <= justTaken
    ) {
      scene.undecided('depth', 'cpus-too-close');
      return;
    }
    const underWay = queue.mayHaveTaken > 0 ? ` (${queue.mayHaveTaken} accepts under way)` : '';
    const expected = `sk_ack_backlog ${queue.depth}${underWay}`;
    if (queue.depth > depth)
      scene.diverge('depth', expected, `${depth}`, 'an accept() that is not traced (io_uring, another task)', listener);
    else
      scene.lacks([
        'depth',
        'a queue that grows by arrivals',
        `${depth}, where the model has ${queue.depth}`,
        'an arrival that was not recorded, or an accept() that took none',
        listener,
      ]);
    this.#learn(listener, depth);
  }

  #learn(listener: SeenListener, depth: number): void {
    if (this.#scene.blind) return;
    const { queue } = listener;
    queue.read(depth);
    queue.known = this.#scene.options.hasState;
    listener.order = depth === 0 && queue.known ? [] : null;
    listener.orderHead = 0;
    listener.orderBase = 0;
  }

  /** sk_max_ack_backlog as it was read. */
  limitRead(listener: SeenListener, limit: number): void {
    const scene = this.#scene;
    const { queue, requested } = listener;
    const { sk } = queue;
    const learn = (): void => {
      sk.maxAckBacklog = limit;
      listener.limitKnown = !scene.blind;
    };
    if (listener.limitKnown) {
      if (sk.maxAckBacklog === limit) scene.match('listen_clamp');
      else {
        scene.diverge(
          'listen_clamp',
          `sk_max_ack_backlog ${sk.maxAckBacklog}`,
          `${limit}`,
          'a listen() that was not traced, by a task that has the socket too',
          listener,
        );
        learn();
      }
      return;
    }
    if (requested === null) scene.undecided('listen_clamp', 'backlog-unknown');
    else if (scene.somaxconn.explains(requested, limit)) scene.match('listen_clamp');
    else
      scene.diverge(
        'listen_clamp',
        `sk_max_ack_backlog ${Math.min(requested, scene.somaxconn.value)}: min(${requested}, somaxconn ${scene.somaxconn.low === scene.somaxconn.high ? scene.somaxconn.low : `of ${scene.somaxconn.low} to ${scene.somaxconn.high}`})`,
        `${limit}`,
        'net.core.somaxconn was written in between, or the listener is in another network namespace',
        listener,
      );
    learn();
  }
}
