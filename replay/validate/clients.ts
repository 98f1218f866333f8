// Clients on the traced host: when a SYN, or a SYN-ACK, is sent again, against the timers of the release.
import type { Scene } from './scene.ts';

interface Client {
  /** The first SYN, and the last one. */
  last: number;
  retransmissions: number;
}

const MILLISECOND = 1e6;
/** A timer fires no sooner than asked for; the record is made a little before or after. */
const EARLY_MS = 12;
/** Beyond an eighth of its distance a timer of the wheel is late for another reason. */
const LATE_SHARE = 1.13;
const LATE_MS = 250;
/** A SYN reaches its listener on the same host within this. */
const FLIGHT_NS = 10 * MILLISECOND;
const MOST = 65_536;

export class Clients {
  readonly #scene: Scene;
  readonly #clients = new Map<number, Client>();
  /** By the client's endpoint: when its SYN was sent again, and when its SYN-ACK was. */
  readonly #synAgain = new Map<number, number>();
  readonly #synAckAgain = new Map<number, { at: number; count: number }>();
  /** tcp_syn_linear_timeouts as the captures' own gaps show it; null until they do. */
  #linear: number | null = null;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  has(sk: number): boolean {
    return this.#clients.has(sk);
  }

  forget(): void {
    this.#clients.clear();
    this.#synAgain.clear();
    this.#synAckAgain.clear();
  }

  connects(tid: number, sk: number, _remote: number): void {
    const call = this.#scene.processes.current(tid);
    if (call?.name === 'connect') call.sk = sk;
    if (Number.isNaN(sk)) return;
    const known = this.#clients.get(sk);
    if (known !== undefined) {
      known.last = this.#scene.at;
      known.retransmissions = 0;
    } else this.#clients.set(sk, { last: this.#scene.at, retransmissions: 0 });
  }

  leaves(sk: number): void {
    this.#clients.delete(sk);
  }

  /** tcp_retransmit_skb of a socket in SYN_SENT. */
  synAgain(sk: number, local: number): void {
    const scene = this.#scene;
    if (this.#synAgain.size > MOST) this.#synAgain.clear();
    this.#synAgain.set(local, scene.at);
    const client = this.#clients.get(sk);
    if (client === undefined) {
      scene.undecided('syn_timer', 'state-unknown');
      return;
    }
    const gap = (scene.at - client.last) / MILLISECOND;
    client.last = scene.at;
    client.retransmissions++;
    this.#judge(gap, client.retransmissions);
  }

  /** The distance before the n-th retransmission, milliseconds. */
  #distance(n: number, linear: number): number {
    return Math.min(this.#scene.profile.initialRtoMs * 2 ** Math.max(0, n - 1 - linear), 120_000);
  }

  #judge(gap: number, n: number): void {
    const scene = this.#scene;
    const fits = (expected: number): boolean => gap >= expected - EARLY_MS && gap <= expected * LATE_SHARE + LATE_MS;
    const usual = scene.profile.synLinearTimeouts;
    const linear = this.#linear ?? usual;
    const expected = this.#distance(n, linear);
    if (fits(expected)) {
      scene.match('syn_timer');
      if (n > 1) this.#linear = linear;
      return;
    }
    // the sysctl may be another, where there is one
    for (let other = 0; usual > 0 && this.#linear === null && other < n; other++) {
      if (!fits(this.#distance(n, other))) continue;
      this.#linear = other;
      scene.match('syn_timer');
      return;
    }
    if (gap > expected) scene.undecided('syn_timer', 'beyond-the-path');
    else
      scene.diverge(
        'syn_timer',
        `retransmission ${n} no sooner than ${expected} ms after the last SYN`,
        `${gap.toFixed(1)} ms`,
        usual > 0
          ? 'another tcp_syn_linear_timeouts, or a route or BPF program with its own RTO'
          : 'a kernel since 6.5, or a route with its own RTO',
        null,
      );
  }

  /** tcp_retransmit_synack: by the request's timer, or because the SYN came again. */
  synAckAgain(remote: number): void {
    const scene = this.#scene;
    if (this.#synAckAgain.size > MOST) this.#synAckAgain.clear();
    const asked = this.#synAgain.get(remote);
    const before = this.#synAckAgain.get(remote);
    this.#synAckAgain.set(remote, { at: scene.at, count: (before?.count ?? 0) + 1 });
    if (asked !== undefined && scene.at - asked <= FLIGHT_NS) scene.match('synack_timer');
    else if (before === undefined || asked === undefined) scene.undecided('synack_timer', 'other-host');
    else if ((scene.at - Math.max(before.at, asked)) / MILLISECOND >= scene.profile.initialRtoMs - EARLY_MS)
      scene.match('synack_timer');
    else scene.undecided('synack_timer', 'beyond-the-path');
  }
}
