// tcp_try_fastopen (net/ipv4/tcp_fastopen.c): a SYN that brings its data, and the child that is accepted before the handshake is over.
import type { Addr } from './address.ts';
import { ETIMEDOUT } from './errno.ts';
import { tcpDone } from './inet-csk-destroy-sock.ts';
import { maxSynAckRetries, reqskTimeout, retransmitSynAck } from './reqsk-timer-handler.ts';
import type { RequestSock } from './request-sock.ts';
import type { Segment } from './segment.ts';
import type { Sock } from './sock.ts';
import { TCP_LISTEN } from './tcp-state.ts';
import { tcpV4SynRecvSock } from './tcp-v4-syn-recv-sock.ts';

export const TFO_SERVER_ENABLE = 2;
/** Data is taken without a cookie. */
const TFO_SERVER_COOKIE_NOT_REQD = 0x200;
/** A reset child counts against its listener for so long: a defence against spoofed SYNs. */
const RST_PENALTY_NS = 60_000_000_000;

export interface FastopenAnswer {
  /** In SYN_RECV, to be queued for accept() at once; null: an ordinary request. */
  readonly child: Sock | null;
  /** Cookie for the SYN-ACK. */
  readonly cookie: number | null;
}

const ORDINARY: FastopenAnswer = { child: null, cookie: null };

/** Decides about the fast open part of a SYN: a child, a cookie for the next time, or nothing. */
export function tcpTryFastopen(sk: Sock, req: RequestSock, syn: Segment): FastopenAnswer {
  const { net } = sk;
  const mode = net.sysctl.tcp_fastopen;
  const option = syn.fastopen;
  if (option === 0) net.mib.TCPFastOpenCookieReqd++;
  if ((mode & TFO_SERVER_ENABLE) === 0 || (syn.length === 0 && option === null)) return ORDINARY;
  if (!tcpFastopenQueueCheck(sk)) return ORDINARY;
  if ((mode & TFO_SERVER_COOKIE_NOT_REQD) !== 0) return { child: createChild(sk, req, syn), cookie: null };
  if (option === null) return ORDINARY;
  const valid = tcpFastopenCookieGen(syn.saddr, syn.daddr);
  if (option === 0) return { child: null, cookie: valid };
  const child = option === valid ? createChild(sk, req, syn) : null;
  if (child === null) net.mib.TCPFastOpenPassiveFail++;
  return { child, cookie: child === null ? valid : null };
}

/** tcp_fastopen_queue_check: room for one more child whose handshake is not over. An old reset one makes room. */
function tcpFastopenQueueCheck(sk: Sock): boolean {
  if (sk.fastopenMaxQlen === 0) return false;
  const queue = sk.acceptQueue();
  if (queue.fastopenQlen < sk.fastopenMaxQlen) return true;
  if (queue.fastopenResets.length === 0 || queue.fastopenResets[0] > sk.net.host.now) {
    sk.net.mib.TCPFastOpenListenOverflow++;
    return false;
  }
  queue.fastopenResets.shift();
  queue.fastopenQlen--;
  return true;
}

/** tcp_fastopen_cookie_gen: proves the client's address. The hash is the model's own; never 0. */
const tcpFastopenCookieGen = (saddr: Addr, daddr: Addr): number =>
  (Math.imul((saddr % 2 ** 32) ^ 0x5bd1e995, 0x01000193) ^ (daddr % 2 ** 32)) >>> 0 || 1;

/** tcp_fastopen_create_child: holds the data of the SYN; its own timer sends the SYN-ACK again. */
function createChild(sk: Sock, req: RequestSock, syn: Segment): Sock | null {
  const child = tcpV4SynRecvSock(sk, req);
  if (child === null) return null;
  sk.acceptQueue().fastopenQlen++;
  child.fastopenRsk = req;
  req.fastopenChild = child;
  child.unread = syn.length;
  child.rcvNxt = (child.rcvNxt + syn.length) >>> 0;
  req.rcvNxt = child.rcvNxt;
  const { host } = sk.net;
  sk.net.ehash.insert(req.daddr, req.dport, req.saddr, req.sport, child);
  host.timers.add(req, host.now, reqskTimeout(host, 0));
  sk.net.mib.TCPFastOpenPassive++;
  return child;
}

/**
 * reqsk_fastopen_remove: the handshake is over, or never will be.
 * @param reset by the peer's reset: an accepted child goes on counting for a minute.
 */
export function reqskFastopenRemove(child: Sock, req: RequestSock, reset: boolean): void {
  child.fastopenRsk = null;
  req.fastopenChild = null;
  const { listener } = req;
  const { host } = listener.net;
  host.timers.remove(req);
  const queue = listener.acceptQueue();
  queue.fastopenQlen--;
  const accepted = req.sk === null;
  if (!accepted || !reset || listener.state !== TCP_LISTEN) return;
  queue.fastopenResets.push(host.now + RST_PENALTY_NS);
  queue.fastopenQlen++;
}

/** tcp_fastopen_synack_timer: one retransmission more than others get, then the child ends with ETIMEDOUT. */
export function tcpFastopenSynackTimer(req: RequestSock, child: Sock): void {
  const { net } = child;
  net.mib.TCPTimeouts++;
  const most = child.synRetries || maxSynAckRetries(child) + 1;
  if (req.numTimeout >= most) {
    child.err = ETIMEDOUT;
    tcpDone(child);
    return;
  }
  retransmitSynAck(child, req);
  req.numTimeout++;
  const { host } = net;
  host.timers.add(req, host.now, reqskTimeout(host, req.numTimeout));
}
