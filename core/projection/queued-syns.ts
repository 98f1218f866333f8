// SYNs that a probe saw going into the SYN queue, until their child shows up: when the handshake of a client elsewhere began.
import { pairKey, pairOf } from './pair-key.ts';

/** More requests than this at once are a flood: the oldest are forgotten. */
const MOST = 1 << 16;

export class QueuedSyns {
  private readonly at = new Map<number, number>();

  add(local: number, remote: number, at: number): void {
    if (Number.isNaN(local + remote)) return;
    const key = pairKey(local, remote);
    this.at.delete(key);
    this.at.set(key, at);
    if (this.at.size <= MOST) return;
    const [oldest] = this.at.keys();
    this.at.delete(oldest);
  }

  /** Those whose child has not shown up: [local, remote, when]. */
  *waiting(): Generator<readonly [local: number, remote: number, at: number]> {
    for (const [key, at] of this.at) yield [...pairOf(key), at];
  }

  /** When the SYN of the child with these ends was queued; null when no probe saw it. */
  claim(local: number, remote: number): number | null {
    const key = pairKey(local, remote);
    const at = this.at.get(key);
    if (at === undefined) return null;
    this.at.delete(key);
    return at;
  }
}
