// Where raw_syscalls and syscalls:* were recorded together, each call is told twice, one right after the other in its task.

const SLOTS = 1 << 12;

export class DoubledCalls {
  private readonly tids = new Int32Array(SLOTS).fill(-2);
  /** Which call was entered or left last, and by which of the two this was told. */
  private readonly facts = new Int32Array(SLOTS);

  /** Whether the other of the two just told this fact of this task. `fact` is any number below 2^29. */
  isSecond(tid: number, fact: number, raw: boolean): boolean {
    const slot = tid & (SLOTS - 1);
    const told = fact * 2 + (raw ? 1 : 0);
    if (this.tids[slot] === tid && (this.facts[slot] ^ told) === 1) {
      this.tids[slot] = -2;
      return true;
    }
    this.tids[slot] = tid;
    this.facts[slot] = told;
    return false;
  }
}
