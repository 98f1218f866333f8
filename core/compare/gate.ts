// A gate for load tests: `overflows>0,wait_p99>+20%` says what may not be, of a figure after or of its growth since before.
import type { Change, GateResult, PlaceChange } from './model.ts';

export class GateError extends Error {}

const COUNTS = ['overflows', 'syn_retransmits', 'enqueued', 'accepted', 'depth_max'] as const;
const TIMES = ['wait_p50', 'wait_p90', 'wait_p99', 'wait_p999', 'wait_max', 'at_capacity', 'longest_pause'] as const;
const UNITS: Readonly<Record<string, number>> = { s: 1e9, ms: 1e6, us: 1e3, µs: 1e3, ns: 1 };

type Operator = '=' | '<' | '<=' | '>' | '>=';

interface Condition {
  readonly text: string;
  readonly figure: string;
  readonly operator: Operator;
  /** after: the figure itself; growth: what it is more than before; share: the same in shares of before. */
  readonly of: 'after' | 'growth' | 'share';
  readonly value: number;
}

export interface Gate {
  readonly conditions: readonly Condition[];
  /** Growth counts only where it is more than noise. */
  readonly beyondNoise: boolean;
}

/** Throws GateError, which says what a condition looks like. */
export function parseGate(text: string, beyondNoise: boolean): Gate {
  const conditions = text.split(',').map((part): Condition => {
    const match = /^\s*([a-z0-9_]+)\s*(<=|>=|=|<|>)\s*([+-]?)(\d+(?:\.\d+)?)\s*(%|s|ms|us|µs|ns|)\s*$/.exec(part);
    const [, figure = '', operator = '=', sign = '', number = '', unit = ''] = match ?? [];
    const isTime = TIMES.includes(figure as never);
    const isShare = unit === '%';
    if (
      match === null ||
      (!isTime && !COUNTS.includes(figure as never)) ||
      (isShare ? sign === '' : (unit !== '') !== isTime)
    )
      throw new GateError(
        `not a condition: ${part} (as overflows>0, wait_p99>5ms, or of growth wait_p99>+20%, overflows>+3; there are ${[...COUNTS, ...TIMES].join(', ')})`,
      );
    const value = (sign === '-' ? -1 : 1) * Number(number) * (isShare ? 0.01 : isTime ? UNITS[unit] : 1);
    const of = isShare ? 'share' : sign === '' ? 'after' : 'growth';
    return { text: part.trim(), figure, operator: operator as Operator, of, value };
  });
  return { conditions, beyondNoise };
}

const HOLDS: Readonly<Record<Operator, (a: number, b: number) => boolean>> = {
  '=': (a, b) => a === b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

interface Known {
  readonly before: number | null;
  readonly after: number | null;
  readonly change: Change | null;
}

/** A count of which only a part is seen does not tell that there were no more: `=0` and `<` are not decided by it. */
function figureOf(place: PlaceChange, { figure, operator }: Condition): Known {
  const count = place.counts.find((found) => found.figure === figure);
  if (count !== undefined) {
    const partly = count.bounds[1] === 'lower' && (operator === '=' || operator.startsWith('<'));
    return { before: count.before, after: partly ? null : count.after, change: count.change };
  }
  const wait = place.waits.find((found) => found.figure === figure);
  if (wait !== undefined) return wait;
  const found = place.figures.find((other) => other.figure === figure);
  return { before: found?.before ?? null, after: found?.after ?? null, change: null };
}

function resultOf(condition: Condition, place: PlaceChange, beyondNoise: boolean): GateResult {
  const { before, after, change } = figureOf(place, condition);
  const shared = { condition: condition.text, place: place.place, before, after };
  const { of, value, operator } = condition;
  const threshold =
    of === 'after' ? value : before === null ? null : of === 'growth' ? before + value : before * (1 + value);
  if (after === null || threshold === null) return { ...shared, threshold, outcome: 'undecided' };
  if (!HOLDS[operator](after, threshold)) return { ...shared, threshold, outcome: 'passed' };
  const noise = beyondNoise && of !== 'after' && change === 'same';
  return { ...shared, threshold, outcome: noise ? 'noise' : 'failed' };
}

/** Each condition at each place that both sides have; what is said of `after` alone, also at those that `appeared`. */
export const gateResults = (
  { conditions, beyondNoise }: Gate,
  places: readonly PlaceChange[],
  appeared: readonly PlaceChange[],
): GateResult[] =>
  conditions.flatMap((condition) => [
    ...places.map((place) => resultOf(condition, place, beyondNoise)),
    ...(condition.of === 'after' ? appeared : []).map((place) => ({
      ...resultOf(condition, place, beyondNoise),
      before: null,
    })),
  ]);

export const gateFails = (results: readonly GateResult[]): boolean =>
  results.some(({ outcome }) => outcome === 'failed' || outcome === 'undecided');
