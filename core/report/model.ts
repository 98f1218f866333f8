// The report as data, schema "acceptq.report/1". Renderers add no facts of their own. Times in ns since the capture's start.
import type { Evidence, Rejection } from '../event/capture.ts';

/** How far a figure can be trusted: exact, a lower bound, an estimate (off by what was lost), or not known at all. */
export type Bound = 'exact' | 'lower' | 'estimate' | 'unknown';
export type OverflowEvidence = 'sk_drops' | 'functions' | 'client' | 'counters' | 'none';
export type Severity = 'critical' | 'warning' | 'info';

export interface CaptureReport {
  readonly id: number;
  readonly path: string;
  /** Null: of a stream that was not read to its end. */
  readonly sha256: string | null;
  readonly format: string;
  readonly tool: string | null;
  readonly kernel: string | null;
  readonly host: string | null;
  readonly clock: string;
  /** The clock's value at time 0, in ns, as text. */
  readonly origin: string | null;
  /** Wall-clock time of time 0 (ISO 8601), when the file relates its clock to it. */
  readonly started_at: string | null;
  readonly duration_ns: number;
  /** Other captures here that are known to be of the same time, and may be of the same host: figures of both are not to be added. */
  readonly overlaps: readonly number[];
  readonly records_read: number;
  readonly events: number;
  /** complete; cut: not read to its end and it cannot be; open: being read, or interrupted and the same command completes it. */
  readonly ending: 'complete' | 'cut' | 'open';
  readonly rejected: number;
  readonly rejections: readonly Rejection[];
  /** What the offsets of rejections and the sources of events count. */
  readonly unit: 'byte' | 'line';
  readonly out_of_order: number;
  readonly lost: { readonly count: number | null; readonly gaps: number };
  readonly evidence: readonly Evidence[];
  /** Growth of the namespace's counters over the capture, by name; empty when none was recorded. */
  readonly counters: Readonly<Record<string, number>>;
}

export interface ListenCallReport {
  readonly capture: number;
  readonly at_ns: number;
  readonly pid: number;
  readonly tid: number;
  readonly comm: string | null;
  readonly fd: number;
  readonly backlog: number;
  readonly result: number | null;
  readonly error: string | null;
  readonly address: string | null;
  readonly listener: number | null;
}

export interface AcceptorReport {
  readonly tid: number;
  readonly pid: number;
  readonly comm: string | null;
  readonly accepted: number;
  readonly eagain: number;
  readonly failed: number;
  readonly blocked_ns: number;
}

export interface BacklogReport {
  /** As passed to the last listen(); null when that was before the capture. */
  readonly requested: number | null;
  /** sk_max_ack_backlog as far as it can be told. */
  readonly effective: number | null;
  readonly capacity: number | null;
  readonly limited_by: 'somaxconn' | null;
  /** read: from the kernel; given: --somaxconn; snapshot: net.core.somaxconn beside the capture; observed: the queue was seen refusing at this length; assumed: the kernel's default somaxconn. */
  readonly basis: 'read' | 'given' | 'snapshot' | 'observed' | 'assumed' | 'unknown';
  readonly changes: readonly {
    readonly at_ns: number;
    readonly requested: number;
    readonly effective: number | null;
  }[];
}

export interface DepthReport {
  readonly max: number;
  readonly mean: number | null;
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p99: number | null;
  /** Null when the capacity is not known. */
  readonly at_capacity_ns: number | null;
}

export interface TimesReport {
  readonly count: number;
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p99: number | null;
  readonly p999: number | null;
  readonly max: number | null;
}

export interface ListenerReport {
  readonly id: number;
  readonly capture: number;
  readonly family: 'inet' | 'inet6' | 'unix' | null;
  readonly address: string | null;
  readonly port: number | null;
  readonly path: string | null;
  readonly opened_at_ns: number | null;
  readonly closed_at_ns: number | null;
  readonly opened_by: { readonly pid: number; readonly comm: string | null } | null;
  readonly acceptors: readonly AcceptorReport[];
  readonly backlog: BacklogReport;
  readonly enqueued: number;
  readonly accepted: number;
  readonly left_in_queue: number;
  readonly aborted_at_close: number;
  readonly depth: DepthReport;
  /** What was read of the listener's own fields, in the kernel or by tools beside the capture. */
  readonly readings: { readonly count: number; readonly depth_max: number | null };
  /** Enqueue to dequeue. */
  readonly wait_ns: TimesReport;
  /** First SYN to enqueue, for clients on the recorded host. */
  readonly handshake_ns: TimesReport | null;
  readonly overflows: {
    readonly count: number | null;
    readonly bound: 'exact' | 'lower' | 'unknown';
    readonly evidence: OverflowEvidence;
  };
  /** Growth of the listener's sk_drops: no fewer than the overflows, no more than twice as many; null when it was not read. */
  readonly sk_drops: number | null;
  /** When the first and the last of them happened. */
  readonly overflow_span_ns: { readonly first: number; readonly last: number } | null;
  readonly syn_retransmits: number | null;
  /** Longest SYN queue read; null when none was. */
  readonly syn_queue_max: number | null;
  readonly cookies: number | null;
  /** Connections queued or held out at one instant, at most. */
  readonly demand: { readonly peak: number; readonly at_ns: number };
  /** Time in which connections waited and none was taken. */
  readonly pauses: {
    readonly longest_ns: number;
    readonly at_ns: number;
    readonly count: number;
    readonly total_ns: number;
  };
  /** Time with at least one connection in the queue. */
  readonly waiting_ns: number;
  readonly bounds: { readonly enqueued: Bound; readonly accepted: Bound; readonly depth: Bound; readonly wait: Bound };
  readonly confidence: {
    readonly censored_start: boolean;
    readonly censored_end: boolean;
    readonly gaps: number;
    /** Accepted without a recorded arrival. */
    readonly unseen_arrivals: number;
    /** Gone from the queue without a recorded accept. */
    readonly unseen_accepts: number;
    /** Arrivals that may be another listener's. */
    readonly ambiguous: number;
  };
}

export interface Finding {
  readonly id: string;
  readonly severity: Severity;
  readonly listener: number | null;
  readonly title: string;
  readonly why: string;
  readonly evidence: Readonly<Record<string, number | string | boolean | null>>;
  readonly advice: string;
  /** What following the advice costs; absent where there is nothing to weigh. */
  readonly price?: string;
  readonly alternative?: string;
}

export interface WhatIfPoint {
  /** As given to listen(). */
  readonly backlog: number;
  readonly overflows: number;
  readonly wait_p99_ns: number | null;
  /** Connections that the accept queue holds then: less than backlog + 1 where net.core.somaxconn clamps. */
  readonly capacity?: number;
  readonly meets_target?: boolean;
}

/** What a replay of the recorded load says about other settings, for one listener. */
export interface WhatIfCurve {
  readonly listener: number;
  /** Ascending by backlog. */
  readonly points: readonly WhatIfPoint[];
  /** What the replay leaves out, and what it recommends. */
  readonly note: string | null;
  /** What all points have in place of what was captured, beside the backlog: `2 acceptors`. */
  readonly variant?: string;
  /** The replay under the captured settings; its backlog is the one in force. */
  readonly captured?: WhatIfPoint;
  /** The smallest backlog that meets the target, where it is on this curve. */
  readonly recommended?: number | null;
  readonly target?: string;
  /** How well the replay under the captured settings reproduces the capture. */
  readonly fit?: readonly {
    readonly figure: string;
    readonly recorded: number;
    readonly replayed: number;
    readonly error: number;
  }[];
}

export interface Report {
  readonly schema: 'acceptq.report/1';
  readonly generated_by: string;
  /** What happened and what to do, in one sentence each. */
  readonly verdict: {
    readonly listener: number | null;
    readonly severity: Severity | 'ok';
    /** Id of the finding that it is; null when it is none. */
    readonly finding: string | null;
    readonly what: string;
    readonly advice: string;
  };
  readonly captures: readonly CaptureReport[];
  readonly listen_calls: readonly ListenCallReport[];
  readonly listeners: readonly ListenerReport[];
  readonly findings: readonly Finding[];
  /** Absent where no replay was made. */
  readonly what_if?: readonly WhatIfCurve[];
}
