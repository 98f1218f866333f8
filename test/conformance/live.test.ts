// The model against the running kernel: the vectors as they stand in the matrix, and random programs from a fresh seed.
import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import { describe, expect, it } from 'vitest';
import { kernelProfile } from '../../core/kernel/profile.ts';
import type { Program } from '../../replay/kernel.ts';
import { group } from '../support/needs.ts';
import { ALL_VECTORS } from './all-vectors.ts';
import { campaign, type Finding } from './campaign.ts';
import { explain } from './compare.ts';
import { generateProgram } from './generate.ts';
import { generateTimedProgram } from './generate-timed.ts';
import { needsInt80, runsInt80, withoutInt80 } from './int80.ts';
import { LinuxKernel, LinuxKernels } from './linux-kernel.ts';
import { disagreements, modelValues, playVectors, renderMatrix } from './matrix.ts';
import { lineOf, MATRIX, storedResults } from './results.ts';
import { traceGroup } from './trace-group.ts';
import type { Vector } from './vectors.ts';

const profile = kernelProfile(release());
if (profile === null) throw new Error(`no profile for ${release()}`);

/** Asked once, and only where the player can be built. */
let int80: Promise<boolean> | null = null;
const hasInt80 = (): Promise<boolean> => {
  int80 ??= runsInt80(new LinuxKernel());
  return int80;
};
/** The random programs of this kernel. */
const programOf = async (): Promise<(seed: number) => Program> =>
  (await hasInt80()) ? generateProgram : (one) => withoutInt80(generateProgram(one));

group('the running kernel does what the vectors expect', ['root', 'compiler', 'slow'], () => {
  const compareVectors = async (vectors: readonly Vector[]): Promise<void> => {
    const played = await playVectors(new LinuxKernel());
    for (const vector of vectors) expect(played[vector.name], vector.name).toEqual(modelValues(release(), vector));
    if (!release().startsWith('6.18.')) return;
    for (const vector of vectors) expect(played[vector.name], vector.name).toEqual(vector.expected);
  };

  it(
    'in every vector of 64-bit calls',
    () => compareVectors(ALL_VECTORS.filter(({ program }) => !needsInt80(program))),
    120_000,
  );

  it('in every vector that calls socketcall()', async ({ skip }) => {
    if (!(await hasInt80())) skip('this kernel runs no 32-bit system calls: socketcall() cannot be reached');
    await compareVectors(ALL_VECTORS.filter(({ program }) => needsInt80(program)));
  }, 120_000);
});

const reportOf = (findings: readonly Finding[]): string =>
  findings.map(({ seed, program, divergence }) => `seed ${seed}\n${explain(program, divergence)}`).join('\n\n');

/** None of these programs sleeps of its own; a few of a thousand stay in connect() to a full UNIX queue. Seconds. */
const PATIENCE = 5;

async function compare(programs: number, seed: number): Promise<void> {
  const result = await campaign({
    kernel: new LinuxKernel(1, PATIENCE),
    profile: profile as NonNullable<typeof profile>,
    seed,
    programs,
    generate: await programOf(),
  });
  expect(reportOf(result.findings)).toBe('');
  expect(result.slow).toBeLessThan(programs / 100);
}

const seed = Number(process.env.ACCEPTQ_SEED ?? Date.now() % 2 ** 31);

group('random programs on the model and the running kernel', ['root', 'compiler', 'slow'], () => {
  it(`agree in 20,000 programs from seed ${seed}`, () => compare(20_000, seed), 1_200_000);
});

group('random programs in which time passes, on the model and the running kernel', ['root', 'compiler', 'slow'], () => {
  it(`agree in 200 programs from seed ${seed}`, async () => {
    const result = await campaign({
      kernel: new LinuxKernels(40),
      profile: profile as NonNullable<typeof profile>,
      seed,
      programs: 200,
      generate: generateTimedProgram,
      confirmations: 8,
    });
    expect(reportOf(result.findings)).toBe('');
    expect(result.slow).toBeLessThan(20);
  }, 600_000);
});

traceGroup(hasInt80);

describe('the matrix', () => {
  it('is what the stored results of the kernels make', () => {
    expect(readFileSync(MATRIX, 'utf8')).toBe(renderMatrix(storedResults()));
  });

  it.each(storedResults().map((results) => [results.release, results] as const))(
    '%s: model and kernel agree',
    (_, results) => {
      expect(disagreements(results)).toEqual([]);
      expect(results.random.differences).toBe(0);
      expect(results.trace.differences).toBe(0);
      expect(results.trace.events).toBeGreaterThan(4_000);
    },
  );

  it('has all five kernels in it, each with every vector and 10,000 random programs or more', () => {
    const lines = storedResults().map(({ release: each }) => lineOf(each));
    expect(lines.sort()).toEqual(['5.10', '6.1', '6.12', '6.18', '7.2']);
    for (const { random, vectors } of storedResults()) {
      expect(random.programs).toBeGreaterThanOrEqual(10_000);
      expect(Object.keys(vectors).sort()).toEqual(ALL_VECTORS.map(({ name }) => name).sort());
    }
  });
});
