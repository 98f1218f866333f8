// reqsk_timer_handler (net/ipv4/inet_connection_sock.c, since 4.4): sending a SYN-ACK again, ageing, and giving up.

import type { Host } from './host.ts';
import { reqskQueueDrop } from './reqsk-queue.ts';
import { armSweep } from './reqsk-queue-prune.ts';
import type { RequestSock } from './request-sock.ts';
import { reuseportMigrateSock } from './reuseport.ts';
import type { Sock } from './sock.ts';
import { tcpSendSynack } from './tcp-send-synack.ts';
import { TCP_LISTEN } from './tcp-state.ts';

const MILLISECOND = 1_000_000;
const TCP_RTO_MAX_NS = 120_000 * MILLISECOND;

/** reqsk_timeout, nanoseconds: the first time-out, doubled by each expiry, two minutes at most. */
export const reqskTimeout = (host: Host, numTimeout: number): number =>
  Math.min(host.profile.initialRtoMs * MILLISECOND * (numTimeout < 30 ? 1 << numTimeout : 1 << 30), TCP_RTO_MAX_NS);

/** Arms the first timer of a request: its own, or before 4.4 the listener's sweep. */
export function reqskQueueHashTimer(sk: Sock, req: RequestSock): void {
  const { host } = sk.net;
  if (host.profile.synAckTimer === 'sweep') {
    armSweep(sk, req);
    return;
  }
  host.timers.add(req, host.now, reqskTimeout(host, 0));
}

/** SYN-ACKs that are sent again at most: TCP_SYNCNT of the listener, or tcp_synack_retries. */
export const maxSynAckRetries = (sk: Sock): number => sk.synRetries || sk.net.sysctl.tcp_synack_retries;

/** Fewer retransmissions when more than half of the SYN queue is in use, unless most requests are young. */
export function agedRetries(max: number, qlen: number, young: number): number {
  let retries = max;
  for (let doubled = young * 2; retries > 2 && qlen >= doubled; doubled *= 2) retries--;
  return retries;
}

/** One expiry of a request's timer. */
export function reqskTimerHandler(req: RequestSock): void {
  const sk = listenerOf(req);
  if (sk === null) {
    reqskQueueDrop(req);
    return;
  }
  const { host } = sk.net;
  const queue = sk.acceptQueue();
  const max = maxSynAckRetries(sk);
  const retries = queue.qlen * 2 > Math.max(8, sk.maxAckBacklog) ? agedRetries(max, queue.qlen, queue.young) : max;
  sk.net.mib.TCPTimeouts++;
  const { expire, resend } = synAckRecalc(req, sk, retries);
  if (expire) {
    reqskQueueDrop(req);
    return;
  }
  if (resend) retransmitSynAck(sk, req);
  if (req.numTimeout === 0) queue.young--;
  req.numTimeout++;
  host.timers.add(req, host.now, reqskTimeout(host, req.numTimeout));
}

/** syn_ack_recalc: with TCP_DEFER_ACCEPT an acknowledged request is only reminded just before its time is over. */
export function synAckRecalc(req: RequestSock, sk: Sock, retries: number): { expire: boolean; resend: boolean } {
  const defer = sk.deferAccept;
  if (defer === 0) return { expire: req.numTimeout >= retries, resend: true };
  return {
    expire: req.numTimeout >= retries && (!req.acked || req.numTimeout >= defer),
    resend: !req.acked || req.numTimeout >= defer - 1,
  };
}

/** inet_rtx_syn_ack. */
export function retransmitSynAck(sk: Sock, req: RequestSock): void {
  tcpSendSynack(req);
  sk.net.mib.TCPSynRetrans++;
  sk.net.mib.RetransSegs++;
  sk.net.host.trace?.tcpRetransmitSynack(sk, req);
  req.numRetrans++;
}

/** The listener of a request, or the one that takes it over; null when there is none. */
function listenerOf(req: RequestSock): Sock | null {
  const { listener } = req;
  if (listener.state === TCP_LISTEN) return listener;
  const heir = listener.net.host.profile.migration ? reuseportMigrateSock(listener) : null;
  if (heir === null) return null;
  moveRequest(req, heir);
  return heir;
}

/** inet_reqsk_clone and reqsk_migrate_reset: the request counts on the new listener, with its age. */
export function moveRequest(req: RequestSock, heir: Sock): void {
  const from = req.listener.acceptQueue();
  const to = heir.acceptQueue();
  from.qlen--;
  to.qlen++;
  if (req.numTimeout === 0) {
    from.young--;
    to.young++;
  }
  req.listener = heir;
  heir.net.mib.TCPMigrateReqSuccess++;
}
