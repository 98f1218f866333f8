// Takes out of a workload what tells whose it is: the capture's hash, addresses, names of programs. Times and numbers stay.
import type { Workload } from './workload.ts';

export const anonymized = (workload: Workload): Workload => ({
  ...workload,
  name: 'listener',
  origin: null,
  kernel: /^\d+(\.\d+){0,2}/.exec(workload.kernel)?.[0] ?? workload.kernel,
  acceptors: workload.acceptors.map((acceptor, k) => ({ ...acceptor, name: `acceptor ${k + 1}` })),
});
