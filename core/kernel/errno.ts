// Error numbers of the path by name (asm-generic/errno.h: the numbers that x86, arm64, riscv and s390 share).
const NAMES: Readonly<Record<number, string>> = {
  1: 'EPERM',
  4: 'EINTR',
  9: 'EBADF',
  11: 'EAGAIN',
  12: 'ENOMEM',
  13: 'EACCES',
  14: 'EFAULT',
  22: 'EINVAL',
  23: 'ENFILE',
  24: 'EMFILE',
  88: 'ENOTSOCK',
  93: 'EPROTONOSUPPORT',
  94: 'ESOCKTNOSUPPORT',
  95: 'EOPNOTSUPP',
  97: 'EAFNOSUPPORT',
  98: 'EADDRINUSE',
  99: 'EADDRNOTAVAIL',
  101: 'ENETUNREACH',
  103: 'ECONNABORTED',
  104: 'ECONNRESET',
  105: 'ENOBUFS',
  106: 'EISCONN',
  107: 'ENOTCONN',
  110: 'ETIMEDOUT',
  111: 'ECONNREFUSED',
  114: 'EALREADY',
  115: 'EINPROGRESS',
  512: 'ERESTARTSYS',
};

export const EAGAIN = 11;
export const EFAULT = 14;
export const EINVAL = 22;
export const ECONNABORTED = 103;

/** Name of a negative system call result, `errno N` for one not in the list; null for a result that is no error. */
export function errnoName(result: number): string | null {
  if (result >= 0) return null;
  return NAMES[-result] ?? `errno ${-result}`;
}
