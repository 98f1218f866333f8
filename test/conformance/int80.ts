// Whether a kernel runs 32-bit system calls, by which alone socketcall() can be reached on x86_64; and programs without them.
import type { Kernel, Program } from '../../replay/kernel.ts';

const ENOSYS = 38;
const BY_INT80 = new Set(['socketcall', 'bind32', 'connect32', 'accept32', 'setsockopt32']);

/** False where the player's 32-bit calls end in a fault: IA-32 emulation is off in the kernel, or forbidden by the host of a virtual machine. */
export async function runsInt80(kernel: Kernel): Promise<boolean> {
  const [run] = await kernel.play([{ steps: [{ task: 0, op: 'socketcall', args: [0, -1] }] }]);
  return run.outcomes[0].result !== -ENOSYS;
}

export const needsInt80 = ({ steps }: Program): boolean => steps.some(({ op }) => BY_INT80.has(op));

export const withoutInt80 = ({ steps }: Program): Program => ({ steps: steps.filter(({ op }) => !BY_INT80.has(op)) });
