// One capture's validation: the options that follow from what it is, and the result with the rules' places in the kernel.
import type { Endpoint } from '../../core/event/dictionary.ts';
import type { EventBatch } from '../../core/event/event-batch.ts';
import { type KernelProfile, KNOWN_RELEASES, kernelProfile } from '../../core/kernel/profile.ts';
import { followsTasksOnly } from './followed.ts';
import { RULES, type RuleId } from './rules.ts';
import type { Step } from './scene.ts';
import { type Divergence, REASONS, type Reason, type Tally } from './tally.ts';
import { type Blind, Validator } from './validator.ts';

export interface CaptureToValidate {
  readonly id: number;
  readonly path: string;
  readonly format: string;
  readonly cmdline: string | null;
  readonly kernel: string | null;
  readonly probes: readonly string[];
  readonly pointers: boolean;
  readonly gaps: readonly Blind[];
  readonly idleSeen: boolean;
  readonly names: { endpoint(id: number): Endpoint; string(id: number): string };
}

export interface RuleCount {
  readonly rule: RuleId;
  readonly where: string;
  readonly says: string;
  readonly matched: number;
  readonly undecidable: number;
  readonly diverged: number;
}

export interface CaptureValidation {
  readonly capture: number;
  readonly path: string;
  /** The release whose rules were asked, and where it comes from. */
  readonly kernel_profile: string;
  readonly kernel_from: 'asked' | 'capture' | 'assumed';
  readonly checked: number;
  readonly matched: number;
  readonly undecidable: number;
  readonly diverged: number;
  readonly reasons: readonly { readonly reason: Reason; readonly count: number; readonly meaning: string }[];
  readonly rules: readonly RuleCount[];
  /** The first MAX_DIVERGENCES, in the order found. */
  readonly divergences: readonly Divergence[];
}

/** The newest release that the model knows; taken where a capture does not name its own. */
export const NEWEST = KNOWN_RELEASES[KNOWN_RELEASES.length - 1];

/** A validator for a capture, to be fed its batches in order. @param asked a release in place of the capture's own. */
export function validatorOf(
  capture: CaptureToValidate,
  asked: KernelProfile | null,
  onStep: ((step: Step) => void) | null = null,
): { readonly validator: Validator; readonly profile: KernelProfile; readonly from: CaptureValidation['kernel_from'] } {
  const own = capture.kernel === null ? null : kernelProfile(capture.kernel);
  const profile = asked ?? own ?? (kernelProfile(NEWEST) as KernelProfile);
  const { probes, pointers, names, gaps } = capture;
  const validator = new Validator(
    {
      profile,
      releaseKnown: asked !== null || own !== null,
      hasState: probes.some((probe) => probe.endsWith('inet_sock_set_state')),
      hasDataReady: pointers && probes.some((probe) => probe.endsWith('sk_data_ready')),
      pointers,
      perTask: followsTasksOnly(capture, capture.idleSeen),
      seesClose: probes.some((probe) => /(^|:)sys_enter(_close)?$/.test(probe)),
      seesDecisions: probes.includes('acceptq:queue_drop'),
      endpoint: (id) => names.endpoint(id),
      string: (id) => names.string(id),
      gaps,
    },
    onStep,
  );
  return { validator, profile, from: asked !== null ? 'asked' : own !== null ? 'capture' : 'assumed' };
}

/** Validates a capture. @param progress told of the events done so far. */
export function validateCapture(
  capture: CaptureToValidate,
  batches: Iterable<EventBatch>,
  asked: KernelProfile | null,
  progress: (events: number) => void = () => undefined,
): CaptureValidation {
  const { validator, profile, from } = validatorOf(capture, asked);
  let events = 0;
  for (const batch of batches) {
    validator.apply(batch);
    events += batch.length;
    progress(events);
  }
  return resultOf(capture, validator.finish(), profile, from);
}

function resultOf(
  { id, path }: CaptureToValidate,
  tally: Tally,
  profile: KernelProfile,
  from: CaptureValidation['kernel_from'],
): CaptureValidation {
  const order = Object.keys(RULES) as RuleId[];
  return {
    capture: id,
    path,
    kernel_profile: profile.release,
    kernel_from: from,
    checked: tally.checked,
    matched: tally.matched,
    undecidable: tally.undecidableCount,
    diverged: tally.diverged,
    reasons: [...tally.undecidable]
      .sort((a, b) => b[1] - a[1])
      .map(([reason, count]) => ({ reason, count, meaning: REASONS[reason] })),
    rules: order.flatMap((rule) => {
      const counts = tally.byRule.get(rule);
      return counts === undefined ? [] : [{ rule, ...RULES[rule], ...counts }];
    }),
    divergences: [...tally.divergences].sort((a, b) => a.position - b.position),
  };
}
