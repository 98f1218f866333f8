// struct unix_sock: a UNIX stream or seqpacket socket, its name, and as a listener the connections that wait.
import type { Net } from './net.ts';
import type { Waiter } from './sock.ts';
import type { Socket } from './socket.ts';
import { TCP_CLOSE } from './tcp-state.ts';

export class UnixSock {
  readonly net: Net;
  readonly type: number;
  readonly uid: number;
  state: number = TCP_CLOSE;
  /** The name it is bound to, null for none. */
  name: string | null = null;
  shutdown = 0;
  err = 0;
  socket: Socket | null = null;
  dead = false;
  peer: UnixSock | null = null;
  /** Listener: connections that nobody accepted yet, oldest first. sk_ack_backlog stays 0: the receive queue is the accept queue. */
  readonly queue: UnixSock[] = [];
  maxAckBacklog = 0;
  rcvtimeo = Number.POSITIVE_INFINITY;
  sndtimeo = Number.POSITIVE_INFINITY;
  reuse = false;
  reuseport = false;
  /** Acceptors that sleep, and clients that found the queue full. */
  readonly waiters: Waiter[] = [];
  readonly connectors: Waiter[] = [];
  unread = 0;

  constructor(net: Net, type: number, uid: number) {
    this.net = net;
    this.type = type;
    this.uid = uid;
  }
}

/** unix_recvq_full: as in TCP, a queue of backlog + 1. */
export const unixRecvqFull = (sk: UnixSock): boolean => sk.queue.length > sk.maxAckBacklog;
