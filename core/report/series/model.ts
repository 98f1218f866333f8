// The data that charts are drawn from: series of bounded size, whatever the capture's. Times in ns since the capture's start.

/**
 * The accept queue's length over time. Bucket k lasts from `t[k]` to `t[k + 1]`, the last to `to`. Where the queue changed no more often than
 * there are buckets, each change is one and `exact` is true; otherwise a bucket holds about equally many changes, so that a burst is
 * drawn finer than a quiet hour; where nothing changes for long, a bucket begins with the last change before.
 */
export interface StepSeries {
  readonly to: number;
  readonly exact: boolean;
  readonly t: readonly number[];
  /** The last change in the bucket; empty when `exact`: it is `t`. */
  readonly last: readonly number[];
  readonly max: readonly number[];
  /** Empty when `exact`: it is `max`. */
  readonly min: readonly number[];
  /** Weighted by time, to two digits after the point; empty when `exact`. */
  readonly mean: readonly number[];
  /** Connections that entered the queue in the bucket. */
  readonly up: readonly number[];
  /** Connections that left it. */
  readonly down: readonly number[];
}

/** Things that happen at instants; near ones are put together when there are too many. */
export interface Marks {
  /** First and last of those put together. */
  readonly t: readonly number[];
  readonly to: readonly number[];
  readonly n: readonly number[];
}

/** How many durations of which size when: columns of about equally many, ascending in time. */
export interface DurationGrid {
  readonly t: readonly number[];
  readonly to: readonly number[];
  /** For each column: bin, count, bin, count, … */
  readonly cells: readonly (readonly number[])[];
  readonly count: number;
}

/** What one acceptor took when. */
export interface Lane {
  readonly label: string;
  readonly accepted: number;
  readonly marks: Marks;
}

export interface ListenerSeries {
  readonly listener: number;
  readonly capture: number;
  /** The part of the capture in which the listener was there. */
  readonly from: number;
  readonly to: number;
  /** How many the queue holds; null: not known. */
  readonly capacity: number | null;
  /** Null: the capture does not show the queue. */
  readonly depth: StepSeries | null;
  readonly waits: DurationGrid | null;
  /** First SYN to accept queue, of clients on the host. */
  readonly handshakes: DurationGrid | null;
  readonly overflows: Marks;
  readonly lanes: readonly Lane[];
  /** [from, to] of times in which connections waited and none was taken, the longest first in time order. */
  readonly stalls: readonly (readonly [number, number])[];
  /** Connections whose client had to send its SYN again, and what that cost. */
  readonly late: { readonly count: number; readonly total_ns: number; readonly longest_ns: number };
}
