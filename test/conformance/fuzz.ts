// Random programs on the model and on the running kernel: node fuzz.js [PROGRAMS] [SEED] [CPU]. Needs root. Status 1 on a difference.
import { release } from 'node:os';
import { kernelProfile } from '../../core/kernel/profile.ts';
import { campaign, type Finding } from './campaign.ts';
import { explain } from './compare.ts';
import { LinuxKernel } from './linux-kernel.ts';

const [programs = 20_000, seed = Date.now() % 2 ** 32, cpu = 0] = process.argv.slice(2).map(Number);
const profile = kernelProfile(release());
if (profile === null) throw new Error(`no profile for ${release()}`);
console.log(`${release()}: ${programs} programs from seed ${seed}`);
const onUnconfirmed = (finding: Finding): void => {
  if (process.env.VERBOSE)
    console.log(`\nnot confirmed: seed ${finding.seed}\n${explain(finding.program, finding.divergence)}`);
};
const started = Date.now();
const result = await campaign({ kernel: new LinuxKernel(cpu), profile, seed, programs, onUnconfirmed });
for (const finding of result.findings)
  console.log(`\nseed ${finding.seed}\n${explain(finding.program, finding.divergence)}`);
console.log(
  `${result.programs} programs, ${result.steps} steps, ${result.findings.length} differences, ${result.unconfirmed} not confirmed, ${result.slow} too slow to judge, ${((Date.now() - started) / 1000).toFixed(1)} s`,
);
process.exitCode = result.findings.length > 0 ? 1 : 0;
