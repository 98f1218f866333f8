// tcp_check_req (net/ipv4/tcp_minisocks.c): a segment for a request, most often the final ACK of the handshake.
import { inetCskReqskQueueAdd } from './inet-csk-reqsk-queue-add.ts';
import { reqskQueueDrop, reqskQueueRemoved } from './reqsk-queue.ts';
import { moveRequest, reqskTimeout, retransmitSynAck } from './reqsk-timer-handler.ts';
import type { RequestSock } from './request-sock.ts';
import { reuseportMigrateSock } from './reuseport.ts';
import { ACK, FIN, RST, type Segment, SYN } from './segment.ts';
import { tcpReqskSendAck, tcpV4SendReset } from './tcp-send-synack.ts';
import { TCP_LISTEN } from './tcp-state.ts';
import { tcpListenRcv, toListener } from './tcp-v4-rcv.ts';
import { childProcess, tcpV4SynRecvSock } from './tcp-v4-syn-recv-sock.ts';

/** tcp_invalid_ratelimit, nanoseconds: at most one answer per request in this time. */
export const INVALID_RATELIMIT_NS = 500_000_000;
const WINDOW = 65_535;

export function tcpCheckReq(req: RequestSock, segment: Segment): void {
  const { net } = req.listener;
  if (req.listener.state !== TCP_LISTEN && !migrate(req)) {
    reqskQueueDrop(req);
    toListener(net, segment);
    return;
  }
  const { listener } = req;
  if (hasBadAck(req, segment)) {
    // Not ours: the listener itself looks at it, as at any stray ACK. The request stays.
    tcpListenRcv(listener, segment);
    return;
  }
  // discard_and_relse: whatever makes no child counts as a drop of the listener's sock, though not in ListenDrops.
  if (!advances(req, segment)) listener.drops++;
}

/** Where a release asks a reset for its exact number, that is all it asks of one. */
function hasBadAck(req: RequestSock, segment: Segment): boolean {
  if ((segment.flags & ACK) === 0 || segment.ack === (req.sntIsn + 1) >>> 0) return false;
  return (segment.flags & RST) === 0 || !req.listener.net.host.profile.challengesInexactReset;
}

export const isSynAgain = (req: RequestSock, { flags, seq }: Segment): boolean => flags === SYN && seq === req.rcvIsn;

/** True when the segment completed the handshake. */
function advances(req: RequestSock, segment: Segment): boolean {
  const { flags } = segment;
  if (isSynAgain(req, segment)) {
    synAgain(req, segment);
    return false;
  }
  if (!inWindow(req, segment)) {
    if ((flags & RST) === 0) answerLimited(req, segment, () => tcpReqskSendAck(req));
    return false;
  }
  if (isInexactReset(req, segment)) {
    challenge(req);
    return false;
  }
  if ((flags & (RST | SYN)) !== 0 && !(segment.seq === req.rcvIsn && (flags & RST) === 0)) {
    embryonicReset(req, segment);
    return false;
  }
  if ((flags & ACK) === 0 || defers(req, segment)) return false;
  return tcpV4SynRecv(req, segment);
}

/** The final ACK: a child in the accept queue, or an overflow. */
function tcpV4SynRecv(req: RequestSock, segment: Segment): boolean {
  const sk = req.listener;
  const child = tcpV4SynRecvSock(sk, req);
  if (child === null) {
    listenOverflow(req, segment);
    return false;
  }
  reqskQueueRemoved(req);
  sk.net.ehash.insert(req.daddr, req.dport, req.saddr, req.sport, child);
  inetCskReqskQueueAdd(sk, req, child);
  childProcess(sk, child, segment);
  return true;
}

/** listen_overflow: the request stays and a later segment may complete it, or tcp_abort_on_overflow resets it. */
function listenOverflow(req: RequestSock, segment: Segment): void {
  const { net } = req.listener;
  if (net.sysctl.tcp_abort_on_overflow === 0) {
    req.acked = true;
    return;
  }
  tcpV4SendReset(net, req.listener, segment);
  reqskQueueDrop(req);
  net.mib.EmbryonicRsts++;
}

/** A reset, or a SYN of another connection, ends the request; the SYN is answered with a reset. */
function embryonicReset(req: RequestSock, segment: Segment): void {
  const { net } = req.listener;
  if ((segment.flags & RST) === 0) tcpV4SendReset(net, req.listener, segment);
  reqskQueueDrop(req);
  net.mib.AttemptFails++;
  net.mib.EmbryonicRsts++;
}

/** The same SYN once more: the SYN-ACK once more. num_timeout stays, so that it remains young. */
export function synAgain(req: RequestSock, segment: Segment): void {
  answerLimited(req, segment, () => {
    retransmitSynAck(req.fastopenChild ?? req.listener, req);
    if (req.fastopenChild !== null) return;
    const { host } = req.listener.net;
    host.timers.add(req, host.now, reqskTimeout(host, req.numTimeout));
  });
}

/** A reset in the window, but not at the number that comes next: perhaps a blind attack (RFC 5961, 3.2). */
export const isInexactReset = (req: RequestSock, { flags, seq }: Segment): boolean =>
  (flags & RST) !== 0 && seq !== req.rcvNxt && req.listener.net.host.profile.challengesInexactReset;

/** An acknowledgement that a real peer answers with the reset that fits. */
export function challenge(req: RequestSock): void {
  const { net } = req.listener;
  if (net.host.now - req.lastOowAckNs < INVALID_RATELIMIT_NS) return;
  req.lastOowAckNs = net.host.now;
  tcpReqskSendAck(req);
}

/** tcp_oow_rate_limited: data without SYN is no part of a loop of acknowledgements, so it is always answered. */
export function answerLimited(req: RequestSock, segment: Segment, answer: () => void): void {
  const { net } = req.listener;
  if ((segment.length > 0 || (segment.flags & FIN) !== 0) && (segment.flags & SYN) === 0) {
    answer();
    return;
  }
  if (net.host.now - req.lastOowAckNs < INVALID_RATELIMIT_NS) {
    net.mib.TCPACKSkippedSynRecv++;
    return;
  }
  req.lastOowAckNs = net.host.now;
  answer();
}

/** TCP_DEFER_ACCEPT: for so many timer expiries an ACK that ends where the client's data begins is not enough, whatever it carries. */
function defers(req: RequestSock, segment: Segment): boolean {
  const { deferAccept, net } = req.listener;
  const end = (segment.seq + segment.length + ((segment.flags & FIN) !== 0 ? 1 : 0)) >>> 0;
  if (req.numTimeout >= deferAccept || end !== (req.rcvIsn + 1) >>> 0) return false;
  req.acked = true;
  if (net.host.profile.countsDeferAcceptDrop) net.mib.TCPDeferAcceptDrop++;
  return true;
}

/** tcp_in_window: the segment touches what the client was offered. A SYN at its own first number is outside by one, and allowed. */
export function inWindow(req: RequestSock, segment: Segment): boolean {
  const offset = (segment.seq - req.rcvNxt) >>> 0;
  const end = offset + segment.length + ((segment.flags & (SYN | FIN)) !== 0 ? 1 : 0);
  return offset < WINDOW || (end >= 2 ** 32 && end - 2 ** 32 > 0 && end - 2 ** 32 < WINDOW);
}

function migrate(req: RequestSock): boolean {
  const { profile } = req.listener.net.host;
  const heir = profile.migration ? reuseportMigrateSock(req.listener) : null;
  if (heir === null) return false;
  moveRequest(req, heir);
  return true;
}
