// __sys_accept4 (net/socket.c): accept() and accept4(), with the order of checks that each release has.
import { EAGAIN, EBADF, EFAULT, EINVAL, ENOTSOCK } from './errno.ts';
import { fput, O_CLOEXEC, O_NONBLOCK, OpenFile } from './files.ts';
import type { Waiter } from './sock.ts';
import { SOCK_SEQPACKET, SOCK_STREAM, Sock } from './sock.ts';
import { type Dequeued, Socket } from './socket.ts';
import { BLOCKED, type Task } from './task.ts';
import { UnixSock } from './unix-sock.ts';

/** What the caller passed for the peer's address; a bad one is noticed when the connection has left the queue, and loses it. */
export interface AddrArgument {
  readonly wanted: boolean;
  /** addrlen's value; null when its pointer can't be read. */
  readonly length: number | null;
  /** The address pointer can't be written. */
  readonly fault: boolean;
}

export const NO_ADDR: AddrArgument = { wanted: false, length: null, fault: false };

interface Call {
  readonly task: Task;
  readonly file: OpenFile;
  readonly socket: Socket;
  readonly fd: number;
  readonly flags: number;
  readonly addr: AddrArgument;
}

/** @returns the new descriptor, a negative errno, or BLOCKED. */
export function sysAccept4(task: Task, fd: number, flags: number, addr: AddrArgument, name = 'accept4'): number {
  const checked = check(task, fd, flags);
  if (typeof checked === 'number') return checked;
  const { file, socket } = checked;
  const call: Call = { task, file, socket, fd: checked.fd, flags, addr };
  file.refs++; // fdget: the call itself keeps the listener alive
  const result = look(call, true);
  if (result !== null) return finish(call, result);
  const timeout = call.file.nonblock ? 0 : call.socket.sk.rcvtimeo;
  if (timeout === 0) return finish(call, unixClosedForReading(call) && !call.file.nonblock ? -EINVAL : -EAGAIN);
  if (unixClosedForReading(call)) return finish(call, -EINVAL);
  sleepExclusively(call);
  return task.sleep({ call: name, retry: (expired) => again(call, expired) }, timeout);
}

/** The checks before the protocol is asked, in the release's order. A reserved descriptor is given back on a later failure. */
function check(task: Task, fd: number, flags: number): { file: OpenFile; socket: Socket; fd: number } | number {
  const file = task.files.get(fd);
  let reserved = -1;
  let failure = 0;
  if (file !== null && file.socket !== null && (flags & ~(O_CLOEXEC | O_NONBLOCK)) === 0) {
    // Only the descriptor can fail: the order does not matter.
    reserved = task.files.reserve(task.nofile);
    return reserved < 0 ? reserved : { file, socket: file.socket, fd: reserved };
  }
  for (const step of task.host.profile.acceptChecks) {
    if (step === 'flags' && (flags & ~(O_CLOEXEC | O_NONBLOCK)) !== 0) failure = -EINVAL;
    else if (step === 'file' && file === null) failure = -EBADF;
    else if (step === 'socket' && file?.socket == null) failure = -ENOTSOCK;
    else if (step === 'fd') {
      reserved = task.files.reserve(task.nofile);
      if (reserved < 0) failure = reserved;
    }
    if (failure !== 0) break;
  }
  if (failure === 0 && file?.socket != null) return { file, socket: file.socket, fd: reserved };
  if (reserved >= 0) task.files.release(reserved);
  return failure;
}

function look(call: Call, first: boolean): number | null {
  const taken = call.socket.ops.accept(call.socket, first);
  if (taken === null || typeof taken === 'number') return taken;
  return deliver(call, taken);
}

/** After a sleep: the queue, then the state, then the time-out. */
function again(call: Call, expired: boolean): number {
  const result = look(call, false);
  if (result !== null) return finish(call, result);
  if (unixClosedForReading(call)) return finish(call, -EINVAL);
  if (expired) return finish(call, -EAGAIN);
  sleepExclusively(call);
  return BLOCKED;
}

/** The connection has left the queue. A bad address argument loses it now: the client sees its end. */
function deliver(call: Call, sk: Dequeued): number {
  const { task, addr, flags } = call;
  const type = sk instanceof UnixSock ? sk.type : SOCK_STREAM;
  const socket = new Socket(type === SOCK_SEQPACKET ? SOCK_SEQPACKET : type, call.socket.ops, sk);
  socket.state = 'connected';
  sk.socket = socket;
  const file = new OpenFile(socket);
  file.nonblock = (flags & O_NONBLOCK) !== 0;
  const error = moveAddrToUser(addr);
  if (error !== 0) {
    fput(task.host, file);
    return error;
  }
  task.files.install(call.fd, file, (flags & O_CLOEXEC) !== 0);
  return call.fd;
}

/** move_addr_to_user: the length is read first, the address written next. */
function moveAddrToUser(addr: AddrArgument): number {
  if (!addr.wanted) return 0;
  if (addr.length === null) return -EFAULT;
  if (addr.length < 0) return -EINVAL;
  return addr.fault && addr.length > 0 ? -EFAULT : 0;
}

function finish(call: Call, result: number): number {
  const { task, fd, file } = call;
  const waiters = call.socket.sk.waiters as Waiter[];
  const at = waiters.length === 0 ? -1 : waiters.findIndex((waiter) => waiter.task === task);
  if (at >= 0) waiters.splice(at, 1);
  if (result < 0) task.files.release(fd);
  fput(task.host, file);
  return result;
}

function sleepExclusively(call: Call): void {
  const waiters = call.socket.sk.waiters as Waiter[];
  if (!waiters.some((waiter) => waiter.task === call.task)) waiters.push({ task: call.task, exclusive: true });
}

/** A UNIX listener after SHUT_RD: whoever would wait gets EINVAL. */
const unixClosedForReading = (call: Call): boolean =>
  !(call.socket.sk instanceof Sock) && (call.socket.sk.shutdown & 1) !== 0;
