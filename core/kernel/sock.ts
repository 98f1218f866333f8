// struct sock with the parts of inet_sock, tcp_sock and inet_connection_sock that decide outcomes on the listen/accept path.
import { type Addr, ANY4, ANY6 } from './address.ts';
import type { BindBucket, Owner } from './bind-bucket.ts';
import type { Net } from './net.ts';
import type { RequestSock } from './request-sock.ts';
import type { ReuseportGroup } from './reuseport.ts';
import type { Segment } from './segment.ts';
import type { Socket } from './socket.ts';
import type { Task } from './task.ts';
import { TCP_CLOSE } from './tcp-state.ts';

export const AF_UNSPEC = 0;
export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;

export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
export const SOCK_SEQPACKET = 5;

export const RCV_SHUTDOWN = 1;
export const SEND_SHUTDOWN = 2;
export const SHUTDOWN_MASK = 3;

/** A task that sleeps on a socket. accept() waits exclusively: one such waiter is woken for one event. */
export interface Waiter {
  readonly task: Task;
  readonly exclusive: boolean;
}

/** What only a listener has: request_sock_queue (icsk_accept_queue) and friends. Kept over CLOSE → LISTEN again. */
export class RequestSockQueue {
  /** FIFO of requests whose child waits for accept(): rskq_accept_head and rskq_accept_tail. */
  head: RequestSock | null = null;
  tail: RequestSock | null = null;
  /** SYN queue: requests without their final ACK, and those of them not yet retransmitted. */
  qlen = 0;
  young = 0;
  /** Slots of the request table, before 4.4 (struct listen_sock); fixed at the first listen(). */
  tableSize = 0;
  /** fastopenq: children whose handshake is not over, and when those that a reset ended stop counting (nanoseconds). */
  fastopenQlen = 0;
  readonly fastopenResets: number[] = [];
  /** Jiffies at the last cookie sent (ts_recent_stamp), 0 for never: without one recently, a stray ACK is no cookie. */
  overflowStamp = 0;
  /** Requests in the listener's own table, before 4.4. */
  readonly table = new Set<RequestSock>();
  sweeper: SweepTimer | null = null;
}

/** The 200 ms timer of a listener before 4.4; see reqsk-queue-prune.ts. */
export interface SweepTimer {
  stop(): void;
}

export class Sock {
  /** Identity of this sock, as a pointer is in a trace, but never used twice on a host. */
  readonly serial: number;
  readonly net: Net;
  readonly family: number;
  readonly uid: number;
  state: number = TCP_CLOSE;
  /** inet_num: the bound port, 0 when unbound. */
  num = 0;
  /** inet_sport: what getsockname() shows; stays after the port is given back. */
  sport = 0;
  rcvSaddr: Addr;
  daddr: Addr = 0;
  dport = 0;
  reuse = false;
  reuseport = false;
  ipv6only = false;
  /** sk_userlocks: the address, the port was asked for by name. */
  bindAddrLock = false;
  bindPortLock = false;
  shutdown = 0;
  err = 0;
  /** SOCK_DONE: the peer's FIN was seen. */
  done = false;
  /** SOCK_DEAD: no file refers to it any more. */
  dead = false;
  linger = false;
  lingerSeconds = 0;
  /** Nanoseconds; Infinity waits for ever. */
  rcvtimeo = Number.POSITIVE_INFINITY;
  sndtimeo = Number.POSITIVE_INFINITY;
  bucket: BindBucket | null = null;
  /** Its neighbours among the holders of the port. */
  bindBefore: Owner | null = null;
  bindAfter: Owner | null = null;
  socket: Socket | null = null;
  /** sk_ack_backlog and sk_max_ack_backlog. A child carries a frozen copy of its listener's. */
  ackBacklog = 0;
  maxAckBacklog = 0;
  drops = 0;
  queue: RequestSockQueue | null = null;
  /** rskq_defer_accept: timer expiries during which a bare ACK is ignored. */
  deferAccept = 0;
  /** TCP_SYNCNT; 0 uses the namespace's sysctl. */
  synRetries = 0;
  /** fastopen_rsk: the request of a child that waits for its final ACK. */
  fastopenRsk: RequestSock | null = null;
  /** fastopenq.max_qlen. */
  fastopenMaxQlen = 0;
  reuseportGroup: ReuseportGroup | null = null;
  readonly waiters: Waiter[] = [];
  /** Locked by a system call: segments wait in the backlog until release_sock(). */
  ownedByUser = false;
  backlog: Segment[] | null = null;
  /** An acknowledgement is owed and waits for data or the timer. */
  ackPending = false;
  /** Nanosecond of the last challenge ACK; null before the first. */
  lastOowAckNs: number | null = null;
  sndNxt = 0;
  rcvNxt = 0;
  /** Segments beyond a gap. */
  outOfOrder: Segment[] | null = null;
  /** Bytes received and not read. */
  unread = 0;

  constructor(net: Net, family: number, uid: number) {
    this.net = net;
    this.serial = net.host.nextSerial();
    this.family = family;
    this.uid = uid;
    this.rcvSaddr = family === AF_INET6 ? ANY6 : ANY4;
  }

  /** The queue of a listener; made on the first use. */
  acceptQueue(): RequestSockQueue {
    this.queue ??= new RequestSockQueue();
    return this.queue;
  }
}

/** Length of a listener's accept queue, oldest first; for reports and tests. */
export function queuedRequests(sk: Sock): RequestSock[] {
  const list: RequestSock[] = [];
  for (let req = sk.queue?.head ?? null; req !== null; req = req.nextQueued) list.push(req);
  return list;
}
