// Records the inet_sock_set_state events of the model, with the fields that the tracepoint carries.
import type { Sock } from '../../core/kernel/sock.ts';
import type { Trace } from '../../core/kernel/trace.ts';

export interface StateEvent {
  readonly oldState: number;
  readonly newState: number;
  readonly sport: number;
  readonly dport: number;
}

export class StateRecorder implements Trace {
  readonly events: StateEvent[] = [];

  inetSockSetState(sk: Sock, oldState: number, newState: number): void {
    this.events.push({ oldState, newState, sport: sk.sport, dport: sk.dport });
  }

  sysEnter(): void {}
  sysExit(): void {}
  skDataReady(): void {}
  tcpRetransmitSynack(): void {}
  tcpSendReset(): void {}
  tcpReceiveReset(): void {}
  tcpDestroySock(): void {}
}
