// net.core.somaxconn of the capture's namespace, solved from what listen() asked for and what sk_max_ack_backlog was read to be.

import { clampBacklog } from '../../core/kernel/sys-listen.ts';

/** What a capture says of the sysctl: bounds that readings narrow. */
export class Somaxconn {
  low = 0;
  high = 0x7fffffff;
  /** What the kernel starts with: taken where the bounds allow it. */
  readonly #usual: number;

  constructor(usual: number) {
    this.#usual = usual;
  }

  /** The best guess. */
  get value(): number {
    return Math.min(Math.max(this.#usual, this.low), this.high);
  }

  get certain(): boolean {
    return this.low === this.high;
  }

  /** A snapshot gave it. */
  told(value: number): void {
    this.low = value;
    this.high = value;
  }

  /** Whether the effective backlog of a request follows without knowing more. @param requested unsigned. */
  decides(requested: number): boolean {
    return requested <= this.low || this.certain;
  }

  /** listen() of `requested` gave `effective`: whether one value explains this and all before; narrows the bounds if so. */
  explains(requested: number, effective: number): boolean {
    // a clamp that shows is the sysctl's value; one that does not is at least what was asked for
    const value = effective < requested ? effective : Math.max(requested, this.low);
    if (value < this.low || value > this.high || clampBacklog(requested, value) !== effective) return false;
    if (effective < requested) this.high = value;
    this.low = value;
    return true;
  }
}
