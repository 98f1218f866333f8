// The tracepoints of the path, as the model fires them. A recorder turns them into trace events; null where nobody listens.
import type { RequestSock } from './request-sock.ts';
import type { Sock } from './sock.ts';
import type { Task } from './task.ts';
import type { UnixSock } from './unix-sock.ts';

export interface Trace {
  /** syscalls:sys_enter_*: the raw arguments. */
  sysEnter(task: Task, call: string, args: readonly number[]): void;
  /** syscalls:sys_exit_*. */
  sysExit(task: Task, call: string, result: number): void;
  /** sock:inet_sock_set_state. At 10→3 the sock is the new child. */
  inetSockSetState(sk: Sock, oldState: number, newState: number): void;
  /** sock:sk_data_ready of a listener. */
  skDataReady(sk: Sock | UnixSock): void;
  /** tcp:tcp_retransmit_synack. */
  tcpRetransmitSynack(sk: Sock, req: RequestSock): void;
  /** tcp:tcp_send_reset, with the ports of the sock; of the segment where no sock was found. */
  tcpSendReset(sk: Sock | null, ports: { readonly sport: number; readonly dport: number }): void;
  /** tcp:tcp_receive_reset. */
  tcpReceiveReset(sk: Sock): void;
  /** tcp:tcp_destroy_sock. */
  tcpDestroySock(sk: Sock): void;
}
