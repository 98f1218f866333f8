// struct socket, its operations by family and type, and __sys_socket (net/socket.c) with its order of checks.
import { EAFNOSUPPORT, EINVAL, EPERM, EPROTONOSUPPORT, ESOCKTNOSUPPORT } from './errno.ts';
import { O_CLOEXEC, O_NONBLOCK, OpenFile } from './files.ts';
import { inetDgramOps } from './inet-dgram-ops.ts';
import { inetStreamOps } from './inet-stream-ops.ts';
import { AF_INET, AF_INET6, AF_UNIX, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET, SOCK_STREAM, Sock } from './sock.ts';
import type { SockAddr } from './sockaddr.ts';
import type { Task } from './task.ts';
import { unixDgramOps, unixStreamOps } from './unix-ops.ts';
import { UnixSock } from './unix-sock.ts';

/** enum socket_state. */
export type SocketState = 'unconnected' | 'connecting' | 'connected' | 'disconnecting';

/** What accept() found: the sock of the new connection; null where nobody waits (the caller sleeps or gets EAGAIN). */
export type Dequeued = Sock | UnixSock;

export interface SocketOps {
  bind(task: Task, socket: Socket, addr: SockAddr): number;
  listen(socket: Socket, backlog: number): number;
  /** Takes a connection, or a negative errno, or null when none waits. `first`: the call's first look, not one after a wake-up. */
  accept(socket: Socket, first: boolean): Dequeued | number | null;
  connect(task: Task, socket: Socket, addr: SockAddr, file: OpenFile): number;
  shutdown(socket: Socket, how: number): number;
  release(socket: Socket): void;
  send(socket: Socket, length: number): number;
  recv(socket: Socket, length: number): number;
}

export class Socket {
  state: SocketState = 'unconnected';
  readonly type: number;
  readonly ops: SocketOps;
  readonly sk: Sock | UnixSock;

  constructor(type: number, ops: SocketOps, sk: Sock | UnixSock) {
    this.type = type;
    this.ops = ops;
    this.sk = sk;
  }
}

const SOCK_TYPE_MASK = 0xf;
const SOCK_MAX = 11;
const NPROTO = 46;
const IPPROTO_MAX = 263;
const IPPROTO_TCP = 6;
const IPPROTO_UDP = 17;
const IPPROTO_MPTCP = 262;

/** socket(). @returns a descriptor or a negative errno; the descriptor comes last, so that EMFILE is the last error. */
export function sysSocket(task: Task, family: number, type: number, protocol: number): number {
  const flags = type & ~SOCK_TYPE_MASK;
  if ((flags & ~(O_CLOEXEC | O_NONBLOCK)) !== 0) return -EINVAL;
  if (family < 0 || family >= NPROTO) return -EAFNOSUPPORT;
  const base = type & SOCK_TYPE_MASK;
  if (base >= SOCK_MAX) return -EINVAL;
  const socket = createSocket(task, family, base, protocol);
  if (typeof socket === 'number') return socket;
  const fd = task.files.reserve(task.nofile);
  if (fd < 0) {
    socket.ops.release(socket);
    return fd;
  }
  const file = new OpenFile(socket);
  file.nonblock = (flags & O_NONBLOCK) !== 0;
  task.files.install(fd, file, (flags & O_CLOEXEC) !== 0);
  return fd;
}

function createSocket(task: Task, family: number, type: number, protocol: number): Socket | number {
  if (family === AF_INET || family === AF_INET6) return inetCreate(task, family, type, protocol);
  if (family === AF_UNIX) return unixCreate(task, type, protocol);
  return -EAFNOSUPPORT;
}

/** inet_create, inet6_create. */
function inetCreate(task: Task, family: number, type: number, protocol: number): Socket | number {
  if (protocol < 0 || protocol >= IPPROTO_MAX) return -EINVAL;
  if (type !== SOCK_STREAM && type !== SOCK_DGRAM && type !== SOCK_RAW) return -ESOCKTNOSUPPORT;
  if (type === SOCK_RAW) {
    if (protocol === 0) return -EPROTONOSUPPORT;
    if (task.uid !== 0) return -EPERM;
  } else if (protocol !== 0 && !isProtocolOf(task, type, protocol)) {
    return -EPROTONOSUPPORT;
  }
  const sk = new Sock(task.host.net, family, task.uid);
  const socket = new Socket(type, type === SOCK_STREAM ? inetStreamOps : inetDgramOps, sk);
  sk.socket = socket;
  return socket;
}

/**
 * inetsw. An MPTCP listener (mptcp_listen) asks its first subflow, a TCP sock, for everything on the path: its rules are TCP's, and the
 * model has that subflow alone. Options of its own, its data and the events of the MPTCP sock above are not modelled.
 */
function isProtocolOf(task: Task, type: number, protocol: number): boolean {
  if (type !== SOCK_STREAM) return protocol === IPPROTO_UDP;
  return protocol === IPPROTO_TCP || (protocol === IPPROTO_MPTCP && task.host.profile.mptcp);
}

/** unix_create: SOCK_RAW becomes SOCK_DGRAM. */
function unixCreate(task: Task, type: number, protocol: number): Socket | number {
  if (protocol !== 0 && protocol !== AF_UNIX) return -EPROTONOSUPPORT;
  const real = type === SOCK_RAW ? SOCK_DGRAM : type;
  if (real !== SOCK_STREAM && real !== SOCK_DGRAM && real !== SOCK_SEQPACKET) return -ESOCKTNOSUPPORT;
  const sk = new UnixSock(task.host.net, real, task.uid);
  const socket = new Socket(real, real === SOCK_DGRAM ? unixDgramOps : unixStreamOps, sk);
  sk.socket = socket;
  return socket;
}
