// What a capture kit is asked for, whichever tool it is for.

/** How much is recorded, and what it costs: listeners and acceptors; clients on the host too; every decision of the path. */
export type Tier = 'light' | 'standard' | 'full';

export const TIERS: readonly Tier[] = ['light', 'standard', 'full'];

export interface KitOptions {
  readonly tier: Tier;
  /** Release that the kit must run on, as [major, minor]; null: the newest. */
  readonly kernel: readonly [number, number] | null;
  /** Only listeners on this port. */
  readonly port: number | null;
  /** Only system calls of this process. */
  readonly pid: number | null;
  /** Whether the server's kernel has BTF (/sys/kernel/btf/vmlinux). Without it bpftrace knows no kernel structs, only tracepoint arguments. */
  readonly btf: boolean;
  /** Stop after so long; null: at Ctrl-C. */
  readonly seconds: number | null;
}

/** Whether the kit's kernel is of this release or later. */
export const isSince = ({ kernel }: KitOptions, major: number, minor: number): boolean =>
  kernel === null || kernel[0] > major || (kernel[0] === major && kernel[1] >= minor);
