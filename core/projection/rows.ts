// The rows that projections produce: plain data, one interface per table. Times are ns since the capture's start; ids are the log's.

export interface ListenCallRow {
  readonly at_ns: number;
  /** Task as interned in the log: pid, tid and comm at that instant. */
  readonly pid: number;
  readonly tid: number;
  readonly comm: number;
  readonly fd: number;
  readonly backlog: number;
  /** What listen() returned: 0 or a negative errno; null when the capture ends before. */
  readonly result: number | null;
  readonly endpoint: number | null;
  readonly listener: number | null;
}

export interface BacklogChangeRow {
  readonly listener: number;
  readonly at_ns: number;
  readonly requested: number;
}

export interface ListenerRow {
  readonly id: number;
  /** AF_UNIX 1, AF_INET 2, AF_INET6 10; null when no probe showed it. */
  readonly family: number | null;
  readonly endpoint: number | null;
  readonly sk: number | null;
  /** Which life of that kernel address this is, from 1. */
  readonly generation: number | null;
  /** Null: it was there before the capture began. */
  readonly opened_at_ns: number | null;
  /** Null: still there when the capture ended. */
  readonly closed_at_ns: number | null;
  readonly opened_pid: number | null;
  readonly opened_comm: number | null;
  /** Backlog of the last listen(); null when none was recorded. */
  readonly requested: number | null;
  readonly enqueued: number;
  readonly accepted: number;
  /** Taken from the queue by an accept() that then failed (EFAULT, ECONNABORTED): lost to the client. */
  readonly lost_in_accept: number;
  readonly left_in_queue: number;
  readonly aborted_at_close: number;
  /** Accepts of connections whose arrival the capture does not have. */
  readonly unseen_arrivals: number;
  /** Connections that left the queue without a recorded accept. */
  readonly unseen_accepts: number;
  /** Arrivals that could belong to this or another listener on the same address. */
  readonly ambiguous: number;
  readonly depth_max: number;
  /** Children already waiting when the capture began, as far as it can be told. */
  readonly initial_depth: number;
  /** Whether the depth was ever pinned to a known value (opened in the capture, or seen empty). */
  readonly synced: boolean;
  readonly waiting_ns: number;
  /** Longest time in which connections waited and none was taken, and when. */
  readonly longest_pause_ns: number;
  readonly longest_pause_at_ns: number;
  readonly pauses: number;
  readonly paused_ns: number;
  readonly synack_retransmits: number;
  readonly syn_retransmits: number;
  /** Readings of the kernel's own fields; what they say is null when there is none. */
  readonly samples: number;
  /** sk_max_ack_backlog as last read. */
  readonly sampled_limit: number | null;
  /** Largest sk_ack_backlog read. */
  readonly sampled_depth: number | null;
  /** sk_drops as first and last read; the first is 0 where the listener's beginning was seen. */
  readonly drops_first: number | null;
  readonly drops_last: number | null;
  /** Readings that differ from the rebuilt length by more than the accept() calls under way. */
  readonly sample_misses: number;
  /** Longest SYN queue read. */
  readonly syn_queue_max: number | null;
  /** Refusals that a program saw decided for a full accept queue; null: no such probe. */
  readonly seen_overflows: number | null;
}

/** One reading of a listener's fields in the kernel, or by a tool beside the capture. */
export interface QueueSampleRow {
  readonly listener: number;
  readonly at_ns: number;
  readonly sk_ack_backlog: number | null;
  readonly sk_max_ack_backlog: number | null;
  readonly sk_drops: number | null;
  readonly syn_queue_len: number | null;
}

/** One reading of a host-wide (namespace-wide) counter. */
export interface CounterRow {
  readonly at_ns: number;
  readonly name: number;
  readonly value: number;
  /** False: the tool printed the growth since its last run. */
  readonly absolute: boolean;
}

/** How long a listener's accept queue had a given length. */
export interface DepthRow {
  readonly listener: number;
  readonly depth: number;
  readonly ns: number;
}

export interface ConnectionRow {
  readonly id: number;
  readonly listener: number;
  readonly sk: number | null;
  readonly remote: number | null;
  /** First SYN of a client on the same host. */
  readonly syn_at_ns: number | null;
  /** SYNs that the client sent, the first included. */
  readonly syns: number | null;
  /** Null: its arrival is not in the capture. */
  readonly enqueued_at_ns: number | null;
  /** Length of the queue with it in. */
  readonly depth: number | null;
  /** accept() calls under way at that instant: the true depth may differ by up to this. */
  readonly accepts_in_flight: number;
  /** Null: not accepted as far as the capture goes. */
  readonly dequeued_at_ns: number | null;
  readonly tid: number | null;
  /** How it left the queue. */
  readonly end: 'accepted' | 'lost_in_accept' | 'aborted' | 'left' | 'unseen';
}

export interface AcceptorRow {
  readonly listener: number;
  readonly tid: number;
  readonly pid: number;
  readonly comm: number;
  readonly accepted: number;
  readonly eagain: number;
  readonly failed: number;
  readonly blocked_ns: number;
}

/** A SYN or a final ACK that got no answer. Whether the accept queue was full is judged when its capacity is known. */
export interface RefusalRow {
  readonly listener: number;
  readonly kind: 'syn' | 'ack';
  readonly at_ns: number;
  /** When the capture shows it: the client's next SYN. */
  readonly noticed_at_ns: number;
  readonly client: number | null;
  /** Bounds of the queue's length when it was refused; null when unknown. */
  readonly depth_low: number | null;
  readonly depth_high: number | null;
  /** How it is known: a client on the host sent again (or the kernel named the reason), or a probe saw the kernel decide. */
  readonly evidence: 'client' | 'decision';
}

/** A stretch in which records were lost. */
export interface GapRow {
  readonly cpu: number | null;
  readonly from_ns: number;
  readonly to_ns: number;
  /** How many records, null when the recorder does not say. */
  readonly count: number | null;
  readonly kind: 'lost' | 'lost_samples' | 'throttle';
}

/** One life of a kernel socket address. */
export interface SocketRow {
  /** Null: the capture leaves kernel addresses out. */
  readonly sk: number | null;
  readonly generation: number;
  readonly role: 'listener' | 'child' | 'client' | 'other';
  readonly first_at_ns: number;
  readonly last_at_ns: number;
  readonly local: number | null;
  readonly remote: number | null;
  readonly last_state: number;
}

/** accept() calls that no listener could be found for. */
export interface OrphanAcceptorRow {
  readonly pid: number;
  readonly tid: number;
  readonly comm: number;
  readonly fd: number;
  readonly accepted: number;
}

/** Receives rows as soon as they are final. */
export interface RowSink {
  listenCall(row: ListenCallRow): void;
  backlogChange(row: BacklogChangeRow): void;
  listener(row: ListenerRow): void;
  depth(row: DepthRow): void;
  connection(row: ConnectionRow): void;
  acceptor(row: AcceptorRow): void;
  refusal(row: RefusalRow): void;
  gap(row: GapRow): void;
  socket(row: SocketRow): void;
  orphanAcceptor(row: OrphanAcceptorRow): void;
  queueSample(row: QueueSampleRow): void;
  counter(row: CounterRow): void;
}
