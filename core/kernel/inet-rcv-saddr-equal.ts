// inet_rcv_saddr_equal (net/ipv4/inet_connection_sock.c): whether two local addresses overlap, IPv4, IPv6 and dual stack.
import { type Addr, ANY6 } from './address.ts';
import { AF_INET6 } from './sock.ts';

export interface LocalAddress {
  readonly family: number;
  readonly rcvSaddr: Addr;
  readonly ipv6only: boolean;
}

const v4Equal = (a: Addr, b: Addr, aWildcard: boolean, bWildcard: boolean): boolean =>
  a === b || (aWildcard && a === 0) || (bWildcard && b === 0);

/** An IPv6 socket's IPv4 address is 0.0.0.0 for `::`, the mapped one, or none that any IPv4 address equals. */
const v4Of = (addr: Addr): Addr => (addr < ANY6 ? addr : addr === ANY6 ? 0 : -1);

/**
 * True when the addresses of `a` and `b` overlap. A wildcard counts as overlapping when its side's flag allows it
 * (get_port allows both; the shortcut for SO_REUSEPORT only the holder's).
 */
export function inetRcvSaddrEqual(a: LocalAddress, b: LocalAddress, aWildcard: boolean, bWildcard: boolean): boolean {
  if (a.family !== AF_INET6) {
    return !b.ipv6only && v4Equal(a.rcvSaddr, v4Of(b.rcvSaddr), aWildcard, bWildcard);
  }
  return ipv6RcvSaddrEqual(a, b, aWildcard, bWildcard);
}

function ipv6RcvSaddrEqual(a: LocalAddress, b: LocalAddress, aWildcard: boolean, bWildcard: boolean): boolean {
  const aMapped = a.rcvSaddr < ANY6;
  const bMapped = b.family !== AF_INET6 || b.rcvSaddr < ANY6;
  if (aMapped && bMapped) return !b.ipv6only && v4Equal(a.rcvSaddr, b.rcvSaddr, aWildcard, bWildcard);
  const aAny = a.rcvSaddr === ANY6;
  const bAny = !bMapped && b.rcvSaddr === ANY6;
  if (aAny && bAny) return true;
  if (bAny && bWildcard && !(b.ipv6only && aMapped)) return true;
  if (aAny && aWildcard && !(a.ipv6only && bMapped)) return true;
  return b.family === AF_INET6 && a.rcvSaddr === b.rcvSaddr;
}
