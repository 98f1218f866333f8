// Numbers of the path's system calls: raw_syscalls events carry nothing else.

export type SyscallArch = 'x86_64' | 'aarch64';

/** arch/x86/entry/syscalls/syscall_64.tbl */
const X86_64: Readonly<Record<number, string>> = {
  3: 'close',
  7: 'poll',
  23: 'select',
  32: 'dup',
  33: 'dup2',
  41: 'socket',
  42: 'connect',
  43: 'accept',
  48: 'shutdown',
  49: 'bind',
  50: 'listen',
  54: 'setsockopt',
  55: 'getsockopt',
  56: 'clone',
  57: 'fork',
  58: 'vfork',
  59: 'execve',
  60: 'exit',
  72: 'fcntl',
  231: 'exit_group',
  232: 'epoll_wait',
  233: 'epoll_ctl',
  270: 'pselect6',
  271: 'ppoll',
  272: 'unshare',
  281: 'epoll_pwait',
  288: 'accept4',
  292: 'dup3',
  308: 'setns',
  322: 'execveat',
  435: 'clone3',
  436: 'close_range',
  441: 'epoll_pwait2',
};

/** include/uapi/asm-generic/unistd.h */
const AARCH64: Readonly<Record<number, string>> = {
  21: 'epoll_ctl',
  22: 'epoll_pwait',
  23: 'dup',
  24: 'dup3',
  25: 'fcntl',
  57: 'close',
  72: 'pselect6',
  73: 'ppoll',
  93: 'exit',
  94: 'exit_group',
  97: 'unshare',
  198: 'socket',
  200: 'bind',
  201: 'listen',
  202: 'accept',
  203: 'connect',
  208: 'setsockopt',
  209: 'getsockopt',
  210: 'shutdown',
  220: 'clone',
  221: 'execve',
  242: 'accept4',
  268: 'setns',
  281: 'execveat',
  435: 'clone3',
  436: 'close_range',
  441: 'epoll_pwait2',
};

const TABLES: Readonly<Record<SyscallArch, Readonly<Record<number, string>>>> = { x86_64: X86_64, aarch64: AARCH64 };

/** The name of a system call; undefined for one that acceptq has no use for. */
export const syscallName = (arch: SyscallArch, nr: number): string | undefined => TABLES[arch][nr];
