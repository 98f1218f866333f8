// A workload: who came to a listener and when, how they retry, and how those who accept behave. Portable as "acceptq.workload/1".

/** How clients come. */
export interface Clients {
  /**
   * `open`: at instants of their own, whatever became of those before. `closed`: each of `slots` comes again a while after its last
   * connection was `connected` (its handshake was over) or had its `response` (it was accepted and served).
   */
  readonly mode: 'open' | 'closed';
  readonly follows: 'connected' | 'response' | null;
  /** Why the mode was taken for what it is. */
  readonly why: string;
  /** Where the instants come from, and what they miss. */
  readonly source: 'syn' | 'syn-queue' | 'enqueue' | 'synthetic';
  readonly bias: string | null;
  /** Open: first SYN of each client, nanoseconds from the workload's start, ascending. */
  readonly arrivals_ns: readonly number[];
  /** Open, of a reuseport group: which member each came to; empty for one listener. */
  readonly members: readonly number[];
  /** Closed: of each slot its first SYN, and for each further one how long after the end of the last it came. */
  readonly slots: readonly {
    readonly first_ns: number;
    readonly think_ns: readonly number[];
    /** Of a reuseport group, the member that each connection came to; empty for one listener. */
    readonly members: readonly number[];
  }[];
  readonly retry: Retry;
  /** When clients stop, whatever is under way; null: each goes on until it got in or gave up. */
  readonly stop_ns: number | null;
  /** First SYN to final ACK where nothing is refused, nanoseconds. */
  readonly handshake_ns: number;
  /** Clients say something as soon as they are connected, so that a final ACK that was refused is followed by data. */
  readonly speaks_first: boolean;
  /** The client ends its connection with a reset as soon as it is there, accepted or not. */
  readonly resets: boolean;
}

/** How a client's kernel sends its SYN again. */
export interface Retry {
  /** Before the first retransmission, milliseconds; doubled after `linear` of them. */
  readonly initial_ms: number;
  readonly linear: number;
  /** SYNs sent again at most. */
  readonly retries: number;
  /** Timers fire at multiples of a step that grows with their distance; null: exactly. */
  readonly wheel: Wheel | null;
  /** The application's own limit, nanoseconds; null for none. */
  readonly timeout_ns: number | null;
}

/** The timer wheel of the clients' kernel (4.8 and later): timers that are due about the same time fire together. */
export interface Wheel {
  readonly tick_ns: number;
  /** Where a step begins, nanoseconds from the workload's start. */
  readonly phase_ns: number;
}

/** One who accepts. */
export interface Acceptor {
  readonly name: string;
  /** Index of the reuseport member it accepts from. */
  readonly member: number;
  /** From each accept() that took a connection to the next one that could: nanoseconds, in order; used again from the start. */
  readonly service_ns: readonly number[];
  /** When it took each of those connections, nanoseconds from the workload's start; empty where that is not known. */
  readonly taken_ns: readonly number[];
  /** From an arrival at an empty queue to the accept() that takes it, nanoseconds, in order; used again from the start. */
  readonly wake_ns: readonly number[];
  /** When it first could accept, nanoseconds from the workload's start. */
  readonly ready_ns: number;
  /** Stretches in which it did not accept though connections waited: apart from service, bound to their time. */
  readonly stalls: readonly Stall[];
  /**
   * Connections that it takes before it serves those of the turn before: 1 for an event loop that accepts one and then serves who has
   * said something; none for one that serves what it accepts.
   */
  readonly ahead?: 0 | 1;
}

export interface Stall {
  readonly at_ns: number;
  readonly duration_ns: number;
}

export interface Workload {
  readonly schema: 'acceptq.workload/1';
  readonly name: string;
  /** Where it was taken from; null for a synthetic one, or when it was made anonymous. */
  readonly origin: { readonly capture: string | null; readonly listener: string | null } | null;
  readonly kernel: string;
  /** What was in force. */
  readonly settings: {
    readonly backlog: number;
    readonly somaxconn: number;
    readonly tcp_syncookies: number;
    readonly tcp_max_syn_backlog: number;
    readonly tcp_abort_on_overflow: number;
    readonly tcp_synack_retries: number;
  };
  /** Settings that are not recorded but taken for the kernel's defaults. */
  readonly assumed: readonly string[];
  /** Listeners that share the address by SO_REUSEPORT. */
  readonly members: number;
  readonly duration_ns: number;
  readonly clients: Clients;
  readonly acceptors: readonly Acceptor[];
  /** What the capture itself showed, to hold a replay under the same settings against; null where there is none. */
  readonly recorded: Outcome | null;
}

/** Time-weighted lengths of the accept queue. */
export interface DepthOutcome {
  readonly max: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly at_capacity_ns: number;
}

export interface TimesOutcome {
  readonly count: number;
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p99: number | null;
  readonly p999: number | null;
  readonly max: number | null;
}

/** What became of a workload: S of "acceptq.replay/1". */
export interface Outcome {
  readonly capacity: number;
  readonly arrivals: number;
  readonly enqueued: number;
  readonly accepted: number;
  /** SYNs and final ACKs refused for a full accept queue; null where the capture does not tell. */
  readonly overflows: number | null;
  readonly syn_retransmits: number | null;
  readonly gave_up: number | null;
  readonly depth: DepthOutcome;
  readonly wait_ns: TimesOutcome;
  /** First SYN to established, at the client. */
  readonly connect_ns: TimesOutcome | null;
}

/** Why no workload can be taken from a capture; its message says what to do. */
export class WorkloadError extends Error {}
