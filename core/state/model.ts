// "acceptq.state/1": everything that is known of a host's listen/accept path at one instant, with names spelled out.
//
// Times are nanoseconds since the capture's start; null stands for what is not known.

/** exact; lower: at least; estimate: records are missing or accepts cannot be placed; unknown: no probe tells. */
export type Bound = 'exact' | 'lower' | 'estimate' | 'unknown';

export interface InstantReport {
  readonly capture: number;
  readonly path: string;
  readonly kernel: string | null;
  readonly host: string | null;
  /** The instant: what is told holds right after everything up to this time. */
  readonly at_ns: number;
  /** Last event of the log up to it; null: there is none. */
  readonly position: number | null;
  /** The same on the clock that stamped the events, in ns, as text; null when the capture does not say. */
  readonly clock_ns: string | null;
  readonly clock: string;
  /** The same in UTC, ISO 8601; null when the clock's relation to it is not known. */
  readonly wall: string | null;
  /** The capture's length. */
  readonly duration_ns: number;
  /** How this was found: the snapshot it began from (null: the beginning), and the events that were read. */
  readonly snapshot: number | null;
  readonly events_read: number;
}

export interface WaitingConnection {
  /** Null: its arrival is not in the capture. */
  readonly client: string | null;
  readonly sk: string | null;
  readonly enqueued_at_ns: number | null;
  readonly waiting_ns: number | null;
  /** Its first SYN, where a probe saw it. */
  readonly syn_at_ns: number | null;
}

export interface AcceptQueueState {
  /** Most likely length. */
  readonly length: number;
  /** The length is within these; null: no upper bound. */
  readonly low: number;
  readonly high: number | null;
  readonly bound: Bound;
  /** sk_max_ack_backlog, as `limit_basis` has it; null: nothing is known of it. */
  readonly limit: number | null;
  /**
   * read: in the kernel; clamped: the backlog asked for and net.core.somaxconn as read; requested: what was asked for alone, which somaxconn
   * may have made smaller.
   */
  readonly limit_basis: 'read' | 'clamped' | 'requested' | null;
  /** In order: the head of the queue first. */
  readonly waiting: readonly WaitingConnection[];
}

export interface SynQueueState {
  /** Requests seen entering that became no connection so far; null: no probe shows them. They may have timed out since. */
  readonly requests: readonly { readonly client: string; readonly queued_at_ns: number }[] | null;
}

export interface AcceptorState {
  readonly tid: number;
  readonly pid: number | null;
  readonly comm: string | null;
  /** The call that it is in; null: it runs, or its call is not traced. */
  readonly call: string | null;
  readonly since_ns: number | null;
  /** Its accept() has taken a connection and is about to return. */
  readonly taken: boolean;
}

export interface ReadingState {
  readonly at_ns: number;
  readonly sk_ack_backlog: number | null;
  readonly sk_max_ack_backlog: number | null;
  readonly sk_drops: number | null;
  readonly syn_queue_len: number | null;
}

export interface ListenerState {
  readonly id: number;
  readonly address: string | null;
  readonly family: 'inet' | 'inet6' | 'unix' | null;
  /** Null: it is older than the capture. */
  readonly opened_at_ns: number | null;
  /** Null: no listen() of it is in the capture up to here. */
  readonly backlog_requested: number | null;
  readonly accept_queue: AcceptQueueState;
  readonly syn_queue: SynQueueState;
  readonly acceptors: readonly AcceptorState[];
  /** fds that are this listener. */
  readonly fds: readonly { readonly pid: number | null; readonly tid: number | null; readonly fd: number }[];
  /** The kernel's own fields as last read. */
  readonly reading: ReadingState | null;
}

export interface SocketState {
  readonly sk: string | null;
  /** Which life of that address, from 1. */
  readonly generation: number;
  readonly role: 'listener' | 'child' | 'client' | 'other';
  readonly state: string;
  readonly since_ns: number;
  readonly changed_at_ns: number;
  readonly local: string | null;
  readonly remote: string | null;
  readonly listener: number | null;
}

export interface FileState {
  readonly fd: number;
  /** What is known of it; unknown: it was opened before the capture or by a call that is not traced. */
  readonly kind: 'listener' | 'connection' | 'socket' | 'unknown';
  readonly listener: number | null;
  readonly family: number | null;
  readonly type: number | null;
  /** The other end of an accepted connection. */
  readonly client: string | null;
  readonly sk: string | null;
  readonly cloexec: boolean;
}

export interface TaskState {
  /** Process; null where the capture tells of tasks alone. */
  readonly pid: number | null;
  readonly tid: number | null;
  /** A name that it had. */
  readonly comm: string | null;
  readonly files: readonly FileState[];
}

export interface CallState {
  readonly tid: number;
  readonly comm: string | null;
  readonly call: string;
  readonly fd: number | null;
  readonly listener: number | null;
  readonly since_ns: number;
}

/** A value as last read up to the instant; of counters that a tool gives as growth, the sum so far. */
export interface ValueState {
  readonly name: string;
  readonly value: number;
  readonly at_ns: number;
  readonly absolute: boolean;
}

export interface State {
  readonly schema: 'acceptq.state/1';
  readonly generated_by: string;
  readonly instant: InstantReport;
  readonly listeners: readonly ListenerState[];
  readonly sockets: readonly SocketState[];
  readonly tasks: readonly TaskState[];
  readonly calls: readonly CallState[];
  readonly sysctls: readonly ValueState[];
  readonly counters: readonly ValueState[];
  readonly confidence: {
    /** Records known to be lost up to the instant; null: some, and nobody counted them. */
    readonly lost: number | null;
    readonly gaps: number;
    /** Accepts so far whose listener is not known. */
    readonly accepts_unbound: number;
    /** Events that are older than ones before them in the log; what they tell may be told too late. */
    readonly out_of_order: number;
    /** What the capture's probes can tell. */
    readonly evidence: readonly string[];
    readonly notes: readonly string[];
  };
}
