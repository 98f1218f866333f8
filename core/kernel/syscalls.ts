// The system calls of the path as a task makes them: descriptor lookup, the call, its tracepoints, and the interrupts that follow.
import { EBADF, EFAULT, EINVAL, ENOSYS, ENOTSOCK } from './errno.ts';
import { closeFd, dup3Fd, dupFd, O_CLOEXEC, type OpenFile } from './files.ts';
import { moveAddrToKernel, type SockAddr } from './sockaddr.ts';
import { type Socket, sysSocket } from './socket.ts';
import { getSockOpt, SOL_SOCKET, setSockOpt, sockSetTimeout } from './sockopt.ts';
import { type AddrArgument, NO_ADDR, sysAccept4 } from './sys-accept4.ts';
import { clampBacklog } from './sys-listen.ts';
import {
  NO_MEMORY,
  SYS_ACCEPT,
  SYS_ACCEPT4,
  SYS_BIND,
  SYS_CONNECT,
  SYS_GETSOCKOPT,
  SYS_LISTEN,
  SYS_RECV,
  SYS_SEND,
  SYS_SETSOCKOPT,
  SYS_SHUTDOWN,
  SYS_SOCKET,
  sysSocketcall,
  type UserMemory,
} from './sys-socketcall.ts';
import { BLOCKED, type Task } from './task.ts';

/** One call and its tracepoints; what socketcall() calls in turn has none of its own. */
function traced(task: Task, call: string, args: readonly number[], body: () => number): number {
  if (task.inCall) return body();
  const { trace } = task.host;
  task.inCall = true;
  trace?.sysEnter(task, call, args);
  const result = body();
  task.inCall = false;
  if (result !== BLOCKED) trace?.sysExit(task, call, result);
  task.host.runWoken();
  return result;
}

/** sockfd_lookup_light: EBADF, then ENOTSOCK. */
function withSocket(task: Task, fd: number, body: (socket: Socket, file: OpenFile) => number): number {
  const file = task.files.get(fd);
  if (file === null) return -EBADF;
  return file.socket === null ? -ENOTSOCK : body(file.socket, file);
}

export const socket = (task: Task, family: number, type: number, protocol: number): number =>
  traced(task, 'socket', [family, type, protocol], () => sysSocket(task, family, type, protocol));

/** __sys_bind: the socket first, then the address. */
export const bind = (task: Task, fd: number, addr: SockAddr): number =>
  traced(task, 'bind', [fd, addr.length], () =>
    withSocket(task, fd, (found) => moveAddrToKernel(addr) || found.ops.bind(task, found, addr)),
  );

/** __sys_listen: lookup, the unsigned clamp to somaxconn of the socket's namespace, then the protocol. */
export const listen = (task: Task, fd: number, backlog: number): number =>
  traced(task, 'listen', [fd, backlog], () =>
    withSocket(task, fd, (found) => found.ops.listen(found, clampBacklog(backlog, found.sk.net.sysctl.somaxconn))),
  );

export const accept = (task: Task, fd: number, addr: AddrArgument = NO_ADDR): number =>
  traced(task, 'accept', [fd], () => sysAccept4(task, fd, 0, addr, 'accept'));

export const accept4 = (task: Task, fd: number, flags: number, addr: AddrArgument = NO_ADDR): number =>
  traced(task, 'accept4', [fd, flags], () => (task.host.profile.accept4 ? sysAccept4(task, fd, flags, addr) : -ENOSYS));

/** __sys_connect: the file, then the address, and only then whether the file is a socket. */
export const connect = (task: Task, fd: number, addr: SockAddr): number =>
  traced(task, 'connect', [fd, addr.length], () => {
    const file = task.files.get(fd);
    if (file === null) return -EBADF;
    const error = moveAddrToKernel(addr);
    if (error !== 0) return error;
    return file.socket === null ? -ENOTSOCK : file.socket.ops.connect(task, file.socket, addr, file);
  });

export const shutdown = (task: Task, fd: number, how: number): number =>
  traced(task, 'shutdown', [fd, how], () => withSocket(task, fd, (found) => found.ops.shutdown(found, how)));

export const close = (task: Task, fd: number): number =>
  traced(task, 'close', [fd], () => closeFd(task.host, task.files, fd));

export const dup = (task: Task, fd: number): number =>
  traced(task, 'dup', [fd], () => dupFd(task.files, fd, task.nofile, 0, false));

/** dup2(): equal numbers are a look whether it is open. */
export const dup2 = (task: Task, fd: number, to: number): number =>
  traced(task, 'dup2', [fd, to], () =>
    fd === to ? (task.files.raw(fd) === null ? -EBADF : fd) : dup3Fd(task.host, task.files, fd, to, task.nofile, false),
  );

/** dup3(): flags, then equal numbers, are EINVAL. */
export const dup3 = (task: Task, fd: number, to: number, flags: number): number =>
  traced(task, 'dup3', [fd, to, flags], () =>
    (flags & ~O_CLOEXEC) !== 0 || fd === to
      ? -EINVAL
      : dup3Fd(task.host, task.files, fd, to, task.nofile, (flags & O_CLOEXEC) !== 0),
  );

/** fcntl(F_DUPFD), fcntl(F_DUPFD_CLOEXEC). */
export const fcntlDupfd = (task: Task, fd: number, min: number, cloexec: boolean): number =>
  traced(task, 'fcntl', [fd, cloexec ? 1030 : 0, min], () => dupFd(task.files, fd, task.nofile, min, cloexec));

export const send = (task: Task, fd: number, length: number): number =>
  traced(task, 'sendto', [fd, length], () => withSocket(task, fd, (found) => found.ops.send(found, length)));

export const recv = (task: Task, fd: number, length: number): number =>
  traced(task, 'recvfrom', [fd, length], () => withSocket(task, fd, (found) => found.ops.recv(found, length)));

/** setsockopt() with an int. */
export const setsockopt = (task: Task, fd: number, level: number, name: number, value: number, length = 4): number =>
  traced(task, 'setsockopt', [fd, level, name], () =>
    withSocket(task, fd, (found) => (length < 4 ? -EINVAL : setSockOpt(found, level, name, value))),
  );

/** setsockopt(SO_RCVTIMEO) or SO_SNDTIMEO with a struct timeval. */
export const setsockoptTimeout = (
  task: Task,
  fd: number,
  name: number,
  seconds: number,
  microseconds: number,
): number =>
  traced(task, 'setsockopt', [fd, SOL_SOCKET, name], () =>
    withSocket(task, fd, (found) => sockSetTimeout(found, name, seconds, microseconds)),
  );

/** getsockopt() of an int. */
export function getsockopt(task: Task, fd: number, level: number, name: number): { error: number; value: number } {
  let value = 0;
  const error = traced(task, 'getsockopt', [fd, level, name], () =>
    withSocket(task, fd, (found) => {
      const read = getSockOpt(found, level, name);
      value = read.value;
      return read.error;
    }),
  );
  return { error, value };
}

/** socketcall(): one system call, with one pair of tracepoints. Calls that the model does not have are -ENOSYS. */
export function socketcall(
  task: Task,
  call: number,
  readable: number,
  args: readonly number[],
  memory: UserMemory = NO_MEMORY,
): number {
  return traced(task, 'socketcall', [call], () => {
    const words = sysSocketcall(call, readable, args);
    if (typeof words === 'number') return words;
    return dispatch(
      task,
      call,
      words.map((word) => word | 0),
      memory,
    );
  });
}

function dispatch(task: Task, call: number, [a, b, c, d, e]: readonly number[], memory: UserMemory): number {
  switch (call) {
    case SYS_SOCKET:
      return socket(task, a, b, c);
    case SYS_BIND:
      return bind(task, a, memory.sockaddr(b, c));
    case SYS_CONNECT:
      return connect(task, a, memory.sockaddr(b, c));
    case SYS_LISTEN:
      return listen(task, a, b);
    case SYS_ACCEPT:
      return accept(task, a, memory.addrArgument(b, c));
    case SYS_SEND:
      return send(task, a, c);
    case SYS_RECV:
      return recv(task, a, c);
    case SYS_SHUTDOWN:
      return shutdown(task, a, b);
    case SYS_SETSOCKOPT:
      return setsockoptAt(task, a, b, c, memory.int(d), e);
    case SYS_GETSOCKOPT:
      return getsockopt(task, a, b, c).error;
    case SYS_ACCEPT4:
      return accept4(task, a, d, memory.addrArgument(b, c));
    default:
      return -ENOSYS;
  }
}

/** A value that can't be read is noticed after the socket and before the option. */
const setsockoptAt = (
  task: Task,
  fd: number,
  level: number,
  name: number,
  value: number | null,
  length: number,
): number => (value === null ? withSocket(task, fd, () => -EFAULT) : setsockopt(task, fd, level, name, value, length));
