// The SYN queue: inet_csk_reqsk_queue_is_full, _hash_add and _drop (include/net/inet_connection_sock.h, net/ipv4/inet_connection_sock.c).

import { reqskQueueHashTimer } from './reqsk-timer-handler.ts';
import type { RequestSock } from './request-sock.ts';
import type { Sock } from './sock.ts';

/** Whether another SYN finds no room. Since 6.13 (and stable releases of 2025) a SYN queue holds backlog + 1, before backlog. */
export function inetCskReqskQueueIsFull(sk: Sock): boolean {
  const { qlen, tableSize } = sk.acceptQueue();
  switch (sk.net.host.profile.synQueueFull) {
    case '>=table':
      return qlen >= tableSize;
    case '>=backlog':
      return qlen >= sk.maxAckBacklog;
    default:
      return qlen > sk.maxAckBacklog;
  }
}

/** inet_csk_reqsk_queue_hash_add: the request is known from now on, and its timer runs. False when the four-tuple is taken. */
export function inetCskReqskQueueHashAdd(sk: Sock, req: RequestSock): boolean {
  const { net } = sk;
  if (!net.ehash.insertNew(req.daddr, req.dport, req.saddr, req.sport, req)) return false;
  const queue = sk.acceptQueue();
  queue.qlen++;
  queue.young++;
  reqskQueueHashTimer(sk, req);
  return true;
}

/** reqsk_queue_removed: out of the SYN queue's length; young only while it was never sent again. */
export function reqskQueueRemoved(req: RequestSock): void {
  const queue = req.listener.acceptQueue();
  queue.qlen--;
  if (req.numTimeout === 0) queue.young--;
  queue.table.delete(req);
  req.listener.net.host.timers.remove(req);
}

/** inet_csk_reqsk_queue_drop: forgets the request without a word to the client. */
export function reqskQueueDrop(req: RequestSock): void {
  req.listener.net.ehash.remove(req.daddr, req.dport, req.saddr, req.sport, req);
  reqskQueueRemoved(req);
}
