// tcp_close (net/ipv4/tcp.c): the last reference to the file is gone.
import { inetCskDestroySock } from './inet-csk-destroy-sock.ts';
import { inetCskListenStop } from './inet-csk-listen-stop.ts';
import { ACK, FIN } from './segment.ts';
import { SHUTDOWN_MASK, type Sock } from './sock.ts';
import { tcpDisconnect } from './tcp-disconnect.ts';
import { reqskFastopenRemove } from './tcp-fastopen.ts';
import { sendSegment, tcpSendActiveReset } from './tcp-output.ts';
import { releaseSock } from './tcp-rcv-established.ts';
import { tcpSetState } from './tcp-set-state.ts';
import {
  TCP_CLOSE,
  TCP_CLOSE_WAIT,
  TCP_ESTABLISHED,
  TCP_FIN_WAIT1,
  TCP_FIN_WAIT2,
  TCP_LAST_ACK,
  TCP_LISTEN,
  TCP_SYN_RECV,
  TCP_SYN_SENT,
} from './tcp-state.ts';
import { tcpTimeWait } from './tcp-time-wait.ts';

/** A listener stops; a connection is reset when data was left unread or SO_LINGER is 0, else it says FIN. */
export function tcpClose(sk: Sock): void {
  sk.ownedByUser = true;
  sk.shutdown = SHUTDOWN_MASK;
  if (sk.state === TCP_LISTEN) {
    tcpSetState(sk, TCP_CLOSE);
    inetCskListenStop(sk);
  } else if (sk.unread > 0) {
    // The state goes first: the reset is seen from CLOSE.
    if (sk.state !== TCP_CLOSE) {
      tcpSetState(sk, TCP_CLOSE);
      tcpSendActiveReset(sk);
    }
  } else if (sk.linger && sk.lingerSeconds === 0) {
    tcpDisconnect(sk);
  } else if (tcpCloseState(sk)) {
    sendSegment(sk, FIN | ACK, 0);
  }
  const closedBefore = sk.state === TCP_CLOSE;
  // Closed with unread data, before the handshake was over.
  if (closedBefore && sk.fastopenRsk !== null) reqskFastopenRemove(sk, sk.fastopenRsk, false);
  sk.dead = true;
  sk.socket = null;
  releaseSock(sk);
  if (sk.state === TCP_FIN_WAIT2) tcpTimeWait(sk, true);
  else if (closedBefore) inetCskDestroySock(sk);
}

/** tcp_close_state: the next state on our side's end. True when a FIN has to be sent. */
export function tcpCloseState(sk: Sock): boolean {
  switch (sk.state) {
    case TCP_ESTABLISHED:
    case TCP_SYN_RECV:
      tcpSetState(sk, TCP_FIN_WAIT1);
      return true;
    case TCP_CLOSE_WAIT:
      tcpSetState(sk, TCP_LAST_ACK);
      return true;
    case TCP_SYN_SENT:
      tcpSetState(sk, TCP_CLOSE);
      return false;
    default:
      return false;
  }
}
