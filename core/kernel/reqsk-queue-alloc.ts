// reqsk_queue_alloc (net/core/request_sock.c): an empty accept queue, and before 4.4 the table of the SYN queue.
import type { Sock } from './sock.ts';

/**
 * Prepares the queue of a sock that starts to listen. Lengths of the SYN queue carry over from an earlier life, since requests may
 * still be about; the accept queue is empty. Before 4.4 a new table is sized by the backlog.
 */
export function reqskQueueAlloc(sk: Sock, backlog: number): void {
  const queue = sk.acceptQueue();
  queue.head = null;
  queue.tail = null;
  queue.fastopenQlen = 0;
  queue.fastopenResets.length = 0;
  if (sk.net.host.profile.synQueue !== 'listen_sock') return;
  queue.tableSize = listenSockSize(backlog, sk.net.sysctl.tcp_max_syn_backlog);
  queue.qlen = 0;
  queue.young = 0;
}

/** Slots of struct listen_sock: the power of two from max(8, min(backlog, tcp_max_syn_backlog)) + 1 on. */
export function listenSockSize(backlog: number, maxSynBacklog: number): number {
  const wanted = Math.max(8, Math.min(backlog, maxSynBacklog)) + 1;
  return 2 ** Math.ceil(Math.log2(wanted));
}
