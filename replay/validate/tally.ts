// Counts the checks of a validation by rule: matched, undecidable with the reason, and divergences, of which the first are kept.
import type { RuleId } from './rules.ts';

/** Why nobody could decide a check from this capture. */
export type Reason =
  | 'depth-unknown'
  | 'backlog-unknown'
  | 'fd-unknown'
  | 'listener-unknown'
  | 'address-unknown'
  | 'limits-unknown'
  | 'options-unknown'
  | 'state-unknown'
  | 'events-lost'
  | 'interrupted'
  | 'cpus-too-close'
  | 'other-host'
  | 'beyond-the-path'
  | 'argument-missing'
  | 'per-task'
  | 'not-traced'
  | 'idle-cpus'
  | 'release-unknown';

/** What each reason means, for people. */
export const REASONS: Readonly<Record<Reason, string>> = {
  'depth-unknown': 'the length of the accept queue is not known yet: the listener is older than the capture',
  'backlog-unknown': 'no listen() and no reading of sk_max_ack_backlog shows the limit',
  'fd-unknown': 'the capture does not show what the descriptor is',
  'listener-unknown': 'more than one listener, or none that is known, could be meant',
  'address-unknown': 'the trace of the call has no address',
  'limits-unknown': 'limits of the process or the host are not traced',
  'options-unknown': 'values of socket options are not traced',
  'state-unknown': 'the socket is seen for the first time',
  'events-lost': 'events were lost around this instant',
  interrupted: 'a signal ended the call',
  'cpus-too-close': 'events of two CPUs are too close to be put in order',
  'other-host': 'what the other end did is not in the capture',
  'beyond-the-path': 'the outcome is decided outside the listen/accept path',
  'argument-missing': 'the record lacks an argument',
  'per-task': 'the recorder followed some tasks only, and not what other tasks and interrupts did',
  'release-unknown': 'the capture does not say which kernel it is from (--kernel)',
  'idle-cpus': 'perf and ftrace leave out what interrupts do on an idle CPU of some hosts; bpftrace does not',
  'not-traced': 'the probe leaves events out that would decide it',
};

/** One recorded fact that the model says cannot be. */
export interface Divergence {
  /** Number of the event in the log. */
  readonly position: number;
  /** Nanoseconds since the capture's start. */
  readonly at: number;
  readonly event: string;
  readonly rule: RuleId;
  readonly expected: string;
  readonly observed: string;
  readonly explanation: string;
  /** Task and listener, for those who look the events up. */
  readonly tid: number;
  readonly listener: string | null;
}

/** Later ones are counted, not kept. */
export const MAX_DIVERGENCES = 1000;

export class Tally {
  checked = 0;
  matched = 0;
  diverged = 0;
  readonly divergences: Divergence[] = [];
  readonly undecidable = new Map<Reason, number>();
  readonly byRule = new Map<RuleId, { matched: number; undecidable: number; diverged: number }>();

  match(rule: RuleId): void {
    this.checked++;
    this.matched++;
    this.#of(rule).matched++;
  }

  undecided(rule: RuleId, reason: Reason): void {
    this.checked++;
    this.#of(rule).undecidable++;
    this.undecidable.set(reason, (this.undecidable.get(reason) ?? 0) + 1);
  }

  diverge(divergence: Divergence): void {
    this.checked++;
    this.diverged++;
    this.#of(divergence.rule).diverged++;
    if (this.divergences.length < MAX_DIVERGENCES) this.divergences.push(divergence);
  }

  get undecidableCount(): number {
    return this.checked - this.matched - this.diverged;
  }

  #of(rule: RuleId): { matched: number; undecidable: number; diverged: number } {
    let counts = this.byRule.get(rule);
    if (counts === undefined) {
      counts = { matched: 0, undecidable: 0, diverged: 0 };
      this.byRule.set(rule, counts);
    }
    return counts;
  }
}
