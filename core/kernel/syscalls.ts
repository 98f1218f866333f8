// The system calls of the path as a task makes them: descriptor lookup, the call, its tracepoints, and the interrupts that follow.
import { EBADF, EINVAL, ENOSYS, ENOTSOCK } from './errno.ts';
import { closeFd, dup3Fd, dupFd, O_CLOEXEC, type OpenFile } from './files.ts';
import { moveAddrToKernel, type SockAddr } from './sockaddr.ts';
import { type Socket, sysSocket } from './socket.ts';
import { type AddrArgument, NO_ADDR, sysAccept4 } from './sys-accept4.ts';
import { clampBacklog } from './sys-listen.ts';
import { SYS_ACCEPT, SYS_ACCEPT4, SYS_LISTEN, SYS_SHUTDOWN, SYS_SOCKET, sysSocketcall } from './sys-socketcall.ts';
import { BLOCKED, type Task } from './task.ts';

function traced(task: Task, call: string, args: readonly number[], body: () => number): number {
  const { trace } = task.host;
  trace?.sysEnter(task, call, args);
  const result = body();
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

/** socketcall() for the calls whose arguments are numbers; those with addresses are -ENOSYS here. */
export function socketcall(task: Task, call: number, readable: number, args: readonly number[]): number {
  const words = sysSocketcall(call, readable, args);
  if (typeof words === 'number') return words;
  const [a, b, c, d] = words.map((word) => word | 0);
  switch (call) {
    case SYS_SOCKET:
      return socket(task, a, b, c);
    case SYS_LISTEN:
      return listen(task, a, b);
    case SYS_ACCEPT:
      return accept(task, a);
    case SYS_SHUTDOWN:
      return shutdown(task, a, b);
    case SYS_ACCEPT4:
      return accept4(task, a, d);
    default:
      return -ENOSYS;
  }
}
