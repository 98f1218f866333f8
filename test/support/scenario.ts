// Builds small event sequences by hand, folds them, and collects the rows: for rules that are hard to record.
import type { Endpoint } from '../../core/event/dictionary.ts';
import { ABSENT, EventBatch } from '../../core/event/event-batch.ts';
import { eventCode } from '../../core/event/event-type.ts';
import { AcceptPath } from '../../core/projection/accept-path.ts';
import type {
  ConnectionRow,
  CounterRow,
  GapRow,
  ListenCallRow,
  ListenerRow,
  OrphanAcceptorRow,
  QueueSampleRow,
  RefusalRow,
} from '../../core/projection/rows.ts';

const LISTEN = 10;
const SYN_RECV = 3;
const ESTABLISHED = 1;
const CLOSE = 7;
const SYN_SENT = 2;
const TCP = 6;

export interface Outcome {
  readonly listeners: ListenerRow[];
  readonly connections: ConnectionRow[];
  readonly calls: ListenCallRow[];
  readonly refusals: RefusalRow[];
  readonly orphans: OrphanAcceptorRow[];
  readonly gaps: GapRow[];
  readonly samples: QueueSampleRow[];
  readonly counters: CounterRow[];
  /** Refusals that were handed out before the end. */
  readonly refusedEarly: number;
}

/** A host on which things happen one microsecond after the other. Endpoint id 1 is 10.0.0.1:80, id n is a client. */
export class Scenario {
  now = 0;
  private readonly batch = new EventBatch();
  private readonly listening: Endpoint;

  constructor(listening: Endpoint = { family: 2, address: '10.0.0.1', port: 80 }) {
    this.listening = listening;
  }

  event(name: string, tid: number, args: readonly (number | undefined)[], pid = tid, cpu = 0): this {
    this.now += 1000;
    const row = this.batch.push(this.now, eventCode(name), cpu, pid, tid, 0);
    args.forEach((value, k) => {
      this.batch.args[k][row] = value ?? ABSENT;
    });
    return this;
  }

  wait(ns: number): this {
    this.now += ns;
    return this;
  }

  enter(tid: number, call: string, args: readonly number[], pid = tid): this {
    return this.event(`sys_enter_${call}`, tid, args, pid);
  }

  exit(tid: number, call: string, result: number, pid = tid): this {
    return this.event(`sys_exit_${call}`, tid, [result], pid);
  }

  call(tid: number, call: string, args: readonly number[], result: number, pid = tid): this {
    return this.enter(tid, call, args, pid).exit(tid, call, result, pid);
  }

  state(tid: number, sk: number, from: number, to: number, local = 1, remote = 1): this {
    return this.event('inet_sock_set_state', tid, [sk, from, to, local, remote, TCP]);
  }

  /** socket(), listen() of task `tid`, with the state change in between. */
  listen(tid: number, fd: number, sk: number, backlog: number): this {
    this.call(tid, 'socket', [2, 1, 0], fd);
    return this.enter(tid, 'listen', [fd, backlog]).state(tid, sk, CLOSE, LISTEN).exit(tid, 'listen', 0);
  }

  /** A connection from client endpoint `client` is queued at listener `sk`. */
  arrive(sk: number, child: number, client: number): this {
    this.state(0, child, LISTEN, SYN_RECV, 1, client).state(0, child, SYN_RECV, ESTABLISHED, 1, client);
    return this.event('sk_data_ready', 0, [sk, 2, TCP]);
  }

  /** A local client sends its first SYN. */
  connect(sk: number): this {
    return this.state(500, sk, CLOSE, SYN_SENT, 1, 1);
  }

  closeListener(tid: number, sk: number): this {
    return this.state(tid, sk, LISTEN, CLOSE);
  }

  fold(probes: { state?: boolean; dataReady?: boolean } = {}): Outcome {
    const out: Omit<Outcome, 'refusedEarly'> = {
      listeners: [],
      connections: [],
      calls: [],
      refusals: [],
      orphans: [],
      gaps: [],
      samples: [],
      counters: [],
    };
    const path = new AcceptPath(
      {
        hasState: probes.state ?? true,
        hasDataReady: probes.dataReady ?? true,
        endpoint: (id) => (id === 1 ? this.listening : { family: 2, address: '10.0.0.2', port: 1000 + id }),
        firstListener: 1,
        firstConnection: 1,
        overflowReason: (id) => id === 99 || id === 98,
        ackReason: (id) => id === 98,
      },
      {
        listenCall: (row) => out.calls.push(row),
        backlogChange: () => undefined,
        listener: (row) => out.listeners.push(row),
        depth: () => undefined,
        connection: (row) => out.connections.push(row),
        acceptor: () => undefined,
        refusal: (row) => out.refusals.push(row),
        gap: (row) => out.gaps.push(row),
        socket: () => undefined,
        orphanAcceptor: (row) => out.orphans.push(row),
        queueSample: (row) => out.samples.push(row),
        counter: (row) => out.counters.push(row),
      },
    );
    path.apply(this.batch);
    const refusedEarly = out.refusals.length;
    path.finish();
    return { ...out, refusedEarly };
  }
}
