// The account of one listener around a divergence, step by step: what was recorded, and the model's queue after it.
import type { EventBatch } from '../../core/event/event-batch.ts';
import type { KernelProfile } from '../../core/kernel/profile.ts';
import type { Step } from './scene.ts';
import type { Divergence } from './tally.ts';
import { type CaptureToValidate, validatorOf } from './validate-capture.ts';

const BEFORE = 12;
const AFTER = 4;

/** The last steps before a divergence and the first after it, of its listener; of all where it has none. */
export function stepsAround(
  capture: CaptureToValidate,
  batches: Iterable<EventBatch>,
  asked: KernelProfile | null,
  divergence: Divergence,
): Step[] {
  const before: Step[] = [];
  const after: Step[] = [];
  const { validator } = validatorOf(capture, asked, (step) => {
    if (divergence.listener !== null && step.listener !== divergence.listener) return;
    if (step.position > divergence.position) {
      if (after.length < AFTER) after.push(step);
      return;
    }
    before.push(step);
    if (before.length > 4 * BEFORE) before.splice(0, before.length - BEFORE);
  });
  for (const batch of batches) {
    validator.apply(batch);
    if (after.length === AFTER) break;
  }
  return [...before.slice(-BEFORE), ...after];
}
