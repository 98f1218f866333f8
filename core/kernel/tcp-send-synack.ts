// tcp_v4_send_synack, tcp_v4_send_reset, tcp_v4_send_ack (net/ipv4/tcp_ipv4.c): answers that need no full socket.

import type { Net } from './net.ts';
import type { RequestSock } from './request-sock.ts';
import { ACK, RST, type Segment, SYN } from './segment.ts';
import type { Sock } from './sock.ts';

/** @param fastopen a cookie for the client's next connection. */
export function tcpSendSynack(req: RequestSock, fastopen: number | null = null): void {
  req.listener.net.transmit({
    flags: SYN | ACK,
    saddr: req.daddr,
    sport: req.dport,
    daddr: req.saddr,
    dport: req.sport,
    seq: req.sntIsn,
    ack: req.rcvNxt,
    length: 0,
    fastopen,
  });
}

/** Answers a segment with a reset; a reset is never answered. @param sk whose trace it is, null where no socket was found. */
export function tcpV4SendReset(net: Net, sk: Sock | null, segment: Segment): void {
  if ((segment.flags & RST) !== 0) return;
  net.mib.OutRsts++;
  net.host.trace?.tcpSendReset(sk, sk ?? { sport: segment.dport, dport: segment.sport });
  const acked = (segment.flags & ACK) !== 0;
  const syn = (segment.flags & SYN) !== 0 ? 1 : 0;
  net.transmit({
    flags: acked ? RST : RST | ACK,
    saddr: segment.daddr,
    sport: segment.dport,
    daddr: segment.saddr,
    dport: segment.sport,
    seq: acked ? segment.ack : 0,
    ack: acked ? 0 : (segment.seq + segment.length + syn) >>> 0,
    length: 0,
    fastopen: null,
  });
}

/** A bare acknowledgement from a request: the challenge to a segment out of its window. */
export function tcpReqskSendAck(req: RequestSock): void {
  req.listener.net.transmit({
    flags: ACK,
    saddr: req.daddr,
    sport: req.dport,
    daddr: req.saddr,
    dport: req.sport,
    seq: req.fastopenChild?.sndNxt ?? (req.sntIsn + 1) >>> 0,
    ack: req.rcvNxt,
    length: 0,
    fastopen: null,
  });
}
