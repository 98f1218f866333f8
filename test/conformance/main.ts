// npm run conformance [-- --guests [5.10 …]] [--programs N] [--seed N]: plays the vectors and random programs, writes results and MATRIX.md.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { kernelProfile } from '../../core/kernel/profile.ts';
import type { Kernel } from '../../replay/kernel.ts';
import { campaign } from './campaign.ts';
import { explain } from './compare.ts';
import { GUESTS, GuestKernel, type GuestLine } from './guest-kernel.ts';
import { LinuxKernel } from './linux-kernel.ts';
import { disagreements, playVectors, renderMatrix } from './matrix.ts';
import { MATRIX, storedResults, storeResults } from './results.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { guests: { type: 'boolean' }, programs: { type: 'string' }, seed: { type: 'string' } },
});
const seed = Number(values.seed ?? Date.now() % 2 ** 31);

/** @returns whether the model agreed in everything. */
async function conform(kernel: Kernel, programs: number, batch: number): Promise<boolean> {
  const vectors = await playVectors(kernel);
  const { release } = kernel;
  const profile = kernelProfile(release);
  if (profile === null) throw new Error(`${release} is no kernel release`);
  console.log(
    `${release}: ${Object.keys(vectors).length} vectors played; ${programs} random programs from seed ${seed}`,
  );
  const done = await campaign({ kernel, profile, seed, programs, batch });
  for (const finding of done.findings)
    console.log(`\nseed ${finding.seed}\n${explain(finding.program, finding.divergence)}`);
  const results = {
    release,
    vectors,
    random: { programs: done.programs, steps: done.steps, seed, differences: done.findings.length },
  };
  storeResults(results);
  const unlike = disagreements(results);
  for (const name of unlike) console.log(`${release}: model and kernel differ in "${name}"`);
  console.log(
    `${release}: ${unlike.length} vectors differ, ${done.findings.length} of ${done.programs} programs differ`,
  );
  return unlike.length === 0 && done.findings.length === 0;
}

let agreed = true;
if (values.guests === true) {
  const lines = (positionals.length > 0 ? positionals : Object.keys(GUESTS)) as GuestLine[];
  for (const line of lines)
    agreed = (await conform(new GuestKernel(line), Number(values.programs ?? 10_000), 10_000)) && agreed;
} else {
  agreed = await conform(new LinuxKernel(), Number(values.programs ?? 20_000), 2_500);
}
writeFileSync(MATRIX, renderMatrix(storedResults()));
process.exitCode = agreed ? 0 : 1;
