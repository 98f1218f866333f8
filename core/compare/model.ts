// Two recordings of the same service held against each other, schema "acceptq.compare/1". Times in ns, rates per second.
import type { Bound } from '../report/model.ts';

/** same: no more than noise; unsure: too little was recorded to tell; unknown: a side does not know the figure. */
export type Change = 'more' | 'less' | 'same' | 'unsure' | 'unknown';

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** How often something happened. */
export interface CountChange {
  readonly figure: 'overflows' | 'syn_retransmits' | 'enqueued' | 'accepted';
  readonly before: number | null;
  readonly after: number | null;
  readonly bounds: readonly [before: Bound, after: Bound];
  readonly before_per_second: number | null;
  readonly after_per_second: number | null;
  /** What the rate may be, by Poisson's law made wider by the dispersion. */
  readonly before_interval: Interval | null;
  readonly after_interval: Interval | null;
  /** Variance over mean of the counts of equal stretches of time, the greater of both sides, at least 1; null: when they happened is not known. */
  readonly dispersion: number | null;
  /** How likely rates that differ so much are when nothing changed; null when a side is not known. */
  readonly p: number | null;
  readonly change: Change;
}

/** A quantile of the waits. */
export interface WaitChange {
  readonly figure: 'wait_p50' | 'wait_p90' | 'wait_p99' | 'wait_p999';
  readonly before: number | null;
  readonly after: number | null;
  /** Of after − before, by a bootstrap of blocks of successive waits. */
  readonly difference: Interval | null;
  readonly change: Change;
}

/** What is one number on each side, of which one recording cannot tell how much it varies. */
export interface FigureChange {
  readonly figure: 'wait_max' | 'depth_max' | 'at_capacity' | 'longest_pause';
  readonly before: number | null;
  readonly after: number | null;
}

export interface SettingChange {
  readonly what: 'backlog requested' | 'backlog effective' | 'listeners' | 'acceptors' | 'acceptor names';
  readonly before: number | string | null;
  readonly after: number | string | null;
}

export interface SideSummary {
  readonly captures: readonly {
    readonly path: string;
    readonly sha256: string | null;
    readonly kernel: string | null;
    readonly duration_ns: number;
    readonly gaps: number;
  }[];
}

export interface PlaceChange {
  /** Address and port, or path, as after. */
  readonly place: string;
  readonly place_before: string;
  /** port: the address is another one, and the port alone tells that it is the same service; only: each side has but one listener. */
  readonly matched_by: 'address' | 'port' | 'path' | 'only';
  readonly listeners: { readonly before: readonly number[]; readonly after: readonly number[] };
  readonly settings: readonly SettingChange[];
  readonly counts: readonly CountChange[];
  readonly waits: readonly WaitChange[];
  readonly figures: readonly FigureChange[];
}

export interface GateResult {
  readonly condition: string;
  readonly place: string;
  readonly before: number | null;
  readonly after: number | null;
  /** What `after` is held against. */
  readonly threshold: number | null;
  /** failed: the condition holds; undecided: a figure is not known, which fails the gate too; noise: it holds, but by no more than noise. */
  readonly outcome: 'passed' | 'failed' | 'undecided' | 'noise';
}

export interface Comparison {
  readonly schema: 'acceptq.compare/1';
  readonly generated_by: string;
  readonly before: SideSummary;
  readonly after: SideSummary;
  /** Probability that an interval holds the true figure. */
  readonly confidence: number;
  readonly places: readonly PlaceChange[];
  /** Listeners of one side only. */
  readonly gone: readonly string[];
  readonly appeared: readonly string[];
  readonly gate: readonly GateResult[];
}
