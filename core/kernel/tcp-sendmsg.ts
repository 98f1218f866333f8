// tcp_sendmsg and tcp_recvmsg (net/ipv4/tcp.c), non-blocking, counting bytes: what a call answers in each state.
import { EAGAIN, ENOTCONN, EPIPE } from './errno.ts';
import { ACK, PSH } from './segment.ts';
import { RCV_SHUTDOWN, SEND_SHUTDOWN, type Sock } from './sock.ts';
import { sendSegment } from './tcp-output.ts';
import { TCP_CLOSE, TCP_CLOSE_WAIT, TCP_ESTABLISHED, TCP_LISTEN, TCP_SYN_RECV, TCP_SYN_SENT } from './tcp-state.ts';

/** sock_error: the pending error, once. 0 for none. */
export function sockError(sk: Sock): number {
  const error = -sk.err;
  sk.err = 0;
  return error;
}

/** @returns bytes sent, or a negative errno (never a signal: MSG_NOSIGNAL). */
export function tcpSendmsg(sk: Sock, length: number): number {
  // A fast open child may answer before its handshake is over.
  const early = sk.state === TCP_SYN_RECV && sk.fastopenRsk !== null;
  if (sk.state !== TCP_ESTABLISHED && sk.state !== TCP_CLOSE_WAIT && !early) {
    if (sk.err !== 0) return sockError(sk);
    return sk.state === TCP_SYN_SENT || sk.state === TCP_SYN_RECV ? -EAGAIN : -EPIPE;
  }
  if (sk.err !== 0 || (sk.shutdown & SEND_SHUTDOWN) !== 0) return sockError(sk) || -EPIPE;
  if (length > 0) sendSegment(sk, ACK | PSH, length);
  return length;
}

/** @returns bytes read, 0 at the end, or a negative errno. */
export function tcpRecvmsg(sk: Sock, length: number): number {
  if (sk.state === TCP_LISTEN) return -ENOTCONN;
  if (sk.unread > 0) {
    const taken = Math.min(length, sk.unread);
    sk.unread -= taken;
    return taken;
  }
  if (sk.done) return 0;
  if (sk.err !== 0) return sockError(sk);
  if ((sk.shutdown & RCV_SHUTDOWN) !== 0) return 0;
  return sk.state === TCP_CLOSE ? -ENOTCONN : -EAGAIN;
}
