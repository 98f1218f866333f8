// inet_csk_get_port (net/ipv4/inet_connection_sock.c): taking a local port, with its conflict rules and the search for a free one.
import { type BindBucket, inetBindBucketCreate, inetBindHash, type Owner } from './bind-bucket.ts';
import { EADDRINUSE } from './errno.ts';
import { inetRcvSaddrEqual } from './inet-rcv-saddr-equal.ts';
import { reuseportAcceptsMembers } from './reuseport.ts';
import type { Sock } from './sock.ts';
import { TCP_LISTEN } from './tcp-state.ts';

const FASTREUSEPORT_ANY = 1;
const FASTREUSEPORT_STRICT = 2;

/**
 * Takes port `snum` for the sock, or a free one of the range for 0. Called by bind() and, a second time, by listen(), when the sock is
 * already LISTEN: that is why of two SO_REUSEADDR twins only one can listen.
 * @returns 0 or -EADDRINUSE.
 */
export function inetCskGetPort(sk: Sock, snum: number): number {
  const { net } = sk;
  const port = snum === 0 ? inetCskFindOpenPort(sk) : snum;
  if (port === 0) return -EADDRINUSE;
  const bucket = net.bhash.get(port) ?? inetBindBucketCreate(net, port);
  if (snum !== 0 && !mayJoin(sk, bucket)) return -EADDRINUSE;
  inetCskUpdateFastreuse(bucket, sk);
  if (sk.bucket === null) inetBindHash(sk, bucket, port);
  return 0;
}

const mayReuse = (sk: Sock): boolean => sk.reuse && sk.state !== TCP_LISTEN;

function mayJoin(sk: Sock, bucket: BindBucket): boolean {
  if (bucket.owners.first === null) return true;
  if (bucket.fastreuse > 0 && mayReuse(sk)) return true;
  if (skReuseportMatch(bucket, sk)) return true;
  return !inetCskBindConflict(sk, bucket, true, true);
}

/**
 * inet_csk_bind_conflict: whether a holder of the port stands in the way.
 * @param relax an explicit port: SO_REUSEADDR twins that do not listen excuse each other.
 * @param reuseportOk an explicit port: SO_REUSEPORT twins of one user excuse each other.
 */
export function inetCskBindConflict(sk: Sock, bucket: BindBucket, relax: boolean, reuseportOk: boolean): boolean {
  for (let owner = bucket.owners.first; owner !== null; owner = owner.bindAfter) {
    if (owner !== sk && !excused(sk, owner, relax, reuseportOk) && inetRcvSaddrEqual(sk, owner, true, true))
      return true;
  }
  return false;
}

/** inet_bind_conflict: the options' part of the rule. */
function excused(sk: Sock, owner: Owner, relax: boolean, reuseportOk: boolean): boolean {
  const timeWait = 'timeWait' in owner;
  const bothReuseport =
    sk.reuseport && owner.reuseport && reuseportAcceptsMembers(sk) && (timeWait || owner.uid === sk.uid);
  if (sk.reuse && owner.reuse && (timeWait || owner.state !== TCP_LISTEN)) {
    return relax && (reuseportOk || !bothReuseport);
  }
  return reuseportOk && bothReuseport;
}

/** sk_reuseport_match: the shortcut through the bucket's memory of its holders. */
function skReuseportMatch(bucket: BindBucket, sk: Sock): boolean {
  if (bucket.fastreuseport <= 0 || !sk.reuseport || sk.reuseportGroup !== null) return false;
  if (bucket.fastuid !== sk.uid || bucket.fast === null) return false;
  if (bucket.fastreuseport === FASTREUSEPORT_ANY) return true;
  return inetRcvSaddrEqual(bucket.fast, sk, true, false);
}

/**
 * inet_csk_update_fastreuse: what the bucket remembers after this holder. Since 6.8 the bucket already lists the address of its first
 * holder here, so that none counts as the first: SO_REUSEADDR is no shortcut any more, SO_REUSEPORT only one for the same address.
 */
function inetCskUpdateFastreuse(bucket: BindBucket, sk: Sock): void {
  const first = bucket.owners.first === null && sk.net.host.profile.remembersFirstHolder;
  if (first) bucket.fastreuse = mayReuse(sk) ? 1 : 0;
  else if (!mayReuse(sk)) bucket.fastreuse = 0;
  if (!sk.reuseport) {
    bucket.fastreuseport = 0;
    return;
  }
  if (!first && skReuseportMatch(bucket, sk)) return;
  // Not the first: the holders differ, so that only a twin of this one may take the shortcut.
  bucket.fastreuseport = first ? FASTREUSEPORT_ANY : FASTREUSEPORT_STRICT;
  bucket.fastuid = sk.uid;
  bucket.fast = { family: sk.family, rcvSaddr: sk.rcvSaddr, ipv6only: sk.ipv6only };
}

/** inet_csk_find_open_port: a port of the range without conflict, by the host's choice; 0 for none. */
function inetCskFindOpenPort(sk: Sock): number {
  const { net } = sk;
  const low = net.sysctl.ip_local_port_range_low;
  const high = net.sysctl.ip_local_port_range_high;
  const free = (relax: boolean) => (port: number) => {
    const bucket = net.bhash.get(port);
    return bucket === undefined || !inetCskBindConflict(sk, bucket, relax, false);
  };
  const strict = net.host.choices.bindPort(low, high, free(false));
  if (strict !== 0 || net.sysctl.ip_autobind_reuse === 0 || !sk.reuse) return strict;
  return net.host.choices.bindPort(low, high, free(true));
}
