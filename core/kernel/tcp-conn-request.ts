// tcp_conn_request (net/ipv4/tcp_input.c): a SYN arrives at a listener.
import { cookieInitSequence, tcpSynqOverflow } from './cookie.ts';
import { inetCskReqskQueueAdd } from './inet-csk-reqsk-queue-add.ts';
import { inetCskReqskQueueHashAdd, inetCskReqskQueueIsFull } from './reqsk-queue.ts';
import { RequestSock } from './request-sock.ts';
import type { Segment } from './segment.ts';
import { skAcceptqIsFull } from './sk-acceptq-is-full.ts';
import { skDataReady } from './sk-data-ready.ts';
import type { Sock } from './sock.ts';
import { tcpTryFastopen } from './tcp-fastopen.ts';
import { tcpListenDrop } from './tcp-listen-drop.ts';
import { tcpSendSynack } from './tcp-send-synack.ts';

/** How a SYN ended: its request waits for the final ACK, its child for accept(), a cookie was sent, or it was dropped without a word. */
export type SynOutcome =
  | 'queued'
  | 'fast-open'
  | 'cookie'
  | 'accept-queue-full'
  | 'syn-queue-full'
  | 'quarter-rule'
  | 'duplicate';

/**
 * Decides about one SYN, in the kernel's order: SYN queue (cookie or drop), accept queue (always a drop), the quarter of
 * tcp_max_syn_backlog kept for proven clients (only without cookies), then the request.
 * @param reusedTimeWait the SYN reopens a connection in TIME_WAIT: neither the SYN queue nor the quarter rule asks.
 */
export function tcpConnRequest(sk: Sock, segment: Segment, reusedTimeWait = false): SynOutcome {
  const { net } = sk;
  let wantCookie = false;
  if (!reusedTimeWait && (net.sysctl.tcp_syncookies === 2 || inetCskReqskQueueIsFull(sk))) {
    wantCookie = tcpSynFloodAction(sk);
    if (!wantCookie) {
      tcpListenDrop(sk);
      return 'syn-queue-full';
    }
  }
  if (skAcceptqIsFull(sk.ackBacklog, sk.maxAckBacklog) && synDropsAtFullAcceptQueue(sk)) {
    if (net.host.profile.countsSynOverflow) {
      net.mib.ListenOverflows++;
      tcpListenDrop(sk);
    }
    return 'accept-queue-full';
  }
  if (!wantCookie && !reusedTimeWait && keepsLastQuarter(sk)) {
    tcpListenDrop(sk);
    return 'quarter-rule';
  }
  return answer(sk, segment, wantCookie);
}

function answer(sk: Sock, segment: Segment, wantCookie: boolean): SynOutcome {
  const { saddr, sport, daddr, dport, seq } = segment;
  const isn = wantCookie ? cookieInitSequence(sk.net.host.now, segment) : sk.net.host.nextIsn();
  const req = new RequestSock(sk, saddr, sport, daddr, dport, seq, isn);
  if (wantCookie) {
    // From now on an ACK out of nowhere may be a cookie.
    tcpSynqOverflow(sk);
    sk.net.mib.SyncookiesSent++;
    tcpSendSynack(req);
    return 'cookie';
  }
  const { child, cookie } = tcpTryFastopen(sk, req, segment);
  if (child !== null) {
    tcpSendSynack(req);
    inetCskReqskQueueAdd(sk, req, child);
    skDataReady(sk);
    return 'fast-open';
  }
  if (!inetCskReqskQueueHashAdd(sk, req)) return 'duplicate';
  tcpSendSynack(req, cookie);
  return 'queued';
}

/** tcp_syn_flood_action: whether a cookie answers; counts the full SYN queue. */
function tcpSynFloodAction(sk: Sock): boolean {
  const { net } = sk;
  const cookies = net.sysctl.tcp_syncookies !== 0;
  if (net.host.profile.countsReqQFull) {
    if (cookies) net.mib.TCPReqQFullDoCookies++;
    else net.mib.TCPReqQFullDrop++;
  }
  return cookies;
}

/** Until 4.9 a SYN still came in while at most one young request waited. */
function synDropsAtFullAcceptQueue(sk: Sock): boolean {
  return sk.net.host.profile.synAtFullAcceptQueue === 'drop' || sk.acceptQueue().young > 1;
}

/** Without cookies the last quarter of tcp_max_syn_backlog is for clients with a remembered round trip; the model has none. */
function keepsLastQuarter(sk: Sock): boolean {
  const { tcp_syncookies: cookies, tcp_max_syn_backlog: max } = sk.net.sysctl;
  return cookies === 0 && max - sk.acceptQueue().qlen < max >> 2;
}
