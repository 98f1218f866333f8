// Which machine numbered the system calls, where a text does not say: told from the numbers that programs use most.
import type { SyscallArch } from './syscall-table.ts';

/** read, write, close, mmap, mprotect, munmap, brk, rt_sig*, futex, epoll_wait, openat, newfstatat, … of x86_64; unused or rare on arm64. */
const X86_64 = new Set([
  0, 1, 3, 9, 10, 11, 12, 13, 14, 21, 39, 110, 202, 228, 230, 231, 232, 257, 262, 271, 288, 302, 318,
]);
/** openat, close, read, write, writev, readlinkat, fstatat, fstat, futex, clock_gettime, rt_sig*, munmap, brk, mmap, mprotect, … of arm64. */
const AARCH64 = new Set([
  56, 57, 63, 64, 66, 78, 79, 80, 94, 98, 113, 115, 134, 135, 178, 214, 215, 220, 222, 226, 242, 261, 278,
]);

export class SyscallArchGuess {
  private x86 = 0;
  private arm = 0;

  note(nr: number): void {
    if (X86_64.has(nr)) this.x86++;
    else if (AARCH64.has(nr)) this.arm++;
  }

  get arch(): SyscallArch {
    return this.arm > this.x86 ? 'aarch64' : 'x86_64';
  }
}
