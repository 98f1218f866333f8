// TIME_WAIT (net/ipv4/tcp_minisocks.c): what stays of a connection, holding its port, for 60 seconds.
import { leave, type TimeWait } from './bind-bucket.ts';
import { tcpDone } from './inet-csk-destroy-sock.ts';
import type { Net } from './net.ts';
import { ACK, FIN, RST, type Segment, SYN } from './segment.ts';
import type { Sock } from './sock.ts';
import { tcpV4SendReset } from './tcp-send-synack.ts';
import { Timer } from './timer-wheel.ts';

const TCP_TIMEWAIT_LEN_NS = 60_000_000_000;

class Expiry extends Timer {
  readonly end: () => void;
  constructor(end: () => void) {
    super();
    this.end = end;
  }
  override expire(): void {
    this.end();
  }
}

const expiries = new WeakMap<TimeWait, Expiry>();

/** tcp_time_wait: the sock ends, a TIME_WAIT takes its place in the hash and at the port. @param finWait2 the peer's FIN is still to come. */
export function tcpTimeWait(sk: Sock, finWait2: boolean): void {
  const { net } = sk;
  const owner: TimeWait = {
    timeWait: true,
    family: sk.family,
    rcvSaddr: sk.rcvSaddr,
    daddr: sk.daddr,
    sport: sk.sport,
    dport: sk.dport,
    ipv6only: sk.ipv6only,
    reuse: sk.reuse,
    reuseport: sk.reuseport,
    finWait2,
    sndNxt: sk.sndNxt,
    rcvNxt: sk.rcvNxt,
    bindBefore: null,
    bindAfter: null,
  };
  sk.bucket?.owners.add(owner);
  const bucket = sk.bucket;
  net.ehash.insert(owner.rcvSaddr, owner.sport, owner.daddr, owner.dport, owner);
  const expiry = new Expiry(() => {
    net.ehash.remove(owner.rcvSaddr, owner.sport, owner.daddr, owner.dport, owner);
    if (bucket !== null) leave(bucket, owner);
  });
  expiries.set(owner, expiry);
  net.host.timers.add(expiry, net.host.now, TCP_TIMEWAIT_LEN_NS);
  tcpDone(sk);
}

/** A segment for a TIME_WAIT. True when it is a SYN that may open the connection anew; the TIME_WAIT is gone then. */
export function tcpTimewaitStateProcess(net: Net, owner: TimeWait, segment: Segment): boolean {
  const { flags } = segment;
  if ((flags & RST) !== 0) {
    end(net, owner);
    return false;
  }
  if (owner.finWait2 && (segment.length > 0 || (flags & SYN) !== 0)) {
    tcpV4SendReset(net, null, segment);
    end(net, owner);
    return false;
  }
  if (owner.finWait2 && (flags & FIN) !== 0) {
    owner.finWait2 = false;
    owner.rcvNxt = (segment.seq + 1) >>> 0;
    acknowledge(net, owner);
    return false;
  }
  if ((flags & SYN) !== 0 && ((segment.seq - owner.rcvNxt) | 0) > 0) {
    end(net, owner);
    return true;
  }
  return false;
}

function acknowledge(net: Net, owner: TimeWait): void {
  net.transmit({
    flags: ACK,
    saddr: owner.rcvSaddr,
    sport: owner.sport,
    daddr: owner.daddr,
    dport: owner.dport,
    seq: owner.sndNxt,
    ack: owner.rcvNxt,
    length: 0,
    fastopen: null,
  });
}

function end(net: Net, owner: TimeWait): void {
  const expiry = expiries.get(owner);
  if (expiry === undefined) return;
  net.host.timers.remove(expiry);
  expiry.end();
}
