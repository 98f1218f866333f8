// tcp_delack_timer (net/ipv4/tcp_timer.c): a client with TCP_DEFER_ACCEPT keeps its final ACK back, in the hope to send it with data.
import { ACK } from './segment.ts';
import type { Sock } from './sock.ts';
import { sendSegment } from './tcp-output.ts';
import { TCP_CLOSE } from './tcp-state.ts';
import { Timer } from './timer-wheel.ts';

/** TCP_DELACK_MAX. */
const DELACK_MAX_NS = 200_000_000;

class DelayedAck extends Timer {
  readonly sk: Sock;
  constructor(sk: Sock) {
    super();
    this.sk = sk;
  }
  override expire(): void {
    if (this.sk.ackPending && this.sk.state !== TCP_CLOSE) sendSegment(this.sk, ACK, 0);
  }
}

/** Owes an acknowledgement: the next segment carries it, or the timer sends it alone. */
export function delayAck(sk: Sock): void {
  sk.ackPending = true;
  sk.net.host.timers.add(new DelayedAck(sk), sk.net.host.now, DELACK_MAX_NS);
}
