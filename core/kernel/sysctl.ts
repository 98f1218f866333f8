// The sysctls of a network namespace that decide outcomes on the path: defaults, ranges, and what a write answers.
import { EINVAL, ENOENT } from './errno.ts';
import type { KernelProfile } from './profile.ts';

export interface Sysctls {
  /** net.core.somaxconn, connections. */
  somaxconn: number;
  /** 0 never, 1 when the SYN queue is full, 2 always. */
  tcp_syncookies: number;
  tcp_max_syn_backlog: number;
  /** Retransmissions of a SYN-ACK before the request is dropped. */
  tcp_synack_retries: number;
  tcp_syn_retries: number;
  tcp_syn_linear_timeouts: number;
  tcp_abort_on_overflow: number;
  tcp_migrate_req: number;
  /** Bit 0 client, bit 1 server, bit 10 server without a socket option. */
  tcp_fastopen: number;
  ip_local_port_range_low: number;
  ip_local_port_range_high: number;
  ip_unprivileged_port_start: number;
  ip_autobind_reuse: number;
}

export const defaultSysctls = (profile: KernelProfile): Sysctls => ({
  somaxconn: profile.somaxconn,
  tcp_syncookies: 1,
  tcp_max_syn_backlog: 1024,
  tcp_synack_retries: 5,
  tcp_syn_retries: 6,
  tcp_syn_linear_timeouts: profile.synLinearTimeouts,
  tcp_abort_on_overflow: 0,
  tcp_migrate_req: 0,
  tcp_fastopen: 1,
  ip_local_port_range_low: 32768,
  ip_local_port_range_high: 60999,
  ip_unprivileged_port_start: 1024,
  ip_autobind_reuse: 0,
});

/** Smallest and largest value that a write may have (net/core/sysctl_net_core.c, net/ipv4/sysctl_net_ipv4.c). */
const RANGES: Readonly<Partial<Record<string, readonly [number, number]>>> = {
  somaxconn: [0, 0x7fffffff],
  tcp_syncookies: [0, 255],
  tcp_max_syn_backlog: [-0x80000000, 0x7fffffff],
  tcp_synack_retries: [0, 255],
  tcp_syn_retries: [1, 127],
  tcp_syn_linear_timeouts: [0, 127],
  tcp_abort_on_overflow: [0, 255],
  tcp_migrate_req: [0, 1],
  tcp_fastopen: [-0x80000000, 0x7fffffff],
  ip_unprivileged_port_start: [0, 65535],
  ip_autobind_reuse: [0, 1],
};

/**
 * Writes a sysctl by its short name, `somaxconn` or as below net.ipv4; `ip_local_port_range` takes two values.
 * @returns 0, -EINVAL for a value outside its range (nothing changes), -ENOENT for a name that this release lacks.
 */
export function writeSysctl(sysctl: Sysctls, profile: KernelProfile, name: string, values: readonly number[]): number {
  if (name === 'ip_local_port_range') return writePortRange(sysctl, values);
  if (name === 'tcp_migrate_req' && !profile.migrateSysctl) return -ENOENT;
  if (name === 'tcp_syn_linear_timeouts' && profile.synLinearTimeouts === 0) return -ENOENT;
  const range = RANGES[name];
  if (range === undefined) return -ENOENT;
  if (values[0] < range[0] || values[0] > range[1]) return -EINVAL;
  // ipv4_privileged_ports: a range for everybody cannot begin among the privileged ports.
  if (name === 'ip_unprivileged_port_start' && values[0] > sysctl.ip_local_port_range_low) return -EINVAL;
  sysctl[name as keyof Sysctls] = values[0];
  return 0;
}

/** ipv4_local_port_range: both from 1 to 65535, the first not above the second and not privileged. One value alone is the first. */
function writePortRange(sysctl: Sysctls, [low, high = sysctl.ip_local_port_range_high]: readonly number[]): number {
  if (low < 1 || high > 65535 || high < low || low < sysctl.ip_unprivileged_port_start) return -EINVAL;
  sysctl.ip_local_port_range_low = low;
  sysctl.ip_local_port_range_high = high;
  return 0;
}
