// net.core.somaxconn of the capture's namespace, solved from what listen() asked for and what sk_max_ack_backlog was read to be.

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
    if (effective > requested) return false;
    if (effective < requested) {
      if (effective < this.low || effective > this.high) return false;
      this.low = effective;
      this.high = effective;
      return true;
    }
    if (requested > this.high) return false;
    this.low = Math.max(this.low, requested);
    return true;
  }
}
