// Settings of a replay: what was in force, and what is asked for in its place.
import { clampBacklog } from '../../core/kernel/sys-listen.ts';
import type { Stall, Workload } from '../workload/workload.ts';

export interface Settings {
  /** As given to listen(). */
  readonly backlog: number;
  readonly somaxconn: number;
  readonly tcp_syncookies: number;
  readonly tcp_max_syn_backlog: number;
  readonly tcp_abort_on_overflow: number;
  readonly tcp_synack_retries: number;
  /** Tasks that accept; null: those of the workload. */
  readonly acceptors: number | null;
  /** Listeners that share the address by SO_REUSEPORT. */
  readonly members: number;
  /** Factor on the time that each connection keeps its acceptor busy. */
  readonly service_scale: number;
  /** Factor on how often clients come. */
  readonly rate: number;
  /** Stalls that were recorded happen again. */
  readonly recorded_stalls: boolean;
  /** Further stalls, of every acceptor. */
  readonly stalls: readonly Stall[];
  /** Release whose rules hold. */
  readonly kernel: string;
}

/** The settings under which the workload was recorded. */
export const settingsOf = (workload: Workload): Settings => ({
  ...workload.settings,
  acceptors: null,
  members: workload.members,
  service_scale: 1,
  rate: 1,
  recorded_stalls: true,
  stalls: [],
  kernel: workload.kernel,
});

/** sk_max_ack_backlog that follows. @param bits that the field has (16 before 4.4). */
export function effectiveBacklogOf({ backlog, somaxconn }: Settings, bits: 16 | 32): number {
  const effective = clampBacklog(backlog, somaxconn);
  return bits === 16 ? effective & 0xffff : effective;
}
