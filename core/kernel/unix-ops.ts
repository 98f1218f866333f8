// unix_stream_ops, unix_seqpacket_ops, unix_dgram_ops (net/unix/af_unix.c): listeners without a handshake.
import {
  EADDRINUSE,
  EAGAIN,
  ECONNREFUSED,
  ECONNRESET,
  EINVAL,
  EISCONN,
  ENOENT,
  ENOTCONN,
  EOPNOTSUPP,
  EPIPE,
  EPROTOTYPE,
} from './errno.ts';
import type { OpenFile } from './files.ts';
import { skDataReady } from './sk-data-ready.ts';
import { AF_UNIX, AF_UNSPEC, RCV_SHUTDOWN, SEND_SHUTDOWN, SHUTDOWN_MASK, SOCK_SEQPACKET } from './sock.ts';
import type { SockAddr } from './sockaddr.ts';
import type { Socket, SocketOps } from './socket.ts';
import { BLOCKED, type Task } from './task.ts';
import { TCP_CLOSE, TCP_ESTABLISHED, TCP_LISTEN } from './tcp-state.ts';
import { UnixSock, unixRecvqFull } from './unix-sock.ts';

/** offsetof(struct sockaddr_un, sun_path). */
const NAME_OFFSET = 2;
const SOCKADDR_UN = 110;

const sockOf = (socket: Socket): UnixSock => socket.sk as UnixSock;
/** Abstract names are apart for each type; a file has one name for all. */
const nameKey = (name: string, type: number): string => (isAbstract(name) ? `${type}${name}` : name);
const isAbstract = (name: string): boolean => name.startsWith('\0');

/**
 * unix_bind_bsd, unix_bind_abstract: a file is made first, so that a name in use is noticed before that the socket has one already;
 * with an abstract name it is the other way round.
 */
function unixBind(_task: Task, socket: Socket, addr: SockAddr): number {
  const sk = sockOf(socket);
  const bad = validate(addr);
  if (bad !== 0) return bad;
  const name = addr.path ?? '';
  const key = nameKey(name, sk.type);
  const taken = sk.net.unixNames.has(key);
  if (sk.name !== null) {
    if (isAbstract(name)) return -EINVAL;
    if (taken) return -EADDRINUSE;
    if (sk.net.host.profile.unixBindLeavesFile) sk.net.unixNames.set(key, abandoned(sk));
    return -EINVAL;
  }
  if (taken) return -EADDRINUSE;
  sk.name = name;
  sk.net.unixNames.set(key, sk);
  return 0;
}

/** A file without a socket behind it. */
function abandoned(sk: UnixSock): UnixSock {
  const gone = new UnixSock(sk.net, sk.type, sk.uid);
  gone.dead = true;
  return gone;
}

function validate(addr: SockAddr): number {
  return addr.family !== AF_UNIX || addr.length <= NAME_OFFSET || addr.length > SOCKADDR_UN ? -EINVAL : 0;
}

/** unix_listen: needs a name, never takes one by itself; a larger backlog lets waiting clients try again. */
function unixListen(socket: Socket, backlog: number): number {
  const sk = sockOf(socket);
  if (sk.name === null) return -EINVAL;
  if (sk.state !== TCP_CLOSE && sk.state !== TCP_LISTEN) return -EINVAL;
  if (backlog > sk.maxAckBacklog) wakeConnectors(sk);
  sk.maxAckBacklog = backlog;
  sk.state = TCP_LISTEN;
  return 0;
}

/** unix_accept. After SHUT_RD what is queued is still given out; then a call that may wait gets EINVAL, another EAGAIN. */
function unixAccept(socket: Socket): UnixSock | number | null {
  const sk = sockOf(socket);
  if (sk.state !== TCP_LISTEN) return -EINVAL;
  const child = sk.queue.shift();
  if (child !== undefined) {
    wakeConnectors(sk);
    return child;
  }
  return null;
}

/** unix_stream_connect. */
function unixStreamConnect(task: Task, socket: Socket, addr: SockAddr, file: OpenFile): number {
  const sk = sockOf(socket);
  const bad = validate(addr);
  if (bad !== 0) return bad;
  const attempt = (expired: boolean): number => {
    const name = addr.path ?? '';
    const other = sk.net.unixNames.get(nameKey(name, sk.type));
    if (other === undefined) return isAbstract(name) ? -ECONNREFUSED : -ENOENT;
    if (other.dead) return -ECONNREFUSED;
    if (other.type !== sk.type) return -EPROTOTYPE;
    if (other.state !== TCP_LISTEN || (other.shutdown & RCV_SHUTDOWN) !== 0) return -ECONNREFUSED;
    if (unixRecvqFull(other)) {
      if (file.nonblock || expired || sk.sndtimeo === 0) return -EAGAIN;
      other.connectors.push({ task, exclusive: true });
      return BLOCKED;
    }
    return join(sk, other);
  };
  const result = attempt(false);
  return result === BLOCKED ? task.sleep({ call: 'connect', retry: attempt }, sk.sndtimeo) : result;
}

/** Both ends are connected at once; the far one waits for accept(). */
function join(sk: UnixSock, other: UnixSock): number {
  if (sk.state === TCP_ESTABLISHED) return -EISCONN;
  if (sk.state !== TCP_CLOSE) return -EINVAL;
  const child = new UnixSock(sk.net, sk.type, other.uid);
  child.state = TCP_ESTABLISHED;
  child.peer = sk;
  child.name = other.name;
  sk.peer = child;
  sk.state = TCP_ESTABLISHED;
  if (sk.socket !== null) sk.socket.state = 'connected';
  other.queue.push(child);
  skDataReady(other);
  return 0;
}

/** unix_shutdown: a listener stays a listener; its clients are refused from now on. */
function unixShutdown(socket: Socket, how: number): number {
  const bits = how + 1;
  if (bits < 1 || bits > 3) return -EINVAL;
  const sk = sockOf(socket);
  sk.shutdown |= bits;
  if (sk.peer !== null) {
    if ((bits & RCV_SHUTDOWN) !== 0) sk.peer.shutdown |= SEND_SHUTDOWN;
    if ((bits & SEND_SHUTDOWN) !== 0) sk.peer.shutdown |= RCV_SHUTDOWN;
  }
  for (const waiter of sk.waiters.splice(0)) sk.net.host.wake(waiter.task);
  return 0;
}

/** unix_release_sock: queued clients learn it as ECONNRESET, once. */
function unixRelease(socket: Socket): void {
  const sk = sockOf(socket);
  releaseSock(sk);
}

function releaseSock(sk: UnixSock): void {
  const wasListening = sk.state === TCP_LISTEN;
  sk.state = TCP_CLOSE;
  sk.dead = true;
  sk.shutdown = SHUTDOWN_MASK;
  if (sk.name !== null && isAbstract(sk.name)) {
    const key = nameKey(sk.name, sk.type);
    if (sk.net.unixNames.get(key) === sk) sk.net.unixNames.delete(key);
  }
  const { peer } = sk;
  if (peer !== null) {
    peer.shutdown = SHUTDOWN_MASK;
    if (sk.unread > 0 || sk.socket === null) peer.err = ECONNRESET;
    sk.peer = null;
  }
  if (!wasListening) return;
  for (const child of sk.queue.splice(0)) releaseSock(child);
  wakeConnectors(sk);
}

function wakeConnectors(sk: UnixSock): void {
  for (const waiter of sk.connectors.splice(0)) sk.net.host.wake(waiter.task);
}

function unixSend(socket: Socket, length: number): number {
  const sk = sockOf(socket);
  // unix_seqpacket_sendmsg asks for the pending error first; a stream leaves it for recv().
  if (sk.type === SOCK_SEQPACKET && sk.err !== 0) return error(sk);
  if (sk.state !== TCP_ESTABLISHED) return -ENOTCONN;
  if ((sk.shutdown & SEND_SHUTDOWN) !== 0 || sk.peer === null || sk.peer.dead) return -EPIPE;
  sk.peer.unread += length;
  return length;
}

function unixRecv(socket: Socket, length: number): number {
  const sk = sockOf(socket);
  if (sk.state !== TCP_ESTABLISHED) return sk.type === SOCK_SEQPACKET ? -ENOTCONN : -EINVAL;
  if (sk.unread > 0) {
    const taken = Math.min(length, sk.unread);
    sk.unread -= taken;
    return taken;
  }
  if (sk.err !== 0) return error(sk);
  return (sk.shutdown & RCV_SHUTDOWN) !== 0 ? 0 : -EAGAIN;
}

function error(sk: UnixSock): number {
  const value = -sk.err;
  sk.err = 0;
  return value;
}

export const unixStreamOps: SocketOps = {
  bind: unixBind,
  listen: unixListen,
  accept: unixAccept,
  connect: (task, socket, addr, file) =>
    addr.family === AF_UNSPEC ? -EINVAL : unixStreamConnect(task, socket, addr, file),
  shutdown: unixShutdown,
  release: unixRelease,
  send: unixSend,
  recv: unixRecv,
};

/** Datagram sockets only have a name here: they neither listen nor accept. */
export const unixDgramOps: SocketOps = {
  bind: unixBind,
  listen: () => -EOPNOTSUPP,
  accept: () => -EOPNOTSUPP,
  connect: () => -EOPNOTSUPP,
  shutdown: unixShutdown,
  release: unixRelease,
  send: () => -ENOTCONN,
  recv: () => -EAGAIN,
};
