// The operations of a program, each on the model: names and arguments as the player of a real kernel has them.
import { ANY4, ANY6, LOOPBACK4, LOOPBACK6 } from '../../core/kernel/address.ts';
import { EBADF, ENOTCONN, ENOTSOCK } from '../../core/kernel/errno.ts';
import { O_NONBLOCK, OpenFile } from '../../core/kernel/files.ts';
import { Sock } from '../../core/kernel/sock.ts';
import type { SockAddr } from '../../core/kernel/sockaddr.ts';
import type { AddrArgument } from '../../core/kernel/sys-accept4.ts';
import {
  NO_MEMORY,
  SYS_ACCEPT,
  SYS_BIND,
  SYS_CONNECT,
  SYS_SETSOCKOPT,
  type UserMemory,
} from '../../core/kernel/sys-socketcall.ts';
import * as sys from '../../core/kernel/syscalls.ts';
import { writeSysctl } from '../../core/kernel/sysctl.ts';
import { execTask, exitTask, type Task } from '../../core/kernel/task.ts';
import { TCP_CLOSE, TCP_SYN_SENT } from '../../core/kernel/tcp-state.ts';
import type { ProgramPlayer } from './model-kernel.ts';
import { flagsOf } from './raw-peers.ts';

type Arg = number | string;
type Answer = number | readonly [result: number, value: number];
type Operation = (player: ProgramPlayer, task: Task, args: readonly Arg[]) => Answer;

const num = (arg: Arg | undefined): number => Number(arg ?? 0);

function portOf(player: ProgramPlayer, text: string): number {
  return text.startsWith('p') ? player.portBase + Number(text.slice(1)) : Number(text);
}

/** family, address and natural length of the address names. */
const ADDRESSES: Readonly<Record<string, readonly [family: number, addr: number, length: number]>> = {
  any4: [2, ANY4, 16],
  lo4: [2, LOOPBACK4, 16],
  lo4b: [2, LOOPBACK4 + 1, 16],
  far4: [2, 0xc0000201, 16],
  any6: [10, ANY6, 28],
  lo6: [10, LOOPBACK6, 28],
  map4: [10, LOOPBACK4, 28],
  mapany: [10, ANY4, 28],
  far6: [10, ANY6 + 2, 28],
  unspec: [0, ANY4, 16],
  unspeclo: [0, LOOPBACK4, 16],
  fam7: [7, ANY4, 16],
};

/** `name,port` and a length (-2: the natural one). UNIX names differ per port only. */
function addressOf(player: ProgramPlayer, token: Arg, length: number): SockAddr {
  const [name, portText] = String(token).split(',');
  const port = portOf(player, portText);
  if (name === 'bad') return { family: 0, addr: 0, port, length: length === -2 ? 16 : length, fault: true };
  if (name === 'path' || name === 'abs') {
    const path = name === 'path' ? `/scratch/${port}` : `\0aq-${port}`;
    return { family: 1, addr: 0, port: 0, path, length: length === -2 ? 2 + path.length : length };
  }
  const [family, addr, natural] = ADDRESSES[name];
  return { family, addr, port, length: length === -2 ? natural : length };
}

const MODES: readonly AddrArgument[] = [
  { wanted: false, length: null, fault: false },
  { wanted: true, length: 128, fault: false },
  { wanted: true, length: -5, fault: false },
  { wanted: true, length: 128, fault: true },
  { wanted: true, length: null, fault: false },
  { wanted: false, length: null, fault: false },
  { wanted: true, length: 2, fault: false },
  { wanted: true, length: 0, fault: false },
];

const CALLS: Record<string, Operation> = {
  socket: (_, task, [family, type, protocol]) => sys.socket(task, num(family), num(type), num(protocol)),
  bind: (player, task, [fd, addr, length]) => sys.bind(task, num(fd), addressOf(player, addr, num(length))),
  listen: (_, task, [fd, backlog]) => sys.listen(task, num(fd), num(backlog)),
  accept: (_, task, [fd, mode]) => sys.accept(task, num(fd), MODES[num(mode)]),
  accept4: (_, task, [fd, flags, mode]) => sys.accept4(task, num(fd), num(flags), MODES[num(mode)]),
  connect: (player, task, [fd, addr, length]) => sys.connect(task, num(fd), addressOf(player, addr, num(length))),
  shutdown: (_, task, [fd, how]) => sys.shutdown(task, num(fd), num(how)),
  close: (_, task, [fd]) => sys.close(task, num(fd)),
  dup: (_, task, [fd]) => sys.dup(task, num(fd)),
  dup2: (_, task, [fd, to]) => sys.dup2(task, num(fd), num(to)),
  dup3: (_, task, [fd, to, flags]) => sys.dup3(task, num(fd), num(to), num(flags)),
  dupfd: (_, task, [fd, min, cloexec]) => sys.fcntlDupfd(task, num(fd), num(min), num(cloexec) !== 0),
  send: (_, task, [fd, length]) => sys.send(task, num(fd), num(length)),
  recv: (_, task, [fd, length]) => sys.recv(task, num(fd), num(length)),
  socketcall: (_, task, [call, words, ...args]) =>
    sys.socketcall(task, num(call), Math.max(0, num(words)), args.map(num)),
};

/** Where the words of a socketcall point: every pointer leads to the one thing that the call needs. */
const memoryOf = (parts: Partial<UserMemory>): UserMemory => ({ ...NO_MEMORY, ...parts });
const POINTER = 4096;

/** Calls through socketcall() with what their pointers lead to. */
const SOCKETCALLS: Record<string, Operation> = {
  bind32: (player, task, [fd, addr, length]) => {
    const sockaddr = addressOf(player, addr, num(length));
    const memory = memoryOf({ sockaddr: () => sockaddr });
    return sys.socketcall(task, SYS_BIND, 6, [num(fd), POINTER, sockaddr.length], memory);
  },
  connect32: (player, task, [fd, addr, length]) => {
    const sockaddr = addressOf(player, addr, num(length));
    const memory = memoryOf({ sockaddr: () => sockaddr });
    return sys.socketcall(task, SYS_CONNECT, 6, [num(fd), POINTER, sockaddr.length], memory);
  },
  accept32: (_, task, [fd, mode]) => {
    const memory = memoryOf({ addrArgument: () => MODES[num(mode)] });
    return sys.socketcall(task, SYS_ACCEPT, 6, [num(fd), POINTER, POINTER], memory);
  },
  setsockopt32: (_, task, [fd, level, name, value]) => {
    const memory = memoryOf({ int: () => num(value) });
    return sys.socketcall(task, SYS_SETSOCKOPT, 6, [num(fd), num(level), num(name), POINTER, 4], memory);
  },
};

const DESCRIPTORS: Record<string, Operation> = {
  setfl: (_, task, [fd, nonblock]) => {
    const file = task.files.get(num(fd));
    if (file === null) return -EBADF;
    file.nonblock = num(nonblock) !== 0;
    return 0;
  },
  getfd: (_, task, [fd]) => (task.files.raw(num(fd)) === null ? -EBADF : Number(task.files.slots[num(fd)]?.cloexec)),
  getfl: (_, task, [fd]) => {
    const file = task.files.raw(num(fd));
    return file === null ? -EBADF : file.nonblock ? O_NONBLOCK : 0;
  },
  open: (_, task, [kind]) => open(task, String(kind)),
  rlimit: (_, task, [limit]) => {
    for (const other of task.host.tasks) if (other.files === task.files) other.nofile = num(limit);
    return 0;
  },
  uid: (_, task, [uid]) => {
    task.uid = num(uid);
    return 0;
  },
};

/** A file that is no socket; a pipe takes two descriptors. */
function open(task: Task, kind: string): number {
  const wanted = kind === 'pipe' ? 2 : 1;
  const fds: number[] = [];
  for (let left = wanted; left > 0; left--) {
    const fd = task.files.reserve(task.nofile);
    if (fd < 0) {
      for (const taken of fds) task.files.release(taken);
      return fd;
    }
    fds.push(fd);
  }
  for (const fd of fds) task.files.install(fd, new OpenFile(null, kind === 'opath'), false);
  return fds[0];
}

function withSock(task: Task, fd: number, body: (sk: Sock) => number): number {
  const file = task.files.get(fd);
  if (file === null) return -EBADF;
  if (file.socket === null) return -ENOTSOCK;
  return file.socket.sk instanceof Sock ? body(file.socket.sk) : 0;
}

const OPTIONS: Record<string, Operation> = {
  setsockopt: (_, task, [fd, level, name, value, length]) =>
    sys.setsockopt(task, num(fd), num(level), num(name), num(value), length === undefined ? 4 : num(length)),
  getsockopt: (_, task, [fd, level, name]) => {
    const { error, value } = sys.getsockopt(task, num(fd), num(level), num(name));
    return error === 0 ? [0, value] : error;
  },
  // Division as in C, so that -1 ms is no second and a negative number of microseconds.
  timeo: (_, task, [fd, name, milliseconds]) =>
    sys.setsockoptTimeout(
      task,
      num(fd),
      num(name),
      Math.trunc(num(milliseconds) / 1000),
      (num(milliseconds) % 1000) * 1000,
    ),
  linger: (_, task, [fd, on, seconds]) =>
    withSock(task, num(fd), (sk) => {
      sk.linger = num(on) !== 0;
      sk.lingerSeconds = num(seconds);
      return 0;
    }),
  getpeer: (_, task, [fd]) =>
    withSock(task, num(fd), (sk) =>
      sk.dport === 0 || sk.state === TCP_CLOSE || sk.state === TCP_SYN_SENT ? -ENOTCONN : 0,
    ),
};

const HOST: Record<string, Operation> = {
  sysctl: (player, task, [name, ...values]) =>
    writeSysctl(
      task.host.net.sysctl,
      task.host.profile,
      String(name),
      values.map((value) => portOf(player, String(value))),
    ),
  thread: (player, task) => {
    task.files.users++;
    return spawn(player, task, task.files);
  },
  fork: (player, task) => spawn(player, task, task.files.copy()),
  exec: (_, task) => {
    execTask(task);
    return 0;
  },
  exit: (_, task) => {
    exitTask(task);
    return 0;
  },
  // As long as the other kernel slept: it is never exactly what was asked for.
  sleep: ({ host, observed }, _, [milliseconds]) => {
    host.advance(observed === null ? host.now + num(milliseconds) * 1e6 : Math.max(host.now, observed.at * 1e3));
    return 0;
  },
  tfo: (player, _, [peer, addr, sport, isn, length, option]) => {
    player.peers.fastopen(num(peer), endpoint(player, addr), num(sport), num(isn), num(length), num(option));
    return 0;
  },
  syn: (player, _, [peer, addr, sport, isn]) => {
    player.peers.send(num(peer), endpoint(player, addr), num(sport), flagsOf('S'), num(isn), 0, 0);
    return 0;
  },
  seg: (player, _, [peer, addr, sport, flags, seq, ack, length]) => {
    player.peers.send(
      num(peer),
      endpoint(player, addr),
      num(sport),
      flagsOf(String(flags)),
      num(seq),
      num(ack),
      num(length),
    );
    return 0;
  },
};

function spawn(player: ProgramPlayer, parent: Task, files: Task['files']): number {
  const task = player.adopt(parent.host.spawn(files));
  task.uid = parent.uid;
  task.nofile = parent.nofile;
  return task.id;
}

function endpoint(player: ProgramPlayer, token: Arg): { addr: number; port: number } {
  return addressOf(player, token, -2);
}

export const OPERATIONS: Readonly<Record<string, Operation>> = {
  ...CALLS,
  ...SOCKETCALLS,
  ...DESCRIPTORS,
  ...OPTIONS,
  ...HOST,
};
