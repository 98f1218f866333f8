// sys_socketcall (net/socket.c): the multiplexer of 32-bit x86 and others. The number is checked before the arguments are read.
import { EFAULT, EINVAL } from './errno.ts';

/** Words of arguments by call number, 1 … 20: socket bind connect listen accept getsockname getpeername socketpair send recv … sendmmsg. */
const WORDS = [0, 3, 3, 3, 2, 3, 3, 3, 4, 4, 4, 6, 6, 2, 5, 5, 3, 3, 4, 5, 4] as const;

export const SYS_SOCKET = 1;
export const SYS_BIND = 2;
export const SYS_CONNECT = 3;
export const SYS_LISTEN = 4;
export const SYS_ACCEPT = 5;
export const SYS_SHUTDOWN = 13;
export const SYS_ACCEPT4 = 18;

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
