// How the figures of a comparison are named and written: the same on a terminal, in the page and in Markdown.
import type { Change, CountChange, FigureChange, GateResult, WaitChange } from '../../core/compare/model.ts';
import { isOneSided, type JudgedPlace, type Judgement, type Measured, mayBeTimes } from '../../core/compare/verdict.ts';
import type { Bound } from '../../core/report/model.ts';
import { formatNs, plural } from '../../core/report/units.ts';

export const NAMES: Readonly<Record<string, string>> = {
  overflows: 'overflows',
  syn_retransmits: 'SYN retransmissions',
  enqueued: 'enqueued',
  accepted: 'accepted',
  wait_p50: 'wait p50',
  wait_p90: 'wait p90',
  wait_p99: 'wait p99',
  wait_p999: 'wait p99.9',
  wait_max: 'wait max',
  depth_max: 'longest queue',
  at_capacity: 'queue full for',
  longest_pause: 'longest pause',
};

/** Answers to "more than noise?". */
export const WORDS: Readonly<Record<Change, string>> = {
  more: 'yes, more',
  less: 'yes, less',
  same: 'no',
  unsure: 'too few to tell',
  unknown: 'not known',
};

const marks: Readonly<Record<Bound, string>> = { exact: '', lower: '≥', estimate: '~', unknown: '' };
const MOST_PERCENT = 1000;

export function relative(before: number | null, after: number | null): string {
  if (before === null || after === null || before === after) return '';
  if (before === 0) return after > 0 ? 'new' : '';
  const percent = (after / before - 1) * 100;
  if (percent > MOST_PERCENT) return `×${Math.round(after / before).toLocaleString('en')}`;
  return `${percent > 0 ? '+' : '−'}${Math.abs(percent) < 10 ? Math.abs(percent).toFixed(1) : Math.round(Math.abs(percent))} %`;
}

/** Below one in 100 s nobody tells it from none. */
export const rate = (perSecond: number): string =>
  perSecond >= 100
    ? Math.round(perSecond).toLocaleString('en')
    : String(perSecond < 0.01 ? 0 : Number(perSecond.toPrecision(3)));
export const count = (value: number | null, bound: Bound): string =>
  value === null ? '?' : `${value === 0 ? '' : marks[bound]}${value.toLocaleString('en')}`;
export const time = (ns: number | null): string => (ns === null ? '?' : formatNs(ns));
export const signed = (ns: number): string => (ns < 0 ? `−${formatNs(-ns)}` : `+${formatNs(ns)}`);

export const isCount = (change: Measured): change is CountChange => 'bounds' in change;

/** Of one side, as its bound has it. */
export const sideValue = (change: Measured, side: 0 | 1): string => {
  const value = side === 0 ? change.before : change.after;
  return isCount(change) ? count(value, change.bounds[side]) : time(value);
};

/** Recordings differ in length, so that counts are compared as rates. */
export const growthOf = (change: Measured): string =>
  isCount(change) ? relative(change.before_per_second, change.after_per_second) : relative(change.before, change.after);

export const differenceOf = ({ difference }: WaitChange): string =>
  difference === null ? '' : `${signed(difference.low)} to ${signed(difference.high)}`;

export const figureValue = (figure: FigureChange['figure'], value: number | null): string =>
  figure === 'depth_max' ? (value === null ? '?' : value.toLocaleString('en')) : time(value);

/** `wait p50 1 ms → 2 ms (+100 %)`. */
export function changeText(change: Measured): string {
  const growth = growthOf(change);
  return `${NAMES[change.figure]} ${sideValue(change, 0)} → ${sideValue(change, 1)}${growth === '' ? '' : ` (${growth})`}`;
}

/** The same with what it may be. */
export function changeWithInterval(change: Measured): string {
  if (isCount(change)) {
    const { before_interval: was, after_interval: is } = change;
    const may =
      was === null || is === null
        ? ''
        : `: ${rate(was.low)} to ${rate(was.high)}/s before, ${rate(is.low)} to ${rate(is.high)}/s after`;
    return `${changeText(change)}${may}`;
  }
  return change.difference === null ? changeText(change) : `${changeText(change)}: by ${differenceOf(change)}`;
}

/** What cannot be told, and why. */
export function unsureText(change: Measured): string {
  const times = mayBeTimes(change);
  const why =
    change.change === 'unknown'
      ? 'not known'
      : change.change === 'unsure'
        ? 'too few to tell'
        : isOneSided(change)
          ? 'on one side only, but so short or bunched a recording may have it by chance'
          : `may be the same, and may be ×${(times ?? 1) >= 10 ? Math.round(times ?? 1).toLocaleString('en') : Number((times ?? 1).toPrecision(2))}`;
  return `${changeText(change)}: ${why}`;
}

/** Whether it fails the gate, and the sentence about it. */
export function gateOutcome({ condition, place, after, outcome }: GateResult): { failed: boolean; text: string } {
  const failed = outcome === 'failed' || outcome === 'undecided';
  const text = {
    failed: `failed: ${condition} at ${place}`,
    undecided: `failed: ${condition} at ${place} cannot be decided, ${after === null ? 'the figure after is not known' : 'the figure before is not known'}`,
    noise: `passed: ${condition} at ${place} holds, but by no more than noise`,
    passed: `passed: ${condition} at ${place}`,
  }[outcome];
  return { failed, text };
}

/** A number of the gate in the unit of its condition. */
export function gateValue({ condition }: GateResult, value: number | null): string {
  if (value === null) return '?';
  if (/^(wait_|at_capacity|longest_pause)/.test(condition)) return value < 0 ? signed(value) : formatNs(value);
  return Number(value.toFixed(2)).toLocaleString('en');
}

export const NOTHING_COMPARED = 'no listener is on both sides: nothing could be compared';

export const JUDGED: Readonly<Record<Judgement, string>> = {
  worse: 'Worse',
  mixed: 'Worse and better',
  better: 'Better',
  same: 'No change beyond noise',
  unsure: 'Cannot tell',
};

const moved = (changed: readonly Measured[]): string =>
  changed.map(({ figure, change }) => `${NAMES[figure]} ${change === 'more' ? 'up' : 'down'}`).join(', ');

/** What is more than noise at a place, in a line. */
export const placeHeadline = ({ verdict }: JudgedPlace): string =>
  verdict.changed.length === 0 ? 'nothing measured differs by more than noise' : moved(verdict.changed);

const AT_MOST = 3;

/** The answer to "is after worse?", in a sentence. */
export function overallSentence(judged: readonly JudgedPlace[], overall: Judgement): string {
  if (judged.length === 0) return 'No listener is on both sides: nothing could be compared.';
  const places = (wanted: readonly Judgement[]): string => {
    const found = judged.filter(({ verdict }) => wanted.includes(verdict.judgement));
    const names = found.slice(0, AT_MOST).map(({ place }) => place.place);
    return `${names.join(', ')}${found.length > AT_MOST ? ` and ${(found.length - AT_MOST).toLocaleString('en')} more` : ''}`;
  };
  const bad = (wanted: 'more' | 'less'): Measured[] => {
    const found = judged.flatMap(({ verdict }) => verdict.changed).filter(({ change }) => change === wanted);
    const once = new Map(found.map((change) => [change.figure, change]));
    return [...once.values()].filter(({ figure }) => figure !== 'enqueued' && figure !== 'accepted');
  };
  const at = judged.length === 1 ? judged[0].place.place : `each of ${plural(judged.length, 'place')}`;
  return {
    worse: `After is worse at ${places(['worse'])}: ${moved(bad('more'))}.`,
    better: `After is better at ${places(['better'])}: ${moved(bad('less'))}.`,
    mixed: `After is worse in some (${moved(bad('more'))}) and better in some (${moved(bad('less'))}), at ${places(['mixed', 'worse', 'better'])}.`,
    same: `Neither worse nor better beyond noise at ${at}.`,
    unsure: `Too little is known to tell whether after is worse at ${at}.`,
  }[overall];
}
