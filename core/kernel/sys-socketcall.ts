// sys_socketcall (net/socket.c): the multiplexer of 32-bit x86 and others. The number is checked before the arguments are read.
import { EFAULT, EINVAL } from './errno.ts';
import type { SockAddr } from './sockaddr.ts';
import type { AddrArgument } from './sys-accept4.ts';

/** Words of arguments by call number, 1 … 20: socket bind connect listen accept getsockname getpeername socketpair send recv … sendmmsg. */
const WORDS = [0, 3, 3, 3, 2, 3, 3, 3, 4, 4, 4, 6, 6, 2, 5, 5, 3, 3, 4, 5, 4] as const;

export const SYS_SOCKET = 1;
export const SYS_BIND = 2;
export const SYS_CONNECT = 3;
export const SYS_LISTEN = 4;
export const SYS_ACCEPT = 5;
export const SYS_SEND = 9;
export const SYS_RECV = 10;
export const SYS_SHUTDOWN = 13;
export const SYS_SETSOCKOPT = 14;
export const SYS_GETSOCKOPT = 15;
export const SYS_ACCEPT4 = 18;

/** What the pointers among the words point to. Null or a fault where nothing is. */
export interface UserMemory {
  sockaddr(pointer: number, length: number): SockAddr;
  /** The peer's address and its length, as accept() takes them. */
  addrArgument(pointer: number, lengthPointer: number): AddrArgument;
  /** An int; null for a pointer that can't be read. */
  int(pointer: number): number | null;
}

/** Memory in which no pointer leads anywhere. */
export const NO_MEMORY: UserMemory = {
  sockaddr: (_, length) => ({ family: 0, addr: 0, port: 0, length, fault: true }),
  addrArgument: (pointer, lengthPointer) => ({
    wanted: pointer !== 0,
    length: lengthPointer === 0 ? null : 0,
    fault: true,
  }),
  int: () => null,
};

/**
 * Decodes a socketcall.
 * @param readable argument words that the caller's memory holds from the pointer on; 0 for a null pointer.
 * @returns the call's arguments as 32-bit words, -EINVAL for a number out of range, -EFAULT for arguments that can't be read.
 */
export function sysSocketcall(call: number, readable: number, args: readonly number[]): readonly number[] | number {
  const words = WORDS[call];
  if (words === undefined || words === 0) return -EINVAL;
  if (readable < words) return -EFAULT;
  return args.slice(0, words);
}
