// How many overflows, how far that can be trusted, and by what evidence: the best that the capture has.
import type { ListenerInput } from './input.ts';
import type { ListenerReport } from './model.ts';

/**
 * Overflows by sk_drops. It grows by one for a refused SYN (tcp_conn_request) and by two for a refused final ACK (tcp_v4_syn_recv_sock, then
 * tcp_v4_rcv). How many were ACKs shows in the SYN queue: their requests stay there and have their SYN-ACK sent again. Null when it was not
 * read twice, or when the queue was never full, so that the drops have another cause.
 */
function byDrops(listener: ListenerInput, capacity: number | null): number | null {
  const { drops_first: first, drops_last: last } = listener;
  if (first === null || last === null) return null;
  const grown = last - first;
  const longest = Math.max(listener.depth_max, listener.sampled_depth ?? 0);
  if (grown > 0 && (capacity === null || longest < capacity)) return null;
  const acks = Math.min(Math.floor(grown / 2), listener.synack_retransmits + (listener.syn_queue_max ?? grown));
  return grown - acks;
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
  if (drops !== null && drops >= (clients ?? 0)) return { count: drops, bound: 'lower', evidence: 'sk_drops' };
  return clients === null
    ? { count: null, bound: 'unknown', evidence: 'none' }
    : { count: clients, bound: 'lower', evidence: 'client' };
}
