// inet_csk_accept (net/ipv4/inet_connection_sock.c): the oldest connection of the accept queue.
import { EINVAL } from './errno.ts';
import { reqskQueueRemove } from './inet-csk-reqsk-queue-add.ts';
import type { RequestSock } from './request-sock.ts';
import type { Sock } from './sock.ts';
import type { Socket } from './socket.ts';
import { TCP_LISTEN } from './tcp-state.ts';

/**
 * One look at the queue. After a wake-up the queue is asked before the state: a connection that came is taken even if the listener
 * stops in the same moment; on the first look a socket that does not listen is refused before anything.
 * @returns the child, -EINVAL, or null for an empty queue.
 */
export function inetCskAccept(socket: Socket, first: boolean): Sock | number | null {
  const sk = socket.sk as Sock;
  if (first && sk.state !== TCP_LISTEN) return -EINVAL;
  const req = reqskQueueRemove(sk);
  if (req !== null) return take(req);
  return sk.state === TCP_LISTEN ? null : -EINVAL;
}

/** A fast open child may be taken before its handshake is over; its request remembers that it is not queued any more. */
function take(req: RequestSock): Sock {
  const child = req.sk as Sock;
  if (req.fastopenChild !== null) req.sk = null;
  return child;
}
