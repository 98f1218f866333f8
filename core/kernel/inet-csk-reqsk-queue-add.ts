// inet_csk_reqsk_queue_add and inet_csk_accept's other end: the accept queue, first in, first out.
import type { RequestSock } from './request-sock.ts';
import type { Sock } from './sock.ts';

/** Appends a completed request; sk_ack_backlog grows by one. No limit is checked here: callers did. */
export function inetCskReqskQueueAdd(sk: Sock, req: RequestSock, child: Sock): void {
  const queue = sk.acceptQueue();
  req.sk = child;
  req.nextQueued = null;
  if (queue.tail === null || queue.head === null) queue.head = req;
  else queue.tail.nextQueued = req;
  queue.tail = req;
  sk.ackBacklog++;
}

/** reqsk_queue_remove: takes the oldest; null for an empty queue. */
export function reqskQueueRemove(sk: Sock): RequestSock | null {
  const req = sk.queue?.head ?? null;
  if (req === null || sk.queue === null) return null;
  sk.queue.head = req.nextQueued;
  if (sk.queue.head === null) sk.queue.tail = null;
  req.nextQueued = null;
  sk.ackBacklog--;
  return req;
}
