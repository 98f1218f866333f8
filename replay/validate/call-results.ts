// Results of system calls that the path does not decide, and how results are spelled.
import { EMFILE, errnoName } from '../../core/kernel/errno.ts';
import { O_CLOEXEC } from '../../core/kernel/files.ts';

const ENFILE = 23;
const ENOMEM = 12;
const ENOBUFS = 105;
const EPERM = 1;
const EACCES = 13;

/** What limits, memory and security modules answer. */
export const BY_LIMITS: ReadonlySet<number> = new Set([-EMFILE, -ENFILE, -ENOMEM, -ENOBUFS, -EPERM, -EACCES]);

/** EINTR, and what the kernel says inside for a call that a signal interrupts (ERESTARTSYS and the like). */
export const isInterrupted = (result: number): boolean => result === -4 || (result <= -512 && result >= -516);

export const said = (result: number): string => errnoName(result) ?? String(result);

export const hasCloexec = (flags: number): boolean => !Number.isNaN(flags) && (flags & O_CLOEXEC) !== 0;
