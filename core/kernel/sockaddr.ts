// A socket address as a system call gets it, already copied from the caller: family, address, port, and the length that was passed.

import type { Addr } from './address.ts';
import { EFAULT, EINVAL } from './errno.ts';

export interface SockAddr {
  /** sa_family of the structure. */
  readonly family: number;
  readonly addr: Addr;
  readonly port: number;
  /** Length passed by the caller, bytes. */
  readonly length: number;
  /** The pointer can't be read. */
  readonly fault?: boolean;
  /** AF_UNIX: the name; an abstract one starts with NUL. */
  readonly path?: string;
}

export const SIN_LENGTH = 16;
/** SIN6_LEN_RFC2133: the shortest sockaddr_in6 taken. */
export const SIN6_LENGTH = 24;
const SOCKADDR_STORAGE = 128;

/** move_addr_to_kernel: 0 or a negative errno. */
export function moveAddrToKernel(addr: SockAddr): number {
  if (addr.length < 0 || addr.length > SOCKADDR_STORAGE) return -EINVAL;
  if (addr.length === 0) return 0;
  return addr.fault === true ? -EFAULT : 0;
}
