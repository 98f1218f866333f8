// inet_stream_connect (net/ipv4/af_inet.c): connect() by the state of the socket, and AF_UNSPEC, which undoes one.
import { EALREADY, ECONNABORTED, EINPROGRESS, EINVAL, EISCONN } from './errno.ts';
import type { OpenFile } from './files.ts';
import { AF_UNSPEC, type Sock } from './sock.ts';
import type { SockAddr } from './sockaddr.ts';
import type { Socket } from './socket.ts';
import { BLOCKED, type Task } from './task.ts';
import { tcpConnect } from './tcp-connect.ts';
import { tcpDisconnect } from './tcp-disconnect.ts';
import { releaseSock } from './tcp-rcv-established.ts';
import { TCP_CLOSE, TCP_SYN_RECV, TCP_SYN_SENT } from './tcp-state.ts';
import { finishWait, waitOn } from './wait.ts';

/** sa_family alone. */
const FAMILY_LENGTH = 2;

export function inetStreamConnect(task: Task, socket: Socket, addr: SockAddr, file: OpenFile): number {
  const sk = socket.sk as Sock;
  if (addr.length < FAMILY_LENGTH) return -EINVAL;
  if (addr.family === AF_UNSPEC) {
    tcpDisconnect(sk);
    socket.state = 'unconnected';
    return 0;
  }
  if (socket.state === 'connected') return -EISCONN;
  if (socket.state === 'disconnecting') return -EINVAL;
  const error = socket.state === 'connecting' ? -EALREADY : start(socket, sk, addr);
  if (error !== -EALREADY && error !== -EINPROGRESS) {
    releaseSock(sk);
    return error;
  }
  const timeout = file.nonblock ? 0 : sk.sndtimeo;
  if (isPending(sk)) {
    // release_sock lets the answer in. A call that does not wait has its result before that.
    releaseSock(sk);
    if (timeout === 0) return error;
  }
  if (!isPending(sk)) return collect(socket, sk);
  waitOn(sk, task, false);
  return task.sleep({ call: 'connect', retry: (expired) => again(task, socket, sk, expired, error) }, timeout);
}

function start(socket: Socket, sk: Sock, addr: SockAddr): number {
  if (sk.state !== TCP_CLOSE) return -EISCONN;
  sk.ownedByUser = true;
  const error = tcpConnect(sk, addr);
  if (error === 0) socket.state = 'connecting';
  return error === 0 ? -EINPROGRESS : error;
}

/** Whether a SYN is out and its answer was not seen. */
function isPending(sk: Sock): boolean {
  return sk.state === TCP_SYN_SENT || sk.state === TCP_SYN_RECV;
}

function again(task: Task, socket: Socket, sk: Sock, expired: boolean, error: number): number {
  if (isPending(sk)) {
    if (expired) {
      finishWait(sk, task);
      return error;
    }
    waitOn(sk, task, false);
    return BLOCKED;
  }
  finishWait(sk, task);
  return collect(socket, sk);
}

/** The end of a connect(): connected, or the error that ended it, which frees the socket for another try. */
function collect(socket: Socket, sk: Sock): number {
  if (sk.state !== TCP_CLOSE) {
    socket.state = 'connected';
    return 0;
  }
  const error = sk.err === 0 ? -ECONNABORTED : -sk.err;
  sk.err = 0;
  tcpDisconnect(sk);
  socket.state = 'unconnected';
  return error;
}
