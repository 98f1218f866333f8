// How many overflows, how far that can be trusted, and by what evidence: the best that the capture has.
import type { ListenerInput } from './input.ts';
import type { ListenerReport } from './model.ts';

/** How much sk_drops grew between its first and last reading; null when it was not read twice. */
export const skDropsGrowth = ({ drops_first: first, drops_last: last }: ListenerInput): number | null =>
  first === null || last === null ? null : Math.max(0, last - first);

/**
 * The fewest overflows that explain the growth of sk_drops: a refused SYN counts once in it (tcp_conn_request), a refused final ACK twice
 * (tcp_v4_syn_recv_sock, then tcp_v4_rcv). Null when it was not read twice, or when the queue was never full, so that the drops have another
 * cause.
 */
function byDrops(listener: ListenerInput, capacity: number | null): number | null {
  const grown = skDropsGrowth(listener);
  if (grown === null) return null;
  const longest = Math.max(listener.depth_max, listener.sampled_depth ?? 0);
  return grown > 0 && (capacity === null || longest < capacity) ? null : Math.ceil(grown / 2);
}

/** `clients`: SYNs and ACKs that clients on the host sent in vain at a full queue; null when those cannot be counted. */
export function overflowFigure(
  listener: ListenerInput,
  clients: number | null,
  capacity: number | null,
  lossy: boolean,
): ListenerReport['overflows'] {
  if (listener.seen_overflows !== null) {
    // a program sees each decision; what it lost is not counted
    const count = Math.max(listener.seen_overflows, clients ?? 0);
    return { count, bound: lossy || count > listener.seen_overflows ? 'lower' : 'exact', evidence: 'functions' };
  }
  const drops = byDrops(listener, capacity);
  if (drops !== null && (clients === null || drops > clients))
    return { count: drops, bound: 'lower', evidence: 'sk_drops' };
  return clients === null
    ? { count: null, bound: 'unknown', evidence: 'none' }
    : { count: clients, bound: 'lower', evidence: 'client' };
}
