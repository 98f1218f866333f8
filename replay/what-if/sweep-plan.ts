// The order in which a sweep plays its tasks, and which of them need not be played: a limit that nothing meets changes nothing.
import { type KernelProfile, kernelProfile } from '../../core/kernel/profile.ts';
import { acceptQueueCapacity, skAcceptqIsFull } from '../../core/kernel/sk-acceptq-is-full.ts';
import type { Outcome } from '../workload/workload.ts';
import { effectiveBacklogOf, type Settings } from './settings.ts';
import { synQueueFullFrom } from './syn-queue-full.ts';

/** One replay: under these settings, of the arrivals as recorded (seed null) or drawn anew. */
export interface Task {
  readonly settings: Settings;
  readonly seed: number | null;
}

export interface Played {
  readonly outcome: Outcome;
  /** Requests that the SYN queue of any member held at most. */
  readonly mostRequests: number;
}

interface Member {
  readonly index: number;
  readonly limit: number;
  readonly profile: KernelProfile;
}

/** Neither queue was full whoever looked: had the limit been another that is not met either, all would have been the same. */
const isFree = ({ limit, profile }: Member, { outcome, mostRequests }: Played): boolean =>
  !skAcceptqIsFull(outcome.depth.max, limit) && mostRequests < synQueueFullFrom(profile, limit);

/** Tasks that differ in nothing but sk_max_ack_backlog. */
const familyOf = ({ settings, seed }: Task): string =>
  JSON.stringify([{ ...settings, backlog: 0, somaxconn: 0 }, seed]);

function memberOf({ settings }: Task, index: number): Member {
  const profile = kernelProfile(settings.kernel);
  if (profile === null) throw new RangeError(`no kernel release: ${settings.kernel}`);
  return { index, limit: effectiveBacklogOf(settings, profile.backlogBits), profile };
}

/**
 * Deals tasks out one by one. The longest queue of each family comes first, as it may stand for shorter ones; then those of families
 * whose first is played, and only then others, so that nobody waits.
 */
export class SweepPlan {
  readonly outcomes: Outcome[];
  /** Outcomes that there are. */
  done = 0;
  readonly #members: Member[];
  readonly #familyOf: string[];
  readonly #families = new Map<string, Member[]>();
  /** Not dealt out yet, in the order of dealing. */
  readonly #firsts: number[];
  readonly #others: Set<number>;
  readonly #decided = new Set<string>();

  constructor(tasks: readonly Task[]) {
    this.outcomes = new Array(tasks.length);
    this.#members = tasks.map(memberOf);
    this.#familyOf = tasks.map(familyOf);
    for (const member of this.#members) {
      const family = this.#familyOf[member.index];
      const known = this.#families.get(family);
      if (known === undefined) this.#families.set(family, [member]);
      else known.push(member);
    }
    this.#firsts = [...this.#families.values()].map(
      (family) => family.reduce((a, b) => (b.limit > a.limit ? b : a)).index,
    );
    const first = new Set(this.#firsts);
    this.#others = new Set(tasks.keys());
    for (const index of first) this.#others.delete(index);
  }

  /** The next task to play; null when there is none left. */
  next(): number | null {
    const first = this.#firsts.shift();
    if (first !== undefined) return first;
    const [any] = this.#others;
    if (any === undefined) return null;
    let index = any;
    for (const other of this.#others)
      if (this.#decided.has(this.#familyOf[other])) {
        index = other;
        break;
      }
    this.#others.delete(index);
    return index;
  }

  /** Takes what a task gave, for itself and for all that it stands for. */
  played(index: number, played: Played): void {
    const self = this.#members[index];
    const family = this.#familyOf[index];
    this.#put(self, played.outcome);
    this.#decided.add(family);
    const free = isFree(self, played);
    for (const other of this.#families.get(family) ?? []) {
      if (!this.#others.has(other.index)) continue;
      if (other.limit !== self.limit && !(free && isFree(other, played))) continue;
      this.#others.delete(other.index);
      this.#put(other, { ...played.outcome, capacity: acceptQueueCapacity(other.limit) });
    }
  }

  #put({ index }: Member, outcome: Outcome): void {
    this.outcomes[index] = outcome;
    this.done++;
  }
}
