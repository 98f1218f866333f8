// cookie_v4_check (net/ipv4/syncookies.c): an ACK without a request; its number may prove an earlier SYN-ACK.
import { cookieIsValid, tcpSynqNoRecentOverflow } from './cookie.ts';
import { inetCskReqskQueueAdd } from './inet-csk-reqsk-queue-add.ts';
import { RequestSock } from './request-sock.ts';
import type { Segment } from './segment.ts';
import type { Sock } from './sock.ts';
import { tcpV4SendReset } from './tcp-send-synack.ts';
import { childProcess, tcpV4SynRecvSock } from './tcp-v4-syn-recv-sock.ts';

export function cookieV4Check(sk: Sock, segment: Segment): void {
  const { net } = sk;
  if (net.sysctl.tcp_syncookies === 0 || tcpSynqNoRecentOverflow(sk)) {
    // Not even looked at: an ordinary stray ACK.
    tcpV4SendReset(net, sk, segment);
    return;
  }
  if (!cookieIsValid(net.host.now, segment)) {
    net.mib.SyncookiesFailed++;
    tcpV4SendReset(net, sk, segment);
    return;
  }
  // Counted before the queue is asked: SyncookiesRecv may grow together with ListenOverflows.
  net.mib.SyncookiesRecv++;
  const { saddr, sport, daddr, dport } = segment;
  const req = new RequestSock(sk, saddr, sport, daddr, dport, (segment.seq - 1) >>> 0, (segment.ack - 1) >>> 0);
  const child = tcpV4SynRecvSock(sk, req);
  if (child === null) return;
  net.ehash.insert(daddr, dport, saddr, sport, child);
  inetCskReqskQueueAdd(sk, req, child);
  childProcess(sk, child, segment);
}
