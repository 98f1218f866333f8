// A campaign: many random programs on the model and on a kernel, compared; a difference is confirmed and shrunk.
import type { KernelProfile } from '../../core/kernel/profile.ts';
import type { Kernel, Program, Run } from '../../replay/kernel.ts';
import { ModelKernel } from '../../replay/model/model-kernel.ts';
import { type Divergence, firstDivergence } from './compare.ts';
import { generateProgram } from './generate.ts';
import { portBaseOf } from './linux-kernel.ts';

/** Timers begin to matter after a second; a program that took this long, its sleeps apart, is not judged. Microseconds. */
const TOO_SLOW = 600_000;

export interface Finding {
  readonly seed: number;
  readonly program: Program;
  readonly divergence: Divergence;
}

export interface CampaignResult {
  readonly programs: number;
  readonly steps: number;
  readonly findings: readonly Finding[];
  /** Differences that did not come again each time the same program was played alone. */
  readonly unconfirmed: number;
  readonly slow: number;
}

export interface CampaignOptions {
  readonly kernel: Kernel;
  readonly profile: KernelProfile;
  readonly seed: number;
  readonly programs: number;
  readonly batch?: number;
  /** Plays in which a difference must come again. Default 3. */
  readonly confirmations?: number;
  readonly generate?: (seed: number) => Program;
  /** Whether a difference is confirmed and shrunk: each needs further plays. Default true. */
  readonly shrink?: boolean;
  /** Findings after which to stop. */
  readonly enough?: number;
  readonly onUnconfirmed?: (finding: Finding) => void;
  readonly onProgress?: (played: number) => void;
}

export async function campaign(options: CampaignOptions): Promise<CampaignResult> {
  const { kernel, seed, programs: wanted, batch = 2_500, enough = 5, generate = generateProgram } = options;
  const findings: Finding[] = [];
  let steps = 0;
  let unconfirmed = 0;
  let slow = 0;
  let played = 0;
  while (played < wanted && findings.length < enough) {
    const seeds = Array.from({ length: Math.min(batch, wanted - played) }, (_, at) => (seed + played + at) >>> 0);
    const programs = seeds.map((each) => generate(each));
    const runs = await kernel.play(programs);
    for (const [at, program] of programs.entries()) {
      steps += program.steps.length;
      if (isTooSlow(program, runs[at])) slow++;
      const divergence = judge(options.profile, program, runs[at], portBaseOf(at));
      if (divergence === null || findings.length >= enough) continue;
      if (options.shrink === false) findings.push({ seed: seeds[at], program, divergence });
      else {
        const [always] = await differsAlways(options, [program]);
        if (always !== null) findings.push({ seed: seeds[at], ...(await shrink(options, program, always)) });
        else {
          unconfirmed++;
          options.onUnconfirmed?.({ seed: seeds[at], program, divergence });
        }
      }
    }
    played += seeds.length;
    options.onProgress?.(played);
  }
  return { programs: played, steps, findings, unconfirmed, slow };
}

/** The first difference between the kernel's run and the model's, which makes the kernel's own choices. */
export function judge(profile: KernelProfile, program: Program, run: Run, portBase: number): Divergence | null {
  if (isTooSlow(program, run)) return null;
  const model = new ModelKernel({ profile, portBase }).playOne(program, run);
  // Task 0 sleeps in the kernel for longer than the player's supervisor waits: connect() to a full queue, without a time-out.
  if (run.crashed && (model.elapsed > TOO_SLOW || sleepsForGood(program, model))) return null;
  return firstDivergence(program, model, run);
}

/** Whether task 0, whose thread plays the steps, stays in a call. */
const sleepsForGood = (program: Program, { outcomes }: Run): boolean =>
  outcomes.some(({ result }, at) => program.steps[at]?.task === 0 && (result === null || Number.isNaN(result)));

/** Whether the kernel took so long, apart from the program's own sleeps, that its timers were at other steps than the model's. */
function isTooSlow(program: Program, run: Run): boolean {
  const asked = program.steps.map(({ op, args }) => (op === 'sleep' ? Number(args[0]) * 1e3 : 0));
  return run.elapsed - asked.reduce((sum, each) => sum + each, 0) > TOO_SLOW;
}

/** Whether the program differs each time that it is played, and how. A race between timers does not; a rule does. */
async function differsAlways(options: CampaignOptions, programs: readonly Program[]): Promise<(Divergence | null)[]> {
  const { kernel, profile, confirmations = 3 } = options;
  const runs = await kernel.play(programs.flatMap((program) => Array<Program>(confirmations).fill(program)));
  return programs.map((program, at) => {
    const first = at * confirmations;
    const found = runs
      .slice(first, first + confirmations)
      .map((run, again) => judge(profile, program, run, portBaseOf(first + again)));
    return found.every((divergence) => divergence !== null) ? found[0] : null;
  });
}

/** Takes steps away as long as a difference stays: halves first, then single steps. Tasks and descriptors are not renumbered. */
async function shrink(
  options: CampaignOptions,
  whole: Program,
  first: Divergence,
): Promise<{ program: Program; divergence: Divergence }> {
  let program = whole;
  let divergence = first;
  for (let size = Math.ceil(program.steps.length / 2); size >= 1; ) {
    const starts = Array.from({ length: Math.ceil(program.steps.length / size) }, (_, at) => at * size);
    const shorter = starts
      .map((start) => ({ steps: program.steps.filter((_, at) => at < start || at >= start + size) }))
      .filter(({ steps }) => steps.length > 0);
    const found = await differsAlways(options, shorter);
    const at = found.findIndex((each) => each !== null);
    if (at >= 0) {
      program = shorter[at];
      divergence = found[at] as Divergence;
    } else size = size === 1 ? 0 : Math.ceil(size / 2);
  }
  return { program, divergence };
}
