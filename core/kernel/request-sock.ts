// struct request_sock: a connection whose three-way handshake is not complete, and afterwards its place in the accept queue.
import type { Addr } from './address.ts';
import { reqskTimerHandler } from './reqsk-timer-handler.ts';
import type { Sock } from './sock.ts';
import { tcpFastopenSynackTimer } from './tcp-fastopen.ts';
import { TCP_NEW_SYN_RECV } from './tcp-state.ts';
import { Timer } from './timer-wheel.ts';

export class RequestSock extends Timer {
  readonly state = TCP_NEW_SYN_RECV;
  /** rsk_listener. */
  listener: Sock;
  readonly saddr: Addr;
  readonly sport: number;
  readonly daddr: Addr;
  readonly dport: number;
  /** The client's initial sequence number, and ours. */
  readonly rcvIsn: number;
  readonly sntIsn: number;
  /** What the client has to send next: its initial number + 1, and the data of a SYN that was taken. */
  rcvNxt: number;
  /** Expiries of the SYN-ACK timer; SYN-ACKs sent again for any reason. */
  numTimeout = 0;
  numRetrans = 0;
  /** A final ACK came and was not taken (overflow, defer accept). */
  acked = false;
  /** tfo_listener: the child that exists before the handshake is over. */
  fastopenChild: Sock | null = null;
  /** The child, once it is in the accept queue; null again when a fast open child was accepted early. */
  sk: Sock | null = null;
  /** Next in the accept queue. */
  nextQueued: RequestSock | null = null;
  /** Nanosecond of the last answer to a repeated SYN or a segment out of window. */
  lastOowAckNs = Number.NEGATIVE_INFINITY;

  constructor(listener: Sock, saddr: Addr, sport: number, daddr: Addr, dport: number, rcvIsn: number, sntIsn: number) {
    super();
    this.listener = listener;
    this.saddr = saddr;
    this.sport = sport;
    this.daddr = daddr;
    this.dport = dport;
    this.rcvIsn = rcvIsn;
    this.rcvNxt = (rcvIsn + 1) >>> 0;
    this.sntIsn = sntIsn;
  }

  /** A fast open child's request has no timer: the child's own one stands in for it, which is not pinned. */
  override get pinned(): boolean {
    return this.fastopenChild === null;
  }

  override expire(): void {
    if (this.fastopenChild === null) reqskTimerHandler(this);
    else tcpFastopenSynackTimer(this, this.fastopenChild);
  }
}
