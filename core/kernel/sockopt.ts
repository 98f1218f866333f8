// setsockopt() and getsockopt() for the options that decide outcomes on the path (net/core/sock.c, net/ipv4/tcp.c, net/ipv6/ipv6_sockglue.c).

import { ANY6 } from './address.ts';
import { EDOM, EINVAL, ENOPROTOOPT, EOPNOTSUPP } from './errno.ts';
import { AF_INET, AF_INET6, SOCK_STREAM, Sock } from './sock.ts';
import type { Socket } from './socket.ts';
import { TCP_CLOSE, TCP_LISTEN } from './tcp-state.ts';

export const SOL_SOCKET = 1;
export const IPPROTO_TCP = 6;
export const IPPROTO_IPV6 = 41;
export const SO_REUSEADDR = 2;
export const SO_ERROR = 4;
export const SO_REUSEPORT = 15;
export const SO_RCVTIMEO = 20;
export const SO_SNDTIMEO = 21;
export const SO_ACCEPTCONN = 30;
export const TCP_SYNCNT = 7;
export const TCP_DEFER_ACCEPT = 9;
export const TCP_FASTOPEN = 23;
export const IPV6_V6ONLY = 26;

const MAX_TCP_SYNCNT = 127;
const TCP_RTO_MAX_SECONDS = 120;

/**
 * sock_set_timeout: SO_RCVTIMEO or SO_SNDTIMEO with a struct timeval. 0 waits for ever, a negative number of seconds not at all.
 * @returns 0, or -EDOM for microseconds outside 0 … 999,999.
 */
export function sockSetTimeout({ sk }: Socket, name: number, seconds: number, microseconds: number): number {
  if (microseconds < 0 || microseconds >= 1_000_000) return -EDOM;
  const { hz } = sk.net.host;
  const ticks = seconds < 0 ? 0 : seconds * hz + Math.ceil((microseconds * hz) / 1e6);
  const forever = seconds === 0 && microseconds === 0;
  const timeout = forever ? Number.POSITIVE_INFINITY : (ticks / hz) * 1e9;
  if (name === SO_RCVTIMEO) sk.rcvtimeo = timeout;
  else sk.sndtimeo = timeout;
  return 0;
}

/** setsockopt() with an int. @returns 0 or a negative errno. */
export function setSockOpt(socket: Socket, level: number, name: number, value: number): number {
  const { sk } = socket;
  if (level === SOL_SOCKET) return setSocketLevel(socket, name, value);
  if (!(sk instanceof Sock)) return -EOPNOTSUPP;
  if (level === IPPROTO_TCP) return socket.type === SOCK_STREAM ? setTcp(sk, name, value) : -ENOPROTOOPT;
  if (level === IPPROTO_IPV6) return setIpv6(sk, name, value);
  return -ENOPROTOOPT;
}

function setSocketLevel({ sk }: Socket, name: number, value: number): number {
  if (name === SO_REUSEADDR) {
    sk.reuse = value !== 0;
    return 0;
  }
  if (name === SO_REUSEPORT) {
    const { profile } = sk.net.host;
    if (!profile.reuseport) return -ENOPROTOOPT;
    if (profile.reuseportOnlyInet && value !== 0 && !(sk instanceof Sock)) return -EOPNOTSUPP;
    sk.reuseport = value !== 0;
    return 0;
  }
  return -ENOPROTOOPT;
}

function setTcp(sk: Sock, name: number, value: number): number {
  switch (name) {
    case TCP_SYNCNT:
      if (value < 1 || value > MAX_TCP_SYNCNT) return -EINVAL;
      sk.synRetries = value;
      return 0;
    case TCP_DEFER_ACCEPT:
      sk.deferAccept = secsToRetrans(value, sk.net.host.profile.initialRtoMs / 1000);
      return 0;
    case TCP_FASTOPEN:
      if (value < 0 || (sk.state !== TCP_CLOSE && sk.state !== TCP_LISTEN)) return -EINVAL;
      sk.fastopenMaxQlen = Math.min(value, sk.net.sysctl.somaxconn);
      return 0;
    default:
      return -ENOPROTOOPT;
  }
}

/** IPV6_V6ONLY: only on an IPv6 socket that is not bound. */
function setIpv6(sk: Sock, name: number, value: number): number {
  if (sk.family !== AF_INET6 || name !== IPV6_V6ONLY) return -ENOPROTOOPT;
  if (sk.num !== 0) return -EINVAL;
  sk.ipv6only = value !== 0;
  return 0;
}

/** secs_to_retrans: how many timer expiries cover so many seconds, at most 255. */
export function secsToRetrans(seconds: number, timeout: number): number {
  if (seconds <= 0) return 0;
  let period = timeout;
  let step = timeout;
  let count = 1;
  for (; seconds > period && count < 255; count++) {
    step = Math.min(step * 2, TCP_RTO_MAX_SECONDS);
    period += step;
  }
  return count;
}

/** retrans_to_secs: the way back, as getsockopt() shows it. */
export function retransToSecs(count: number, timeout: number): number {
  if (count === 0) return 0;
  let period = timeout;
  let step = timeout;
  for (let left = count - 1; left > 0; left--) {
    step = Math.min(step * 2, TCP_RTO_MAX_SECONDS);
    period += step;
  }
  return period;
}

/** getsockopt() of an int: its value, or a negative errno as `error`. Reading SO_ERROR clears it. */
export function getSockOpt(socket: Socket, level: number, name: number): { error: number; value: number } {
  const value = read(socket, level, name);
  if (value !== null) return { error: 0, value };
  // A level that the family does not know is EOPNOTSUPP here, though ENOPROTOOPT in setsockopt().
  const foreign =
    level !== SOL_SOCKET && (!(socket.sk instanceof Sock) || (level === IPPROTO_IPV6 && socket.sk.family === AF_INET));
  return { error: foreign ? -EOPNOTSUPP : -ENOPROTOOPT, value: 0 };
}

function read(socket: Socket, level: number, name: number): number | null {
  const { sk } = socket;
  if (level === SOL_SOCKET) return readSocketLevel(socket, name);
  if (!(sk instanceof Sock)) return null;
  if (level === IPPROTO_IPV6) return sk.family === AF_INET6 && name === IPV6_V6ONLY ? Number(sk.ipv6only) : null;
  if (level !== IPPROTO_TCP || socket.type !== SOCK_STREAM) return null;
  const timeout = sk.net.host.profile.initialRtoMs / 1000;
  if (name === TCP_SYNCNT) return sk.synRetries || sk.net.sysctl.tcp_syn_retries;
  if (name === TCP_DEFER_ACCEPT) return retransToSecs(sk.deferAccept, timeout);
  return name === TCP_FASTOPEN ? sk.fastopenMaxQlen : null;
}

function readSocketLevel({ sk }: Socket, name: number): number | null {
  switch (name) {
    case SO_REUSEADDR:
      return Number(sk.reuse);
    case SO_REUSEPORT:
      return Number(sk.reuseport);
    case SO_ACCEPTCONN:
      return Number(sk.state === TCP_LISTEN);
    case SO_ERROR: {
      const { err } = sk;
      sk.err = 0;
      return err;
    }
    default:
      return null;
  }
}

/** Whether a sock takes IPv4 connections: all but IPv6 sockets that are IPV6_V6ONLY or on one IPv6 address. */
export const takesIpv4 = (sk: Sock): boolean => sk.family === AF_INET || (!sk.ipv6only && sk.rcvSaddr === ANY6);
