// Which process a thread belongs to, where a capture names threads only: learnt from what tells it for sure.
import { UNKNOWN } from '../../core/event/event-batch.ts';

/** include/uapi/linux/sched.h */
export const CLONE_THREAD = 0x10000;
/** More tasks than a kernel can have at once; a damaged text must not fill the memory with them. */
const MOST = 1 << 22;

export class ThreadGroups {
  private readonly pids = new Map<number, number>();

  /** The process of a thread, UNKNOWN when nothing told. The idle tasks are process 0. */
  pidOf(tid: number): number {
    if (tid === 0) return 0;
    return this.pids.get(tid) ?? UNKNOWN;
  }

  learn(tid: number, pid: number): void {
    if (tid <= 0) return;
    if (!(pid >= 0 && pid <= 0x7fffffff))
      this.pids.delete(tid); // an id used again
    else if (this.pids.size < MOST) this.pids.set(tid, pid);
  }

  /** A task was made: a thread of its parent's process, or the first of a process of its own. */
  made(child: number, parent: number, cloneFlags: number): void {
    this.learn(child, isThread(cloneFlags) ? this.pidOf(parent) : child);
  }

  forget(tid: number): void {
    this.pids.delete(tid);
  }
}

/** Bits above 32 are of no concern here. */
export const isThread = (cloneFlags: number): boolean => (cloneFlags & CLONE_THREAD) !== 0;
