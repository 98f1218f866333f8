// One tracepoint opened twice (`-e 'syscalls:*' -e syscalls:sys_enter_listen`) writes each record twice, one right after the other.
import type { EventAttr } from './attr.ts';

const MAX_CPUS = 4096;
const FNV_BASIS = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

export class SampleCopies {
  /** For each attr: the first one with the same tracepoint, -1 when it has no other. */
  private readonly firstOf: Int32Array;
  /** For each CPU: attr and hash of the last record that has copies. */
  private readonly attrs = new Int32Array(MAX_CPUS).fill(-1);
  private readonly hashes = new Int32Array(MAX_CPUS);

  private constructor(firstOf: Int32Array) {
    this.firstOf = firstOf;
  }

  /** Null when no two attrs are of the same tracepoint. */
  static of(attrs: readonly EventAttr[]): SampleCopies | null {
    const same = attrs.map(({ type, config }) =>
      attrs.findIndex((other) => other.type === type && other.config === config),
    );
    const twice = same.map((first, k) => same.some((other, j) => other === first && j !== k));
    if (!twice.includes(true)) return null;
    return new SampleCopies(Int32Array.from(same, (first, k) => (twice[k] ? first : -1)));
  }

  /** Whether the record that was just told on this CPU is told again by another attr. Filters may let only one of them through. */
  isCopy(attr: number, cpu: number, bytes: Uint8Array, from: number, to: number): boolean {
    const first = this.firstOf[attr];
    if (first < 0) return false;
    let hash = FNV_BASIS;
    for (let at = from; at < to; at++) hash = Math.imul(hash ^ bytes[at], FNV_PRIME);
    const slot = cpu & (MAX_CPUS - 1);
    const last = this.attrs[slot];
    if (last >= 0 && last !== attr && this.firstOf[last] === first && this.hashes[slot] === hash) return true;
    this.attrs[slot] = attr;
    this.hashes[slot] = hash;
    return false;
  }
}
