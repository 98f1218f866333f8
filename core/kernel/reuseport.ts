// SO_REUSEPORT groups (net/core/sock_reuseport.c): listeners that share an address and port, each with queues of its own.

import { inetRcvSaddrEqual } from './inet-rcv-saddr-equal.ts';
import type { Net } from './net.ts';
import type { Sock } from './sock.ts';

export interface ReuseportGroup {
  readonly members: Sock[];
  /** Members that were shut down while tcp_migrate_req kept their place. */
  closed: number;
  /** Jiffies at the last cookie that a member sent (synq_overflow_ts); 0 for none. */
  overflowStamp: number;
}

/** inet_reuseport_add_sock: joins the group of an equal listener of the same user, or starts one. */
export function inetReuseportAddSock(sk: Sock): void {
  for (const other of sk.net.listeners(sk.num)) {
    if (other === sk || !other.reuseport) continue;
    if (other.family !== sk.family || other.ipv6only !== sk.ipv6only || other.uid !== sk.uid) continue;
    if (!inetRcvSaddrEqual(sk, other, false, false)) continue;
    // reuseport_add_sock: one that got the option after its listen() has no group yet.
    other.reuseportGroup ??= reuseportAlloc(other);
    other.reuseportGroup.members.push(sk);
    sk.reuseportGroup = other.reuseportGroup;
    return;
  }
  sk.reuseportGroup = reuseportAlloc(sk);
}

/** reuseport_alloc: a group of one. */
const reuseportAlloc = (sk: Sock): ReuseportGroup => ({ members: [sk], closed: 0, overflowStamp: 0 });

/** reuseport_detach_sock: leaves the group for good. */
export function reuseportDetachSock(sk: Sock): void {
  const group = sk.reuseportGroup;
  if (group === null) return;
  sk.reuseportGroup = null;
  const at = group.members.indexOf(sk);
  if (at >= 0) group.members.splice(at, 1);
  else group.closed--;
}

/** reuseport_stop_listen_sock: out of the choice; with tcp_migrate_req it keeps its place, so that its requests can find the others. */
export function reuseportStopListenSock(sk: Sock): void {
  const group = sk.reuseportGroup;
  if (group === null) return;
  if (sk.net.sysctl.tcp_migrate_req === 0) {
    reuseportDetachSock(sk);
    return;
  }
  const at = group.members.indexOf(sk);
  if (at < 0) return;
  group.members.splice(at, 1);
  group.closed++;
}

/** For inet_csk_bind_conflict: a sock that is in a group already may not excuse itself by it, unless members have closed. */
export const reuseportAcceptsMembers = (sk: Sock): boolean =>
  sk.reuseportGroup === null || sk.reuseportGroup.closed > 0;

/** reuseport_select_sock: the hash of the four-tuple chooses; here an input. */
export function reuseportSelectSock(net: Net, sk: Sock): Sock {
  const members = sk.reuseportGroup?.members;
  return members === undefined || members.length < 2 ? sk : net.host.choices.reuseportMember(members);
}

/** reuseport_migrate_sock: who takes over the requests of a listener that closed; null for nobody. A group that can't help is a failure. */
export function reuseportMigrateSock(sk: Sock): Sock | null {
  const members = sk.reuseportGroup?.members;
  if (members === undefined) return null;
  if (members.length === 0 || sk.net.sysctl.tcp_migrate_req === 0) {
    sk.net.mib.TCPMigrateReqFailure++;
    return null;
  }
  return members.length === 1 ? members[0] : sk.net.host.choices.reuseportMember(members);
}
