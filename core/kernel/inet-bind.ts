// inet_bind and inet6_bind (net/ipv4/af_inet.c, net/ipv6/af_inet6.c): the order of their checks, and what a bind leaves behind.
import { type Addr, ANY4, ANY6, isIpv6Proper, isLoopback, isMulticastOrBroadcast } from './address.ts';
import { EACCES, EADDRINUSE, EADDRNOTAVAIL, EAFNOSUPPORT, EINVAL } from './errno.ts';
import { inetCskGetPort } from './inet-csk-get-port.ts';
import { AF_INET, AF_INET6, AF_UNSPEC, type Sock } from './sock.ts';
import { SIN_LENGTH, SIN6_LENGTH, type SockAddr } from './sockaddr.ts';
import type { Task } from './task.ts';
import { TCP_CLOSE } from './tcp-state.ts';

export function inetBind(task: Task, sk: Sock, addr: SockAddr): number {
  return sk.family === AF_INET ? inet4Bind(task, sk, addr) : inet6Bind(task, sk, addr);
}

function inet4Bind(task: Task, sk: Sock, addr: SockAddr): number {
  if (addr.length < SIN_LENGTH) return -EINVAL;
  if (addr.family !== AF_INET && (addr.family !== AF_UNSPEC || addr.addr !== ANY4)) return -EAFNOSUPPORT;
  if (!isLocal(addr.addr) && !isMulticastOrBroadcast(addr.addr)) return -EADDRNOTAVAIL;
  if (isForbidden(task, sk, addr.port)) return -EACCES;
  if (sk.state !== TCP_CLOSE || sk.num !== 0) return -EINVAL;
  return take(sk, addr);
}

/** IPv6 asks for the permission first and for the address last. */
function inet6Bind(task: Task, sk: Sock, addr: SockAddr): number {
  if (addr.length < SIN6_LENGTH) return -EINVAL;
  if (addr.family !== AF_INET6) return -EAFNOSUPPORT;
  if (isForbidden(task, sk, addr.port)) return -EACCES;
  if (sk.state !== TCP_CLOSE || sk.num !== 0) return -EINVAL;
  const mapped = !isIpv6Proper(addr.addr);
  if (mapped && sk.ipv6only) return -EINVAL;
  if (!isLocal(addr.addr)) return -EADDRNOTAVAIL;
  const saved = sk.ipv6only;
  // A socket on one IPv6 address has nothing to do with IPv4.
  if (!mapped && addr.addr !== ANY6) sk.ipv6only = true;
  const error = take(sk, addr);
  if (error !== 0) sk.ipv6only = saved;
  return error;
}

function take(sk: Sock, addr: SockAddr): number {
  const before: Addr = sk.rcvSaddr;
  sk.rcvSaddr = addr.addr;
  if (inetCskGetPort(sk, addr.port) !== 0) {
    sk.rcvSaddr = before;
    return -EADDRINUSE;
  }
  // ::ffff:0.0.0.0 is an address asked for by name, though it means all of IPv4.
  if (addr.addr !== (sk.family === AF_INET ? ANY4 : ANY6)) sk.bindAddrLock = true;
  if (addr.port !== 0) sk.bindPortLock = true;
  sk.sport = sk.num;
  sk.daddr = 0;
  sk.dport = 0;
  return 0;
}

const isLocal = (addr: Addr): boolean => addr === ANY4 || addr === ANY6 || isLoopback(addr);

/** CAP_NET_BIND_SERVICE for ports below net.ipv4.ip_unprivileged_port_start. */
const isForbidden = (task: Task, sk: Sock, port: number): boolean =>
  port !== 0 && port < sk.net.sysctl.ip_unprivileged_port_start && task.uid !== 0;
