// npm run conformance [-- --guests [5.10 …]] [--programs N] [--seed N] [--keep]: plays the vectors and random programs, compares trace
// events, writes results and MATRIX.md. --keep plays no random programs and keeps what is stored of them.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type KernelProfile, kernelProfile } from '../../core/kernel/profile.ts';
import type { Kernel, Program } from '../../replay/kernel.ts';
import { QUICK_VECTORS } from './all-vectors.ts';
import { campaign } from './campaign.ts';
import { explain, explainProgram } from './compare.ts';
import { generateProgram } from './generate.ts';
import { GUESTS, GuestKernel, type GuestLine } from './guest-kernel.ts';
import { BLOCKS, LinuxKernel } from './linux-kernel.ts';
import { type Recording, recordLive } from './live-trace.ts';
import { disagreements, type KernelResults, playVectors, renderMatrix } from './matrix.ts';
import { lineOf, MATRIX, storedResults, storeResults } from './results.ts';
import { tracedBy } from './trace-lines.ts';
import { TRACEFS_EVENTS, tracefsForm, tracefsLines } from './tracefs-lines.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    guests: { type: 'boolean' },
    programs: { type: 'string' },
    seed: { type: 'string' },
    keep: { type: 'boolean' },
  },
});
const seed = Number(values.seed ?? Date.now() % 2 ** 31);

/** A kernel under test, how much of it, and how its events are recorded. */
interface Candidate {
  readonly kernel: Kernel;
  readonly programs: number;
  readonly batch: number;
  readonly record: (programs: readonly Program[]) => Promise<Recording>;
  readonly form: (line: string) => string | null;
}

function here(): Candidate {
  const programs = Number(values.programs ?? 20_000);
  return { kernel: new LinuxKernel(), programs, batch: 2_500, record: recordLive, form: (line) => line };
}

function guest(line: GuestLine): Candidate {
  const kernel = new GuestKernel(line);
  const record = async (list: readonly Program[]): Promise<Recording> => {
    const { runs, text } = await kernel.playTraced(list, TRACEFS_EVENTS);
    return { runs, lines: tracefsLines(text) };
  };
  return { kernel, programs: Number(values.programs ?? 10_000), batch: 10_000, record, form: tracefsForm };
}

/** @returns whether the model agreed in everything. */
async function conform(candidate: Candidate): Promise<boolean> {
  const { kernel } = candidate;
  const vectors = await playVectors(kernel);
  const { release } = kernel;
  const profile = kernelProfile(release);
  if (profile === null) throw new Error(`${release} is no kernel release`);
  console.log(`${release}: ${Object.keys(vectors).length} vectors played`);
  const stored = storedResults().find((results) => lineOf(results.release) === lineOf(release));
  const results: KernelResults = {
    release,
    vectors,
    random: values.keep === true && stored !== undefined ? stored.random : await randomly(candidate, profile),
    trace: await traces(candidate, profile),
  };
  storeResults(results);
  const unlike = disagreements(results);
  for (const name of unlike) console.log(`${release}: model and kernel differ in "${name}"`);
  console.log(
    `${release}: ${unlike.length} vectors, ${results.random.differences} of ${results.random.programs} programs and the events of ${results.trace.differences} of ${results.trace.programs} differ`,
  );
  return unlike.length === 0 && results.random.differences === 0 && results.trace.differences === 0;
}

async function randomly(candidate: Candidate, profile: KernelProfile): Promise<KernelResults['random']> {
  const { kernel, programs, batch } = candidate;
  console.log(`${kernel.release}: ${programs} random programs from seed ${seed}`);
  const done = await campaign({ kernel, profile, seed, programs, batch });
  for (const finding of done.findings)
    console.log(`\nseed ${finding.seed}\n${explain(finding.program, finding.divergence)}`);
  return { programs: done.programs, steps: done.steps, seed, differences: done.findings.length };
}

async function traces({ record, form }: Candidate, profile: KernelProfile): Promise<KernelResults['trace']> {
  const random = Array.from({ length: BLOCKS - QUICK_VECTORS.length }, (_, at) => generateProgram(seed + at));
  const programs = [...QUICK_VECTORS.map(({ program }) => program), ...random];
  const { runs, lines } = await record(programs);
  let [events, differences] = [0, 0];
  for (const [at, program] of programs.entries()) {
    const { model, kernel } = tracedBy(profile, program, at, runs[at], lines, form);
    events += model.length;
    if (model.join('\n') === kernel.join('\n')) continue;
    differences++;
    console.log(`\n${explainProgram(program)}\nevents differ\n  model:  ${model.join('\n          ')}`);
    console.log(`  kernel: ${kernel.join('\n          ')}`);
  }
  return { programs: programs.length, events, differences };
}

const lines = (positionals.length > 0 ? positionals : Object.keys(GUESTS)) as GuestLine[];
let agreed = true;
for (const candidate of values.guests === true ? lines.map(guest) : [here()])
  agreed = (await conform(candidate)) && agreed;
writeFileSync(MATRIX, renderMatrix(storedResults()));
process.exitCode = agreed ? 0 : 1;
