// A validation for people: the verdict, what could not be decided and why, the divergences; and one of them step by step.
import { formatNs } from '../../core/report/units.ts';
import { RULES, type RuleId } from '../../replay/validate/rules.ts';
import type { Step } from '../../replay/validate/scene.ts';
import type { CaptureValidation } from '../../replay/validate/validate-capture.ts';
import type { TextStyle } from '../result.ts';
import { escapeText } from './escape.ts';
import { type Column, paint, table, wrap } from './text.ts';

/** A divergence as JSON has it. */
export interface Found {
  readonly number: number;
  readonly capture: number;
  readonly position: number;
  readonly at_ns: number;
  readonly event: string;
  readonly rule: RuleId;
  readonly where: string;
  readonly listener: string | null;
  readonly tid: number;
  readonly expected: string;
  readonly observed: string;
  readonly explanation: string;
  readonly show: string;
}

/** Of one rule in one capture so many are shown. */
const SHOWN_OF_A_RULE = 3;

const count = (value: number): string => value.toLocaleString('en');
const seconds = (ns: number): string => `${(ns / 1e9).toFixed(6)} s`;

/** Never 100 % while one is missing. */
const share = (part: number, of: number): string =>
  of === 0 ? '-' : `${(Math.floor((1000 * part) / of) / 10).toFixed(1)} %`;

const RULE_COLUMNS: readonly Column[] = [
  { title: 'RULE', align: 'left' },
  { title: 'MATCHED', align: 'right' },
  { title: 'UNDECIDABLE', align: 'right' },
  { title: 'DIVERGED', align: 'right' },
  { title: 'KERNEL FUNCTION', align: 'left' },
];

const RELEASE_FROM = {
  asked: 'asked for',
  capture: 'named by the capture',
  assumed: 'assumed: the capture names none; --kernel asks for one',
} as const;

export function* validationText(
  results: readonly CaptureValidation[],
  found: readonly Found[],
  style: TextStyle,
  verbose: boolean,
): Generator<string> {
  for (const result of results) {
    yield* captureText(result, style, verbose);
    yield* divergencesText(
      result,
      found.filter(({ capture }) => capture === result.capture),
      style,
    );
    yield '';
  }
}

function* captureText(result: CaptureValidation, style: TextStyle, verbose: boolean): Generator<string> {
  const { capture, path, kernel_profile: release, checked, matched, undecidable, diverged } = result;
  yield paint(style, 'bold', `capture ${capture}  ${escapeText(path)}`);
  yield `  against the path of Linux ${escapeText(release)} (${RELEASE_FROM[result.kernel_from]})`;
  if (checked === 0) {
    yield '  nothing to check: it has no events of the listen/accept path with results';
    return;
  }
  const verdict =
    diverged > 0
      ? paint(style, 'red', `${count(diverged)} ${diverged === 1 ? 'DIVERGENCE' : 'DIVERGENCES'}`)
      : paint(style, 'green', 'no divergence');
  yield `  ${count(checked)} checks: ${count(matched)} matched, ${verdict}, ${count(undecidable)} undecidable; ${share(checked - undecidable, checked)} decided`;
  for (const { reason: _, count: times, meaning } of result.reasons)
    yield* wrap(`${count(times)} undecidable: ${meaning}`, style.width, '    ');
  const rules = verbose ? result.rules : result.rules.filter((rule) => rule.diverged > 0);
  if (rules.length === 0) return;
  const rows = rules.map((rule) => [
    rule.rule,
    count(rule.matched),
    count(rule.undecidable),
    count(rule.diverged),
    rule.where,
  ]);
  for (const line of table(RULE_COLUMNS, rows)) yield `  ${line}`;
}

function* divergencesText(result: CaptureValidation, found: readonly Found[], style: TextStyle): Generator<string> {
  const shown = new Map<RuleId, number>();
  for (const divergence of found) {
    const times = (shown.get(divergence.rule) ?? 0) + 1;
    shown.set(divergence.rule, times);
    if (times <= SHOWN_OF_A_RULE) yield* divergenceText(divergence, style);
  }
  for (const { rule, diverged } of result.rules) {
    const more = diverged - Math.min(diverged, SHOWN_OF_A_RULE);
    if (more > 0) yield `  and ${count(more)} more of ${rule} (--json has them, up to 1,000 in all)`;
  }
}

function* divergenceText(divergence: Found, style: TextStyle): Generator<string> {
  const { number, at_ns, event, listener, rule, expected, observed, explanation, show } = divergence;
  const about = listener === null ? '' : `  ${escapeText(listener)}`;
  yield '';
  yield `  ${paint(style, 'yellow', `#${number}`)}  ${seconds(at_ns)}  ${event}${about}`;
  yield* wrap(`rule       ${rule}: ${RULES[rule].says} (${divergence.where})`, style.width, '      ');
  yield* wrap(`expected   ${escapeText(expected)}`, style.width, '      ');
  yield* wrap(`recorded   ${escapeText(observed)}`, style.width, '      ');
  yield* wrap(`perhaps    ${escapeText(explanation)}`, style.width, '      ');
  yield `      events     ${escapeText(show)}`;
}

const STEP_COLUMNS: readonly Column[] = [
  { title: '', align: 'left' },
  { title: 'EVENT', align: 'right' },
  { title: 'TIME', align: 'right' },
  { title: 'MODEL', align: 'left' },
  { title: 'RECORDED', align: 'left' },
];

/** One divergence: what the model had after each step before it. */
export function* explanationText(divergence: Found, steps: readonly Step[], style: TextStyle): Generator<string> {
  yield* divergenceText(divergence, style);
  yield '';
  if (steps.length === 0) {
    yield '  no listener has an account at this event';
    return;
  }
  const rows = steps.map((step) => [
    step.position === divergence.position ? '>' : '',
    String(step.position),
    `${step.at >= divergence.at_ns ? '+' : '-'}${formatNs(Math.abs(step.at - divergence.at_ns))}`,
    `${step.known ? queueText(step) : 'queue unknown'}${divergence.listener === null ? ` of ${escapeText(step.listener)}` : ''}`,
    escapeText(step.what),
  ]);
  for (const line of table(STEP_COLUMNS, rows)) yield `  ${line}`;
}

function queueText({ depth, mayHaveTaken, limit }: Step): string {
  const least = Math.max(0, depth - mayHaveTaken);
  return `queue ${least === depth ? depth : `${least}…${depth}`} of ${limit === null ? '?' : limit + 1}`;
}
