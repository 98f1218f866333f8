// A listener that stops: by close(), shutdown() or its task's end, what nobody had accepted is reset.
import type { Scene } from './scene.ts';
import type { SeenListener } from './seen-listener.ts';

const MANY = 0x7fffffff;

export class ListenStops {
  readonly #scene: Scene;
  /** Listeners that stop in a call which is not over, by task. */
  readonly #under = new Map<number, SeenListener>();

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  /** LISTEN → CLOSE, other than on the way back of a listen(). */
  began(tid: number, sk: number, local: number): void {
    const scene = this.#scene;
    const listener = scene.bySk.get(sk) ?? this.#byAddress(local);
    if (listener === undefined) {
      scene.undecided('listen_stop', 'listener-unknown');
      return;
    }
    const { queue } = listener;
    const taken = Math.min(queue.depth, queue.mayHaveTaken);
    const reset = listener.world.stop(queue.file);
    scene.step(listener, 'LISTEN to CLOSE');
    listener.stopping = {
      tid,
      least: queue.known ? Math.max(0, reset - taken - listener.endedInQueue) : 0,
      most: queue.known ? reset : MANY,
      seen: 0,
      at: scene.at,
      position: scene.position,
    };
    if (!queue.known) scene.undecided('listen_stop', 'depth-unknown');
    scene.closeListener(listener);
    this.#under.set(tid, listener);
  }

  /** The call in which a listener stopped is over: all that nobody had accepted was reset. */
  ended(tid: number): void {
    if (this.#under.size === 0) return;
    const listener = this.#under.get(tid);
    if (listener === undefined) return;
    this.#under.delete(tid);
    const { stopping, queue } = listener;
    listener.stopping = null;
    if (stopping === null || !queue.known) return;
    const { seen, least, most } = stopping;
    if (seen < least && this.#mayHaveMoved(listener)) return;
    if (seen >= least && seen <= most) this.#scene.match('listen_stop');
    else
      this.#scene.diverge(
        'listen_stop',
        `${least === most ? most : `${least} to ${most}`} queued connections are reset`,
        `${seen}`,
        seen < least
          ? 'they moved to another member of the reuseport group (tcp_migrate_req)'
          : 'arrivals that were not recorded',
        listener,
        stopping,
      );
  }

  /** Where tcp_migrate_req is set, which no trace tells, another listener of the port inherits what was queued. */
  #mayHaveMoved(listener: SeenListener): boolean {
    const scene = this.#scene;
    if (!scene.profile.migration || Number.isNaN(listener.local)) return false;
    const heirs = scene.onPort(scene.options.endpoint(listener.local).port);
    if (heirs.length === 0) return false;
    for (const heir of heirs) {
      heir.queue.known = false;
      heir.order = null;
    }
    scene.undecided('listen_stop', 'options-unknown');
    return true;
  }

  /** Where the capture has no addresses of socks: the only one at the endpoint. */
  #byAddress(local: number): SeenListener | undefined {
    const scene = this.#scene;
    const addr = scene.addr(local);
    const { port } = scene.options.endpoint(local);
    const found = scene
      .onPort(port)
      .filter(
        (listener) => Number.isNaN(listener.sk) && !Number.isNaN(listener.local) && scene.addr(listener.local) === addr,
      );
    return found.length === 1 ? found[0] : undefined;
  }
}
