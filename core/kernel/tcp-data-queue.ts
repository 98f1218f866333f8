// tcp_data_queue (net/ipv4/tcp_input.c): data and FIN in order; what came too early waits for the gap to close.
import { FIN, type Segment } from './segment.ts';
import type { Sock } from './sock.ts';

const fin = (segment: Segment): number => ((segment.flags & FIN) !== 0 ? 1 : 0);

/** Takes what the segment adds at the end of the stream, and what has waited for it. @returns whether the peer's FIN was reached. */
export function tcpDataQueue(sk: Sock, segment: Segment): boolean {
  if (((segment.seq - sk.rcvNxt) | 0) > 0) {
    if (segment.length > 0 || fin(segment) > 0) sk.outOfOrder = [...(sk.outOfOrder ?? []), segment];
    return false;
  }
  if (append(sk, segment)) return true;
  while (sk.outOfOrder !== null) {
    const next = sk.outOfOrder.find(({ seq }) => ((seq - sk.rcvNxt) | 0) <= 0);
    if (next === undefined) return false;
    const rest = sk.outOfOrder.filter((waiting) => waiting !== next);
    sk.outOfOrder = rest.length > 0 ? rest : null;
    if (append(sk, next)) return true;
  }
  return false;
}

function append(sk: Sock, segment: Segment): boolean {
  const end = (segment.seq + segment.length) >>> 0;
  const fresh = (end - sk.rcvNxt) | 0;
  if (fresh < 0) return false;
  sk.unread += fresh;
  sk.rcvNxt = end;
  return fin(segment) > 0;
}
