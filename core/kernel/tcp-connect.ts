// tcp_v4_connect, tcp_v6_connect (net/ipv4/tcp_ipv4.c): a client's SYN, its source address and port, and its retransmission.
import { type Addr, ANY6, isIpv6Proper, isLoopback, LOOPBACK4, LOOPBACK6 } from './address.ts';
import { inetBindBucketCreate, inetBindHash } from './bind-bucket.ts';
import { EADDRNOTAVAIL, EAFNOSUPPORT, EINVAL, ENETUNREACH, ETIMEDOUT } from './errno.ts';
import { tcpDone } from './inet-csk-destroy-sock.ts';
import { SYN } from './segment.ts';
import { AF_INET, AF_INET6, type Sock } from './sock.ts';
import { SIN_LENGTH, SIN6_LENGTH, type SockAddr } from './sockaddr.ts';
import { tcpSetState } from './tcp-set-state.ts';
import { TCP_CLOSE, TCP_SYN_SENT } from './tcp-state.ts';
import { Timer } from './timer-wheel.ts';

/** Starts a connection. The caller holds the sock, so that the answer waits until it lets go. @returns 0 or a negative errno. */
export function tcpConnect(sk: Sock, addr: SockAddr): number {
  const daddr = destination(sk, addr);
  if (daddr < 0) return daddr;
  const { net } = sk;
  const boundAny = sk.rcvSaddr === 0 || sk.rcvSaddr === ANY6;
  const saddr = boundAny ? (isIpv6Proper(daddr) ? LOOPBACK6 : LOOPBACK4) : sk.rcvSaddr;
  sk.rcvSaddr = saddr;
  sk.daddr = daddr;
  sk.dport = addr.port;
  // The state is set before our own port is known: its event shows port 0.
  tcpSetState(sk, TCP_SYN_SENT);
  const error = inetHashConnect(sk);
  if (error !== 0) {
    tcpSetState(sk, TCP_CLOSE);
    sk.dport = 0;
    if (boundAny && !sk.bindAddrLock) sk.rcvSaddr = sk.family === AF_INET6 ? ANY6 : 0;
    return error;
  }
  // tcp_connect_init: a new life.
  sk.err = 0;
  sk.done = false;
  net.mib.ActiveOpens++;
  const isn = net.host.nextIsn();
  sk.sndNxt = (isn + 1) >>> 0;
  const retransmission = new SynRetransmission(sk, isn);
  net.host.timers.add(retransmission, net.host.now, retransmission.delayNs());
  retransmission.send();
  return 0;
}

/** The address connected to, or a negative errno. The wildcard means the loopback. */
function destination(sk: Sock, addr: SockAddr): Addr | number {
  if (addr.length < (sk.family === AF_INET ? SIN_LENGTH : SIN6_LENGTH)) return -EINVAL;
  if (addr.family !== sk.family) return -EAFNOSUPPORT;
  if (sk.family === AF_INET6 && !isIpv6Proper(addr.addr)) {
    // A mapped address: the connection is IPv4.
    if (sk.ipv6only || (isIpv6Proper(sk.rcvSaddr) && sk.rcvSaddr !== ANY6)) return -ENETUNREACH;
  } else if (sk.family === AF_INET6 && sk.rcvSaddr < ANY6 && addr.addr !== ANY6) {
    // Bound to an IPv4 address: the route is found first, and then the source does not fit it.
    return isLoopback(addr.addr) ? -EAFNOSUPPORT : -ENETUNREACH;
  }
  const daddr = addr.addr === 0 || addr.addr === ANY6 ? ownLoopback(sk, addr.addr) : addr.addr;
  return isLoopback(daddr) ? daddr : -ENETUNREACH;
}

/** The wildcard as a destination: the loopback of the sock's own kind of address. */
function ownLoopback(sk: Sock, wildcard: Addr): Addr {
  if (wildcard === ANY6 && sk.rcvSaddr >= ANY6) return LOOPBACK6;
  return sk.rcvSaddr > 0 && sk.rcvSaddr < ANY6 && wildcard !== ANY6 ? sk.rcvSaddr : LOOPBACK4;
}

/** inet_hash_connect: the bound port, or one of the range, with a four-tuple that nobody has. */
function inetHashConnect(sk: Sock): number {
  const { net } = sk;
  const free = (port: number): boolean => net.ehash.lookup(sk.rcvSaddr, port, sk.daddr, sk.dport) === null;
  if (sk.num !== 0) {
    if (!free(sk.num)) return -EADDRNOTAVAIL;
  } else {
    const low = net.sysctl.ip_local_port_range_low;
    const port = net.host.choices.connectPort(low, net.sysctl.ip_local_port_range_high, (candidate) => {
      const bucket = net.bhash.get(candidate);
      // A port that bind() has touched is not for connect().
      return bucket === undefined || (bucket.fastreuse < 0 && bucket.fastreuseport < 0 && free(candidate));
    });
    if (port === 0) return -EADDRNOTAVAIL;
    takePort(sk, port);
  }
  sk.sport = sk.num;
  net.ehash.insert(sk.rcvSaddr, sk.sport, sk.daddr, sk.dport, sk);
  return 0;
}

function takePort(sk: Sock, port: number): void {
  let bucket = sk.net.bhash.get(port);
  if (bucket === undefined) {
    bucket = inetBindBucketCreate(sk.net, port);
    bucket.fastreuse = -1;
    bucket.fastreuseport = -1;
  }
  inetBindHash(sk, bucket, port);
}

const TCP_RTO_MAX_MS = 120_000;

/** tcp_model_timeout, milliseconds: the time of so many retransmissions, doubling up to two minutes. */
function tcpModelTimeout(retransmissions: number, firstMs: number): number {
  const doublings = Math.min(retransmissions, Math.floor(Math.log2(TCP_RTO_MAX_MS / firstMs)));
  return (2 ** (doublings + 1) - 1) * firstMs + (retransmissions - doublings) * TCP_RTO_MAX_MS;
}

/** The client's SYN and its timer: tcp_syn_linear_timeouts at the first distance, then TCP_SYNCNT or tcp_syn_retries with doubling ones. */
class SynRetransmission extends Timer {
  readonly sk: Sock;
  readonly isn: number;
  readonly #began: number;
  #sent = 0;

  constructor(sk: Sock, isn: number) {
    super();
    this.sk = sk;
    this.isn = isn;
    this.#began = sk.net.host.now;
  }

  delayNs(): number {
    const { sysctl, host } = this.sk.net;
    const doublings = Math.max(0, this.#sent - 1 - sysctl.tcp_syn_linear_timeouts);
    return Math.min(host.profile.initialRtoMs * 2 ** (this.#sent === 0 ? 0 : doublings), TCP_RTO_MAX_MS) * 1e6;
  }

  send(): void {
    const { sk } = this;
    this.#sent++;
    sk.net.transmit({
      flags: SYN,
      saddr: sk.rcvSaddr,
      sport: sk.sport,
      daddr: sk.daddr,
      dport: sk.dport,
      seq: this.isn,
      ack: 0,
      length: 0,
      fastopen: null,
    });
  }

  /** tcp_write_timeout: so many retransmissions (since 6.5 the linear ones on top), or as long as they would take with doubling alone. */
  #timedOut(): boolean {
    const { sysctl, host } = this.sk.net;
    const retries = this.sk.synRetries || sysctl.tcp_syn_retries;
    if (this.#sent > retries + sysctl.tcp_syn_linear_timeouts) return true;
    return host.now - this.#began >= tcpModelTimeout(retries, host.profile.initialRtoMs) * 1e6;
  }

  override expire(): void {
    const { sk } = this;
    if (sk.state !== TCP_SYN_SENT || sk.sndNxt !== (this.isn + 1) >>> 0) return;
    sk.net.mib.TCPTimeouts++;
    if (this.#timedOut()) {
      sk.err = ETIMEDOUT;
      tcpDone(sk);
      return;
    }
    sk.net.mib.TCPSynRetrans++;
    sk.net.mib.RetransSegs++;
    this.send();
    sk.net.host.timers.add(this, sk.net.host.now, this.delayNs());
  }
}
