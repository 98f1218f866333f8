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
  | 'not-recorded'
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
  'not-recorded':
    'an interrupt seems not to have been recorded (an idle CPU, or a BPF program it hit), which nobody reports',
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

/** Absences of one kind: what they are of, and how often it was there. */
interface Suspects {
  readonly rule: RuleId;
  readonly among: () => number;
  count: number;
  readonly first: Divergence[];
}

/** Absences of one kind that are put down to the recorder: so many, or this share of all the times that it could have been absent. */
const MISSED_AT_MOST = 5;
const MISSED_SHARE = 0.1;

export class Tally {
  checked = 0;
  matched = 0;
  diverged = 0;
  readonly divergences: Divergence[] = [];
  readonly undecidable = new Map<Reason, number>();
  readonly byRule = new Map<RuleId, { matched: number; undecidable: number; diverged: number }>();

  readonly #suspects = new Map<string, Suspects>();

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
    this.#countDivergence(divergence.rule);
    if (this.divergences.length < MAX_DIVERGENCES) this.divergences.push(divergence);
  }

  /**
   * Something is absent that a recorder may have missed: what to make of it is known when all is counted.
   * @param among asked at the end, how often it was there; without it, how often the rule was checked.
   */
  suspect(divergence: Divergence, among: () => number = () => this.#seen(divergence.rule)): void {
    const kind = `${divergence.rule}: ${divergence.expected}`;
    let suspects = this.#suspects.get(kind);
    if (suspects === undefined) {
      suspects = { rule: divergence.rule, among, count: 0, first: [] };
      this.#suspects.set(kind, suspects);
    }
    suspects.count++;
    if (suspects.first.length < MAX_DIVERGENCES) suspects.first.push(divergence);
  }

  /** Recorders miss single events; a kernel that does otherwise does so each time. To be called once, at the end. */
  settle(): void {
    for (const { rule, among, count, first } of this.#suspects.values()) {
      const few = Math.max(MISSED_AT_MOST, MISSED_SHARE * (among() + count));
      if (count <= few) for (let k = 0; k < count; k++) this.undecided(rule, 'not-recorded');
      else {
        for (const divergence of first) this.diverge(divergence);
        for (let k = first.length; k < count; k++) this.#countDivergence(rule);
      }
    }
    this.#suspects.clear();
  }

  get undecidableCount(): number {
    return this.checked - this.matched - this.diverged;
  }

  #seen(rule: RuleId): number {
    const { matched, diverged } = this.#of(rule);
    return matched + diverged;
  }

  #countDivergence(rule: RuleId): void {
    this.checked++;
    this.diverged++;
    this.#of(rule).diverged++;
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
