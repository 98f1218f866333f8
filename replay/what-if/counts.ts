// What a replay counts while it runs.

/** What a replay counts; the arrays are filled up to `count`. */
export interface Counts {
  arrivals: number;
  enqueued: number;
  accepted: number;
  overflows: number;
  retransmits: number;
  gaveUp: number;
  readonly waits: Float64Array;
  readonly connects: Float64Array;
  connected: number;
  end: number;
}
