// What a setting must reach: `overflows=0,wait_p99<5ms`, held against an outcome.
import type { Outcome, TimesOutcome } from '../workload/workload.ts';

export class TargetError extends Error {}

interface Condition {
  readonly text: string;
  readonly figure: string;
  readonly operator: '=' | '<' | '<=' | '>' | '>=';
  readonly value: number;
}

export type Target = readonly Condition[];

const UNITS: Readonly<Record<string, number>> = { s: 1e9, ms: 1e6, us: 1e3, µs: 1e3, ns: 1 };
const TIMES = /^(wait|connect)_(p50|p90|p99|p999|max)$/;
const COUNTS = ['overflows', 'gave_up', 'syn_retransmits', 'depth_max', 'depth_p99'] as const;

/** Throws TargetError, which says what a target looks like. */
export function parseTarget(text: string): Target {
  return text.split(',').map((part) => {
    const match = /^\s*([a-z0-9_]+)\s*(<=|>=|=|<|>)\s*(\d+(?:\.\d+)?)\s*(s|ms|us|µs|ns|)\s*$/.exec(part);
    const [, figure = '', operator = '=', number = '', unit = ''] = match ?? [];
    const isTime = TIMES.test(figure);
    if (match === null || (!isTime && !COUNTS.includes(figure as never)) || (unit !== '') !== isTime)
      throw new TargetError(
        `not a target: ${part} (as overflows=0 or wait_p99<5ms; there are ${COUNTS.join(', ')}, and wait_ or connect_ with p50, p90, p99, p999 or max)`,
      );
    const value = Number(number) * (isTime ? UNITS[unit] : 1);
    return { text: part.trim(), figure, operator: operator as Condition['operator'], value };
  });
}

export const targetText = (target: Target): string => target.map(({ text }) => text).join(', ');

function figureOf(outcome: Outcome, figure: string): number {
  const times = TIMES.exec(figure);
  if (times !== null) {
    const of = times[1] === 'wait' ? outcome.wait_ns : outcome.connect_ns;
    return of?.[times[2] as Exclude<keyof TimesOutcome, 'count'>] ?? 0;
  }
  switch (figure) {
    case 'overflows':
      return outcome.overflows ?? 0;
    case 'gave_up':
      return outcome.gave_up ?? 0;
    case 'syn_retransmits':
      return outcome.syn_retransmits ?? 0;
    case 'depth_max':
      return outcome.depth.max;
    default:
      return outcome.depth.p99;
  }
}

const HOLDS: Readonly<Record<Condition['operator'], (a: number, b: number) => boolean>> = {
  '=': (a, b) => a === b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

export const meets = (outcome: Outcome, target: Target): boolean =>
  target.every(({ figure, operator, value }) => HOLDS[operator](figureOf(outcome, figure), value));
