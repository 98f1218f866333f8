// tcp_v4_rcv and tcp_v6_rcv (net/ipv4/tcp_ipv4.c): finding whose segment it is. Established first, then listeners, then nobody.
import type { TimeWait } from './bind-bucket.ts';
import { cookieV4Check } from './cookie-v4-check.ts';
import { inetLookupListener } from './inet-lookup-listener.ts';
import type { Net } from './net.ts';
import { RequestSock } from './request-sock.ts';
import { ACK, FIN, RST, type Segment, SYN } from './segment.ts';
import { Sock } from './sock.ts';
import { tcpCheckReq } from './tcp-check-req.ts';
import { tcpConnRequest } from './tcp-conn-request.ts';
import { tcpRcvEstablished } from './tcp-rcv-established.ts';
import { tcpV4SendReset } from './tcp-send-synack.ts';
import { tcpTimewaitStateProcess } from './tcp-time-wait.ts';

export function tcpV4Rcv(net: Net, segment: Segment): void {
  const found = net.ehash.lookup(segment.daddr, segment.dport, segment.saddr, segment.sport);
  if (found instanceof Sock) tcpRcvEstablished(found, segment);
  else if (found instanceof RequestSock) tcpCheckReq(found, segment);
  else if (found !== null) timeWait(net, found, segment);
  else toListener(net, segment);
}

/** The lookup's second half, also when a request has lost its listener. */
export function toListener(net: Net, segment: Segment): void {
  const listener = inetLookupListener(net, segment);
  if (listener === null) tcpV4SendReset(net, null, segment);
  else tcpListenRcv(listener, segment);
}

/** A SYN at TIME_WAIT may open a new connection on a listener (tcp_v4_rcv, TCP_TW_SYN). */
function timeWait(net: Net, owner: TimeWait, segment: Segment): void {
  const reopened = tcpTimewaitStateProcess(net, owner, segment);
  if (!reopened) return;
  const listener = inetLookupListener(net, segment);
  if (listener !== null) tcpConnRequest(listener, segment, true);
}

/** tcp_v4_do_rcv and tcp_rcv_state_process of a sock in LISTEN. */
export function tcpListenRcv(sk: Sock, segment: Segment): void {
  const { flags } = segment;
  // tcp_v4_cookie_check comes first: an ACK without SYN may be the answer to a cookie.
  if ((flags & (SYN | ACK | RST)) === ACK) {
    cookieV4Check(sk, segment);
    return;
  }
  if ((flags & ACK) !== 0) {
    tcpV4SendReset(sk.net, sk, segment);
    return;
  }
  if ((flags & RST) !== 0 || (flags & SYN) === 0 || (flags & FIN) !== 0) {
    sk.drops++; // tcp_drop_reason: on the sock, not in ListenDrops
    return;
  }
  tcpConnRequest(sk, segment);
}
