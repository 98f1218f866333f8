// Records the events that the model emits, by their tracepoints' names, with the fields that a probe reads in the same instant.
import type { Sock } from '../../core/kernel/sock.ts';
import type { Trace } from '../../core/kernel/trace.ts';
import { UnixSock } from '../../core/kernel/unix-sock.ts';

interface Ports {
  readonly sport: number;
  readonly dport: number;
}

interface Queue {
  /** sk_ack_backlog and sk_max_ack_backlog. */
  readonly ackBacklog: number;
  readonly maxAckBacklog: number;
}

export type ModelEvent =
  | ({ readonly event: 'inet_sock_set_state'; readonly oldState: number; readonly newState: number } & Ports & Queue)
  /** Of a listener; port 0 for a UNIX one, whose queue is its receive queue: sk_ack_backlog stays 0. */
  | ({ readonly event: 'sk_data_ready'; readonly port: number } & Queue)
  | ({ readonly event: 'tcp_send_reset' | 'tcp_receive_reset'; readonly state: number } & Ports)
  | ({ readonly event: 'tcp_retransmit_synack' | 'tcp_destroy_sock' } & Ports);

export class TraceRecorder implements Trace {
  readonly events: ModelEvent[] = [];

  inetSockSetState({ sport, dport, ackBacklog, maxAckBacklog }: Sock, oldState: number, newState: number): void {
    this.events.push({ event: 'inet_sock_set_state', oldState, newState, sport, dport, ackBacklog, maxAckBacklog });
  }

  skDataReady(sk: Sock | UnixSock): void {
    const { maxAckBacklog } = sk;
    const [port, ackBacklog] = sk instanceof UnixSock ? [0, 0] : [sk.num, sk.ackBacklog];
    this.events.push({ event: 'sk_data_ready', port, ackBacklog, maxAckBacklog });
  }

  tcpRetransmitSynack(_: Sock, { dport: sport, sport: dport }: Ports): void {
    this.events.push({ event: 'tcp_retransmit_synack', sport, dport });
  }

  tcpSendReset(sk: Sock | null, { sport, dport }: Ports): void {
    this.events.push({ event: 'tcp_send_reset', state: sk?.state ?? 0, sport, dport });
  }

  tcpReceiveReset({ state, sport, dport }: Sock): void {
    this.events.push({ event: 'tcp_receive_reset', state, sport, dport });
  }

  tcpDestroySock({ sport, dport }: Sock): void {
    this.events.push({ event: 'tcp_destroy_sock', sport, dport });
  }

  sysEnter(): void {}
  sysExit(): void {}
}
