// tcp_disconnect (net/ipv4/tcp.c): back to CLOSE from any state, by connect(AF_UNSPEC), shutdown() of a listener, or its end for a child.
import { ANY4, ANY6 } from './address.ts';
import { ECONNRESET } from './errno.ts';
import { inetCskListenStop } from './inet-csk-listen-stop.ts';
import { AF_INET6, type Sock } from './sock.ts';
import { tcpSendActiveReset } from './tcp-output.ts';
import { tcpSetState } from './tcp-set-state.ts';
import {
  TCP_CLOSE,
  TCP_CLOSE_WAIT,
  TCP_ESTABLISHED,
  TCP_FIN_WAIT1,
  TCP_FIN_WAIT2,
  TCP_LISTEN,
  TCP_SYN_RECV,
  TCP_SYN_SENT,
} from './tcp-state.ts';
import { wakeUp } from './wait.ts';

const NEEDS_RESET = new Set([TCP_ESTABLISHED, TCP_CLOSE_WAIT, TCP_FIN_WAIT1, TCP_FIN_WAIT2, TCP_SYN_RECV]);

export function tcpDisconnect(sk: Sock): number {
  const old = sk.state;
  if (old !== TCP_CLOSE) tcpSetState(sk, TCP_CLOSE);
  if (old === TCP_LISTEN) {
    inetCskListenStop(sk);
  } else if (NEEDS_RESET.has(old)) {
    tcpSendActiveReset(sk);
    sk.err = ECONNRESET;
  } else if (old === TCP_SYN_SENT) {
    sk.err = ECONNRESET;
  }
  sk.dport = 0;
  if (sk.queue !== null) sk.queue.overflowStamp = 0;
  sk.unread = 0;
  if (!sk.bindAddrLock) sk.rcvSaddr = sk.family === AF_INET6 ? ANY6 : ANY4;
  sk.shutdown = 0;
  sk.done = false;
  // sk_error_report wakes one exclusive waiter only.
  wakeUp(sk);
  return 0;
}
