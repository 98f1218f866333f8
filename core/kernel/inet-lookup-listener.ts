// __inet_lookup_listener, inet6_lookup_listener: which listener a segment belongs to, by score, then by reuseport group.
import { type Addr, ANY6, isIpv6Proper } from './address.ts';
import type { Net } from './net.ts';
import { reuseportSelectSock } from './reuseport.ts';
import type { Segment } from './segment.ts';
import { AF_INET, AF_INET6, type Sock } from './sock.ts';

/** An exact address beats a wildcard, an IPv4 socket beats a dual-stack one; of equals the one that listened last. */
export function inetLookupListener(net: Net, segment: Segment): Sock | null {
  let best: Sock | null = null;
  let bestScore = 0;
  const listeners = net.listeners(segment.dport);
  for (let at = listeners.length - 1; at >= 0; at--) {
    const score = computeScore(listeners[at], segment.daddr);
    if (score > bestScore) {
      best = listeners[at];
      bestScore = score;
    }
  }
  return best === null ? null : reuseportSelectSock(net, best);
}

/** compute_score without devices and CPUs: 0 for no match. Bound addresses are asked before wildcards (inet_lhash2). */
function computeScore(sk: Sock, daddr: Addr): number {
  if (isIpv6Proper(daddr)) {
    if (sk.family !== AF_INET6) return 0;
    return sk.rcvSaddr === daddr ? 4 : sk.rcvSaddr === ANY6 ? 2 : 0;
  }
  if (sk.ipv6only) return 0;
  const family = sk.family === AF_INET ? 1 : 0;
  if (sk.rcvSaddr === daddr) return 4 + family;
  return sk.rcvSaddr === 0 || sk.rcvSaddr === ANY6 ? 2 + family : 0;
}
