// acceptq validate: recorded behaviour against the model of the kernel that made it.
import { type KernelProfile, kernelProfile } from '../../core/kernel/profile.ts';
import { readLog } from '../../core/store/log-reader.ts';
import type { Store } from '../../core/store/store.ts';
import { readValidationInput, type ValidationInput } from '../../core/store/validation-input.ts';
import { stepsAround } from '../../replay/validate/explain.ts';
import { RULES } from '../../replay/validate/rules.ts';
import type { Divergence } from '../../replay/validate/tally.ts';
import { type CaptureValidation, validateCapture } from '../../replay/validate/validate-capture.ts';
import { stepProgress } from '../progress.ts';
import { explanationText, type Found, validationText } from '../render/validation-text.ts';
import { type CommandResult, UsageError } from '../result.ts';
import { version } from '../version.ts';
import { openToRead } from './store-to-read.ts';
import { parseCount } from './time.ts';

interface ValidateOptions {
  readonly db?: string;
  readonly capture?: string;
  readonly kernel?: string;
  readonly explain?: string;
  readonly verbose?: boolean;
  readonly with?: string[];
}

export async function validate(captures: string[], options: ValidateOptions): Promise<CommandResult> {
  const asked = releaseOf(options.kernel);
  const explain = options.explain === undefined ? null : parseCount('--explain', options.explain);
  const { store, read } = await openToRead(captures, options, 'validate takes captures, or --db with a store');
  try {
    if (read === 'none') return { exit: 3, json: null, text: () => [] };
    return validateStore(store, options, asked, explain, read === 'some' ? 3 : 0);
  } finally {
    store.close();
  }
}

function releaseOf(text: string | undefined): KernelProfile | null {
  if (text === undefined) return null;
  const profile = kernelProfile(text);
  if (profile === null) throw new UsageError(`--kernel takes a release, as 5.10 or 6.1.176, not ${text}`);
  return profile;
}

/** @param exit the status without a divergence. */
function validateStore(
  store: Store,
  options: ValidateOptions,
  asked: KernelProfile | null,
  explain: number | null,
  exit: 0 | 3,
): CommandResult {
  const wanted = options.capture === undefined ? null : parseCount('--capture', options.capture);
  const inputs = readValidationInput(store.db, wanted);
  if (inputs.length === 0)
    throw new UsageError(wanted === null ? 'the store has no captures' : `the store has no capture ${wanted}`);
  const results = inputs.map((input) => validateOne(store, input, asked));
  const db = options.db ?? 'STORE';
  const found = results.flatMap((result) => result.divergences.map((divergence) => ({ result, divergence })));
  const numbered = found.map(({ result, divergence }, k) => numberedDivergence(result, divergence, k + 1, db));
  if (explain !== null) return explainOne(store, inputs, found, numbered, explain, asked);
  const sum = (of: (result: CaptureValidation) => number): number =>
    results.reduce((total, result) => total + of(result), 0);
  const diverged = sum((result) => result.diverged);
  return {
    exit: exit !== 0 ? exit : diverged > 0 ? 1 : 0,
    json: {
      schema: 'acceptq.validation/1',
      generated_by: `acceptq ${version()}`,
      kernel_profile: [...new Set(results.map((result) => result.kernel_profile))].join(', '),
      checked: sum((result) => result.checked),
      matched: sum((result) => result.matched),
      undecidable: sum((result) => result.undecidable),
      diverged,
      captures: results.map(({ divergences: _, ...result }) => result),
      divergences: numbered,
    },
    text: (style) => validationText(results, numbered, style, options.verbose === true),
  };
}

function validateOne(store: Store, input: ValidationInput, asked: KernelProfile | null): CaptureValidation {
  const progress = stepProgress();
  try {
    return validateCapture(input, readLog(store.db, input.id), asked, (events) =>
      progress.update(`validating capture ${input.id}`, events, input.events),
    );
  } finally {
    progress.done();
  }
}

/** A little before and after, for the command that shows the events around. */
const AROUND_NS = 1_000_000;

function numberedDivergence(result: CaptureValidation, found: Divergence, number: number, db: string): Found {
  const { at, rule, ...rest } = found;
  const time = (ns: number): string => `${Math.max(0, Math.round(ns))}ns`;
  return {
    number,
    capture: result.capture,
    ...rest,
    at_ns: at,
    rule,
    where: `${RULES[rule].where} (${result.kernel_profile})`,
    show: `acceptq events --db ${db} --capture ${result.capture} --from ${time(at - AROUND_NS)} --to ${time(at + AROUND_NS)}`,
  };
}

function explainOne(
  store: Store,
  inputs: readonly ValidationInput[],
  found: readonly { readonly result: CaptureValidation; readonly divergence: Divergence }[],
  numbered: readonly Found[],
  number: number,
  asked: KernelProfile | null,
): CommandResult {
  const at = number - 1;
  if (numbered[at] === undefined)
    throw new UsageError(
      found.length === 0 ? 'there is no divergence to explain' : `--explain takes a number from 1 to ${found.length}`,
    );
  const { result, divergence } = found[at];
  const input = inputs.find(({ id }) => id === result.capture) as ValidationInput;
  const steps = stepsAround(input, readLog(store.db, input.id), asked, divergence);
  return {
    exit: 1,
    json: { schema: 'acceptq.validation-steps/1', divergence: numbered[at], steps },
    text: (style) => explanationText(numbered[at], steps, style),
  };
}
