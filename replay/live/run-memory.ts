// Memory that the threads of a live replay share: when each client was to come, what became of it, and how far everyone is.

/** Connections that one live replay may have: about 50 bytes each are kept. */
export const MOST_CONNECTIONS = 2_000_000;
/** Listeners that share the address. */
export const MOST_MEMBERS = 1024;
/** Threads that accept. */
export const MOST_ACCEPTORS = 256;

/** No such instant. */
export const NEVER = -1;

/** Words of `control`. */
export const STARTED = 0;
export const STOP = 1;
export const READY = 2;
/** Clients that have come. */
export const MADE = 3;
/** Connections that were accepted, by anyone. */
export const TAKEN = 4;
const CONTROL_WORDS = 8;

export interface RunBuffers {
  readonly control: SharedArrayBuffer;
  readonly start: SharedArrayBuffer;
  readonly intended: SharedArrayBuffer;
  readonly started: SharedArrayBuffer;
  readonly connected: SharedArrayBuffer;
  readonly accepted: SharedArrayBuffer;
  readonly queued: SharedArrayBuffer;
  readonly errno: SharedArrayBuffer;
  readonly retransmits: SharedArrayBuffer;
  readonly depth: SharedArrayBuffer;
  readonly member: SharedArrayBuffer;
  readonly acceptedBy: SharedArrayBuffer;
  readonly busyUntil: SharedArrayBuffer;
  readonly late: SharedArrayBuffer;
}

export function runBuffers(connections: number, acceptors: number): RunBuffers {
  const of = (bytes: number): SharedArrayBuffer => new SharedArrayBuffer(bytes);
  const instants = (): SharedArrayBuffer => {
    const buffer = of(8 * connections);
    new Float64Array(buffer).fill(NEVER);
    return buffer;
  };
  return {
    control: of(4 * CONTROL_WORDS),
    start: of(8),
    intended: instants(),
    started: instants(),
    connected: instants(),
    accepted: instants(),
    queued: of(4 * connections),
    errno: of(4 * connections),
    retransmits: of(connections),
    depth: of(4 * connections),
    member: of(2 * connections),
    acceptedBy: of(4 * acceptors),
    busyUntil: of(8 * acceptors),
    late: of(8 * acceptors),
  };
}

export class RunMemory {
  readonly control: Int32Array;
  /** CLOCK_MONOTONIC at the workload's zero. */
  readonly start: Float64Array;
  /** Of each connection, nanoseconds from `start`: when it was to come, when its connect() was called, */
  readonly intended: Float64Array;
  readonly started: Float64Array;
  /** when the client saw that it was connected, and when an accept() had returned it. NEVER for what did not happen. */
  readonly connected: Float64Array;
  readonly accepted: Float64Array;
  /** Milliseconds that it had been a socket of the listener's when it was accepted, by the kernel's clock of jiffies. */
  readonly queued: Int32Array;
  /** What ended it before it was accepted; 0 for nothing. */
  readonly errno: Int32Array;
  /** SYNs that the client's kernel sent again. */
  readonly retransmits: Uint8Array;
  /** The listener's sk_ack_backlog just after it was connected. */
  readonly depth: Int32Array;
  readonly member: Uint16Array;
  /** Of each acceptor: connections it took, until when it is busy, and how late it ended at worst to be so. */
  readonly acceptedBy: Int32Array;
  readonly busyUntil: Float64Array;
  readonly late: Float64Array;

  constructor(buffers: RunBuffers) {
    this.control = new Int32Array(buffers.control);
    this.start = new Float64Array(buffers.start);
    this.intended = new Float64Array(buffers.intended);
    this.started = new Float64Array(buffers.started);
    this.connected = new Float64Array(buffers.connected);
    this.accepted = new Float64Array(buffers.accepted);
    this.queued = new Int32Array(buffers.queued);
    this.errno = new Int32Array(buffers.errno);
    this.retransmits = new Uint8Array(buffers.retransmits);
    this.depth = new Int32Array(buffers.depth);
    this.member = new Uint16Array(buffers.member);
    this.acceptedBy = new Int32Array(buffers.acceptedBy);
    this.busyUntil = new Float64Array(buffers.busyUntil);
    this.late = new Float64Array(buffers.late);
  }

  /** Says that this thread is ready and waits until all are. */
  awaitStart(): void {
    Atomics.add(this.control, READY, 1);
    Atomics.notify(this.control, READY);
    Atomics.wait(this.control, STARTED, 0);
  }

  get stopped(): boolean {
    return Atomics.load(this.control, STOP) !== 0;
  }
}
