// __sys_listen (net/socket.c): how the backlog given to listen() becomes sk_max_ack_backlog.

/** A backlog as the caller passed it, compared as an unsigned 32-bit number: every negative one is large. */
const unsigned = (backlog: number): number => backlog >>> 0;

/**
 * The effective backlog: the requested one clamped, as unsigned, to net.core.somaxconn of the socket's namespace.
 * Same in 2.6.24 to 7.2 (there the sysctl was global until 2.6.25).
 */
export function clampBacklog(requested: number, somaxconn: number): number {
  return Math.min(unsigned(requested), somaxconn);
}

/** The default of net.core.somaxconn: 128 until 5.3, 4096 since 5.4 (include/linux/socket.h SOMAXCONN). Null for an unreadable release. */
export function defaultSomaxconn(release: string | null): number | null {
  const match = /^(\d+)\.(\d+)/.exec(release ?? '');
  if (match === null) return null;
  const major = Number(match[1]);
  const minor = Number(match[2]);
  return major > 5 || (major === 5 && minor >= 4) ? 4096 : 128;
}
