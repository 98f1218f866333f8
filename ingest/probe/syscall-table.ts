// Numbers of the system calls in the catalogue, by architecture (arch/x86/entry/syscalls/syscall_64.tbl, asm-generic/unistd.h).
import type { SYSCALLS } from '../../core/event/event-type.ts';

export type SyscallName = keyof typeof SYSCALLS;
export type SyscallTable = Readonly<Partial<Record<SyscallName, number>>>;

const X86_64: SyscallTable = {
  close: 3,
  poll: 7,
  select: 23,
  dup: 32,
  dup2: 33,
  socket: 41,
  connect: 42,
  accept: 43,
  shutdown: 48,
  bind: 49,
  listen: 50,
  setsockopt: 54,
  getsockopt: 55,
  clone: 56,
  fork: 57,
  vfork: 58,
  execve: 59,
  exit: 60,
  fcntl: 72,
  exit_group: 231,
  epoll_wait: 232,
  epoll_ctl: 233,
  pselect6: 270,
  ppoll: 271,
  unshare: 272,
  epoll_pwait: 281,
  accept4: 288,
  dup3: 292,
  setns: 308,
  execveat: 322,
  clone3: 435,
  close_range: 436,
  epoll_pwait2: 441,
};

/** The table that architectures share which came after 2008; it has no call that a newer one replaces. */
const GENERIC: SyscallTable = {
  epoll_ctl: 21,
  epoll_pwait: 22,
  dup: 23,
  dup3: 24,
  fcntl: 25,
  close: 57,
  pselect6: 72,
  ppoll: 73,
  exit: 93,
  exit_group: 94,
  unshare: 97,
  socket: 198,
  bind: 200,
  listen: 201,
  accept: 202,
  connect: 203,
  setsockopt: 208,
  getsockopt: 209,
  shutdown: 210,
  clone: 220,
  execve: 221,
  accept4: 242,
  setns: 268,
  execveat: 281,
  clone3: 435,
  close_range: 436,
  epoll_pwait2: 441,
};

const TABLES: ReadonlyMap<string, SyscallTable> = new Map([
  ['x86_64', X86_64],
  ['amd64', X86_64],
  ['aarch64', GENERIC],
  ['arm64', GENERIC],
  ['riscv64', GENERIC],
  ['loongarch64', GENERIC],
]);

/** The table of an architecture by its name in `uname -m`; null for one whose numbers are not known. */
export const syscallTable = (arch: string): SyscallTable | null => TABLES.get(arch) ?? null;

/**
 * C types of arguments that are not `int` (SYSCALL_DEFINE): where formats of single calls tell them, raw_syscalls tell only
 * registers. The key is `call argument`.
 */
export const ARGUMENT_TYPES: Readonly<Record<string, 'unsigned int' | 'unsigned long'>> = {
  'close fd': 'unsigned int',
  'close_range fd': 'unsigned int',
  'close_range max_fd': 'unsigned int',
  'close_range flags': 'unsigned int',
  'dup fildes': 'unsigned int',
  'dup2 oldfd': 'unsigned int',
  'dup2 newfd': 'unsigned int',
  'dup3 oldfd': 'unsigned int',
  'dup3 newfd': 'unsigned int',
  'fcntl fd': 'unsigned int',
  'fcntl cmd': 'unsigned int',
  'fcntl arg': 'unsigned long',
  'poll nfds': 'unsigned int',
  'ppoll nfds': 'unsigned int',
  'clone clone_flags': 'unsigned long',
  'clone3 size': 'unsigned long',
  'unshare unshare_flags': 'unsigned long',
};

export type SyscallArch = 'x86_64' | 'aarch64';

const named = (table: SyscallTable): ReadonlyMap<number, SyscallName> =>
  new Map(Object.entries(table).map(([name, nr]) => [nr, name as SyscallName]));
const NAMES: Readonly<Record<SyscallArch, ReadonlyMap<number, SyscallName>>> = {
  x86_64: named(X86_64),
  aarch64: named(GENERIC),
};

/** The name of a system call; undefined for one that acceptq has no use for. */
export const syscallName = (arch: SyscallArch, nr: number): SyscallName | undefined => NAMES[arch].get(nr);
