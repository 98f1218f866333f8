// What the report is made from: the projections' rows of one capture with names spelled out.
import type { CaptureReport, ListenCallReport } from './model.ts';

export interface ListenerInput {
  readonly id: number;
  readonly family: number | null;
  readonly address: string | null;
  readonly port: number | null;
  readonly opened_at_ns: number | null;
  readonly closed_at_ns: number | null;
  readonly opened_pid: number | null;
  readonly opened_comm: string | null;
  readonly requested: number | null;
  readonly enqueued: number;
  readonly accepted: number;
  readonly lost_in_accept: number;
  readonly left_in_queue: number;
  readonly aborted_at_close: number;
  readonly unseen_arrivals: number;
  readonly unseen_accepts: number;
  readonly ambiguous: number;
  readonly depth_max: number;
  readonly initial_depth: number;
  readonly synced: boolean;
  readonly waiting_ns: number;
  readonly longest_pause_ns: number;
  readonly longest_pause_at_ns: number;
  readonly pauses: number;
  readonly paused_ns: number;
  readonly syn_retransmits: number;
  readonly synack_retransmits: number;
  readonly samples: number;
  readonly sampled_limit: number | null;
  readonly sampled_depth: number | null;
  readonly drops_first: number | null;
  readonly drops_last: number | null;
  readonly sample_misses: number;
  readonly syn_queue_max: number | null;
  readonly seen_overflows: number | null;
  readonly acceptors: readonly {
    tid: number;
    pid: number;
    comm: string | null;
    accepted: number;
    eagain: number;
    failed: number;
    blocked_ns: number;
  }[];
  readonly changes: readonly { at_ns: number; requested: number }[];
  /** Ascending by depth. */
  readonly depths: readonly { depth: number; ns: number }[];
  readonly refusals: readonly RefusalInput[];
  readonly connections: ConnectionColumns;
  /** accept() calls that failed, by error; EAGAIN is none. */
  readonly accept_failures: readonly AcceptFailure[];
}

export interface AcceptFailure {
  /** Negative errno. */
  readonly result: number;
  readonly count: number;
  readonly first_at_ns: number;
  /** How many tasks it happened to. */
  readonly tasks: number;
}

/** Growth of a counter of the namespace over the capture. */
export interface CounterInput {
  readonly name: string;
  readonly growth: number;
}

export interface RefusalInput {
  readonly kind: 'syn' | 'ack';
  readonly at_ns: number;
  readonly noticed_at_ns: number;
  readonly evidence: 'client' | 'decision';
  readonly depth_low: number | null;
  readonly depth_high: number | null;
}

/** Connections of a listener in columns; NaN where not known. */
export interface ConnectionColumns {
  readonly enqueued: Float64Array;
  readonly dequeued: Float64Array;
  readonly syn: Float64Array;
  readonly syns: Float64Array;
  /** 1 for the ones that accept() took. */
  readonly accepted: Uint8Array;
  /** Length of the queue with it in. */
  readonly depth: Float64Array;
  /** Thread that accepted it. */
  readonly tid: Float64Array;
  /** 1 for the ones that went without a record of when. */
  readonly gone: Uint8Array;
}

export interface GapInput {
  readonly kind: 'lost' | 'lost_samples' | 'throttle';
  readonly cpu: number | null;
  readonly from_ns: number;
  readonly to_ns: number;
  readonly count: number | null;
}

export interface CaptureInput {
  readonly capture: Omit<CaptureReport, 'lost' | 'evidence' | 'started_at'> & {
    readonly wall_offset: string | null;
    readonly probes: readonly string[];
    readonly pointers: boolean;
  };
  readonly gaps: readonly GapInput[];
  readonly counters: readonly CounterInput[];
  /** net.core.somaxconn by a snapshot beside the capture. */
  readonly somaxconn: number | null;
  /** How often functions of the path were entered and left, by name; looked up only for a capture without listeners. */
  readonly functionCalls: readonly { func: string; entered: number; returned: number }[];
  readonly listenCalls: readonly Omit<ListenCallReport, 'capture' | 'error'>[];
  readonly listeners: readonly ListenerInput[];
  readonly orphanAcceptors: readonly { pid: number; tid: number; comm: string | null; fd: number; accepted: number }[];
}

export interface ReportOptions {
  /** net.core.somaxconn of the server's namespace, when the user knows it. */
  readonly somaxconn?: number;
  readonly version: string;
}
