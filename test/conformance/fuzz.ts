// Random programs on the model and on a kernel: node fuzz.js [PROGRAMS] [SEED] [CPU | GUEST]. Needs root. Status 1 on a difference.
// TIMED=1: programs in which time passes, on many players at once. GUEST is 5.10, 6.1, 6.12 or 7.2 and is emulated; a number without a point is the processor of this host to play on.
import { release } from 'node:os';
import { kernelProfile } from '../../core/kernel/profile.ts';
import { campaign, type Finding } from './campaign.ts';
import { explain } from './compare.ts';
import { generateTimedProgram } from './generate-timed.ts';
import { GUESTS, GuestKernel, type GuestLine } from './guest-kernel.ts';
import { LinuxKernel, LinuxKernels } from './linux-kernel.ts';

const [programs = '20000', seed = String(Date.now() % 2 ** 32), where = '0'] = process.argv.slice(2);
const guest = where in GUESTS ? new GuestKernel(where as GuestLine) : null;
// A guest says only after a first program which release it is.
await guest?.play([{ steps: [] }]);
const timed = process.env.TIMED !== undefined;
const kernel = guest ?? (timed ? new LinuxKernels(40) : new LinuxKernel(Number(where)));
const profile = kernelProfile(kernel.release);
if (profile === null) throw new Error(`no profile for ${release()}`);
console.log(`${kernel.release}: ${programs} programs from seed ${seed}`);
const show = (finding: Finding): void =>
  console.log(`\nseed ${finding.seed}\n${explain(finding.program, finding.divergence)}`);
const onUnconfirmed = (finding: Finding): void => {
  if (process.env.VERBOSE) show(finding);
};
const started = Date.now();
const batch = guest === null ? 2_500 : 10_000;
const quick = process.env.QUICK !== undefined;
const result = await campaign({
  kernel,
  profile,
  seed: Number(seed),
  programs: Number(programs),
  batch,
  onUnconfirmed,
  shrink: !quick,
  ...(timed ? { generate: generateTimedProgram, confirmations: 8 } : null),
  enough: quick ? 60 : 5,
});
for (const finding of result.findings) show(finding);
console.log(
  `${result.programs} programs, ${result.steps} steps, ${result.findings.length} differences, ${result.unconfirmed} not confirmed, ${result.slow} too slow to judge, ${((Date.now() - started) / 1000).toFixed(1)} s`,
);
process.exitCode = result.findings.length > 0 ? 1 : 0;
