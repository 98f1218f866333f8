// The questions a reader has first, answered in a sentence each from the report: which listener, when, why, what to change, how sure.
import { listenerName } from './finding/about.ts';
import type { CaptureReport, Finding, ListenerReport, Report } from './model.ts';
import { formatNs, plural } from './units.ts';

export interface Answers {
  readonly which: string;
  readonly when: string;
  readonly why: string;
  readonly change: string;
  readonly sure: string;
}

/** `1.2 s to 1.4 s after the start (2026-11-22T22:10:03.689Z)`. */
function spanText(from: number, to: number, capture: CaptureReport | undefined): string {
  const span = to - from < 1e6 ? formatNs(from) : `${formatNs(from)} to ${formatNs(to)}`;
  const started = capture?.started_at == null ? Number.NaN : Date.parse(capture.started_at);
  const wall = Number.isNaN(started) ? '' : ` (${new Date(started + from / 1e6).toISOString()})`;
  return `${span} after the capture's start${wall}`;
}

/** Where in time a finding happened, from its evidence; null when it has no place. Ends are ns since the capture's start. */
export function momentOf({ evidence }: Finding): { readonly from: number; readonly to: number } | null {
  const at = (name: string): number | null => {
    const value = evidence[name];
    return typeof value === 'number' && Number.isFinite(value) ? value : null;
  };
  const from = at('first_ns') ?? at('at_ns');
  if (from === null) return null;
  const to = at('last_ns') ?? from + (at('longest_pause_ns') ?? 0);
  return { from, to: Math.max(from, to) };
}

function when(findings: readonly Finding[], listener: ListenerReport | undefined, capture: CaptureReport | undefined) {
  for (const finding of findings) {
    const moment = finding.listener === listener?.id ? momentOf(finding) : null;
    if (moment !== null) return `${spanText(moment.from, moment.to, capture)}.`;
  }
  return capture === undefined ? 'No time is known.' : `In ${formatNs(capture.duration_ns)} of capture.`;
}

const WORTH = {
  exact: 'exact',
  lower: 'lower bounds',
  estimate: 'estimates',
  unknown: 'not known',
} as const;

const COUNTED_BY = {
  sk_drops: "the listener's own sk_drops",
  functions: 'a probe at each decision of the kernel',
  client: 'clients on the recorded host; others leave no trace',
  counters: "the namespace's counters",
  none: 'nothing in the capture',
} as const;

/** How far the figures of a listener can be trusted, and what that rests on. */
export function sureness(listener: ListenerReport, capture: CaptureReport | undefined): string {
  const { bounds, overflows, backlog, confidence } = listener;
  const parts = [
    `Overflows: ${overflows.bound === 'exact' ? 'exact' : overflows.bound === 'lower' ? 'a lower bound' : 'not known'}, counted by ${COUNTED_BY[overflows.evidence]}.`,
    `Queue length and waits: ${WORTH[bounds.depth]}${bounds.wait === bounds.depth ? '' : ` and ${WORTH[bounds.wait]}`}.`,
  ];
  if (backlog.basis === 'assumed')
    parts.push("The limit assumes the kernel's default somaxconn; --somaxconn gives it.");
  if (backlog.basis === 'unknown') parts.push('The limit is not known.');
  if (confidence.censored_start) parts.push('The listener is older than the capture.');
  if (capture !== undefined) {
    const { count, gaps } = capture.lost;
    parts.push(
      gaps === 0
        ? 'Nothing is reported lost.'
        : `${count === null ? 'An unknown number of' : count.toLocaleString('en')} records were lost in ${plural(gaps, 'gap')}.`,
    );
  }
  return parts.join(' ');
}

export function answersOf(report: Report): Answers {
  const { verdict } = report;
  const listener = report.listeners.find(({ id }) => id === verdict.listener);
  const capture = report.captures.find(({ id }) => id === (listener?.capture ?? report.captures[0]?.id));
  const cause = report.findings.find(({ id, listener }) => id === verdict.finding && listener === verdict.listener);
  const opened = listener?.opened_by;
  const tasks = new Set(listener?.acceptors.flatMap(({ comm }) => (comm === null ? [] : [comm])));
  const sharing = report.listeners.filter(
    (other) =>
      listener !== undefined && other.capture === listener.capture && listenerName(other) === listenerName(listener),
  );
  const one = sharing.length > 1 ? ` (listener ${listener?.id}, one of ${sharing.length} there)` : '';
  const who = opened?.comm ?? [...tasks].slice(0, 3).join(', ');
  return {
    which:
      listener === undefined
        ? 'None can be named.'
        : `${listenerName(listener)}${one}${who === '' ? '' : `, ${who}`}${opened == null ? '' : ` (pid ${opened.pid})`}`,
    when:
      verdict.severity === 'ok'
        ? 'At no time in the capture.'
        : when(cause === undefined ? report.findings : [cause, ...report.findings], listener, capture),
    why: cause?.why ?? verdict.what,
    change: verdict.advice,
    sure: listener === undefined ? 'There is no listener to be sure about.' : sureness(listener, capture),
  };
}
