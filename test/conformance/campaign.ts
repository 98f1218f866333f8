// A campaign: many random programs on the model and on a kernel, compared; a difference is confirmed and shrunk.
import type { KernelProfile } from '../../core/kernel/profile.ts';
import type { Kernel, Program, Run } from '../../replay/kernel.ts';
import { ModelKernel } from '../../replay/model/model-kernel.ts';
import { type Divergence, firstDivergence } from './compare.ts';
import { generateProgram } from './generate.ts';
import { portBaseOf } from './linux-kernel.ts';

/** Timers begin to matter after a second; a program that took this long is played again, not judged. Microseconds. */
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
  /** Differences that did not come again when the same program was played alone, three times. */
  readonly unconfirmed: number;
  readonly slow: number;
}

export interface CampaignOptions {
  readonly kernel: Kernel;
  readonly profile: KernelProfile;
  readonly seed: number;
  readonly programs: number;
  readonly batch?: number;
  /** Whether a difference is confirmed and shrunk: each needs further plays. Default true. */
  readonly shrink?: boolean;
  /** Findings after which to stop. */
  readonly enough?: number;
  readonly onUnconfirmed?: (finding: Finding) => void;
  readonly onProgress?: (played: number) => void;
}

export async function campaign(options: CampaignOptions): Promise<CampaignResult> {
  const { kernel, seed, programs: wanted, batch = 2_500, enough = 5 } = options;
  const findings: Finding[] = [];
  let steps = 0;
  let unconfirmed = 0;
  let slow = 0;
  let played = 0;
  while (played < wanted && findings.length < enough) {
    const seeds = Array.from({ length: Math.min(batch, wanted - played) }, (_, at) => (seed + played + at) >>> 0);
    const programs = seeds.map((each) => generateProgram(each));
    const runs = await kernel.play(programs);
    for (const [at, program] of programs.entries()) {
      steps += program.steps.length;
      if (runs[at].elapsed > TOO_SLOW) slow++;
      const divergence = judge(options.profile, program, runs[at], portBaseOf(at));
      if (divergence === null || findings.length >= enough) continue;
      if (options.shrink === false) findings.push({ seed: seeds[at], program, divergence });
      else if (!(await again(options, program))) {
        unconfirmed++;
        options.onUnconfirmed?.({ seed: seeds[at], program, divergence });
      } else findings.push({ seed: seeds[at], ...(await shrink(options, program)) });
    }
    played += seeds.length;
    options.onProgress?.(played);
  }
  return { programs: played, steps, findings, unconfirmed, slow };
}

/** The first difference between the kernel's run and the model's, which makes the kernel's own choices. */
export function judge(profile: KernelProfile, program: Program, run: Run, portBase: number): Divergence | null {
  if (run.elapsed > TOO_SLOW) return null;
  const model = new ModelKernel({ profile, portBase }).playOne(program, run);
  // Task 0 sleeps in the kernel for longer than the player's supervisor waits: connect() to a full queue, without a time-out.
  if (run.crashed && model.elapsed > TOO_SLOW) return null;
  return firstDivergence(program, model, run);
}

async function again({ kernel, profile }: CampaignOptions, program: Program): Promise<boolean> {
  const runs = await kernel.play([program, program, program]);
  return runs.every((run, at) => judge(profile, program, run, portBaseOf(at)) !== null);
}

/** Takes steps away as long as a difference stays: halves first, then single steps. Tasks and descriptors are not renumbered. */
async function shrink(options: CampaignOptions, whole: Program): Promise<{ program: Program; divergence: Divergence }> {
  const { kernel, profile } = options;
  let program = whole;
  let divergence = await differs(options, program);
  for (let size = Math.ceil(program.steps.length / 2); size >= 1; ) {
    const starts = Array.from({ length: Math.ceil(program.steps.length / size) }, (_, at) => at * size);
    const shorter = starts.map((start) => ({
      steps: program.steps.filter((_, at) => at < start || at >= start + size),
    }));
    const runs = await kernel.play(shorter);
    const at = runs.findIndex(
      (run, index) =>
        shorter[index].steps.length > 0 && judge(profile, shorter[index], run, portBaseOf(index)) !== null,
    );
    if (at >= 0) {
      program = shorter[at];
      divergence = judge(profile, program, runs[at], portBaseOf(at));
    } else size = size === 1 ? 0 : Math.ceil(size / 2);
  }
  return { program, divergence: divergence ?? { step: 0, what: 'nothing', model: '', kernel: '' } };
}

async function differs({ kernel, profile }: CampaignOptions, program: Program): Promise<Divergence | null> {
  const [run] = await kernel.play([program]);
  return judge(profile, program, run, portBaseOf(0));
}
