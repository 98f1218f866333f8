// Changes of state, sock by sock: each starts where the last one ended, along an edge of TCP.
import { TCP_CLOSE, TCP_ESTABLISHED, TCP_LISTEN, TCP_SYN_RECV } from '../../core/kernel/tcp-state.ts';
import { isTcpEdge, reaches } from './edges.ts';
import type { Finding, Scene } from './scene.ts';

export class StateEdges {
  readonly #scene: Scene;
  /** The state that each sock was last seen to take. */
  readonly #states = new Map<number, number>();
  /** How often each state was left. */
  readonly #leaving = new Uint32Array(16);
  /** The end of connections is traced state by state: an edge from ESTABLISHED other than to CLOSE was seen. */
  #seesClosing = false;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  forget(): void {
    this.#states.clear();
  }

  changed(sk: number, from: number, to: number): void {
    const scene = this.#scene;
    const born = from === TCP_LISTEN && to === TCP_SYN_RECV;
    const before = Number.isNaN(sk) || born ? undefined : this.#states.get(sk);
    if (!Number.isNaN(sk)) {
      if (to === TCP_CLOSE) this.#states.delete(sk);
      else this.#states.set(sk, to);
    }
    this.#leaving[from & 15]++;
    if (from === TCP_ESTABLISHED && to !== TCP_CLOSE) this.#seesClosing = true;
    // a probe that leaves the ends of connections out: nothing is known of where this one stood
    const leftOut = before === TCP_ESTABLISHED && !this.#seesClosing && reaches(before, from);
    if (before !== undefined && before !== from && !leftOut) this.#gap(before, from, to);
    else if (!isTcpEdge(from, to))
      scene.diverge('state_edge', `no change from ${from} to ${to}`, `from ${from} to ${to}`, 'a damaged record', null);
    else scene.match('state_edge');
  }

  #gap(before: number, from: number, to: number): void {
    const finding: Finding = [
      'state_edge',
      `a change from state ${before}, where the last one ended`,
      `from ${from} to ${to}`,
      'events of this socket are missing',
      null,
    ];
    if (reaches(before, from)) this.#scene.lacks(finding, () => this.#leaving[before]);
    else this.#scene.diverge(...finding);
  }
}
