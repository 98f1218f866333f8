// inet_shutdown (net/ipv4/af_inet.c): a listener stops on SHUT_RD, ignores SHUT_WR; a connection says FIN on SHUT_WR.
import { EINVAL, ENOTCONN } from './errno.ts';
import { ACK, FIN } from './segment.ts';
import { RCV_SHUTDOWN, SEND_SHUTDOWN, type Sock } from './sock.ts';
import type { Socket } from './socket.ts';
import { tcpCloseState } from './tcp-close.ts';
import { tcpDisconnect } from './tcp-disconnect.ts';
import { sendSegment } from './tcp-output.ts';
import { releaseSock } from './tcp-rcv-established.ts';
import { TCP_CLOSE, TCP_CLOSE_WAIT, TCP_ESTABLISHED, TCP_LISTEN, TCP_SYN_RECV, TCP_SYN_SENT } from './tcp-state.ts';
import { wakeUpAll } from './wait.ts';

/** @param how 0 SHUT_RD, 1 SHUT_WR, 2 SHUT_RDWR; anything else is EINVAL before the state is asked. */
export function inetShutdown(socket: Socket, how: number): number {
  const bits = how + 1;
  if (bits < 1 || bits > 3) return -EINVAL;
  const sk = socket.sk as Sock;
  sk.ownedByUser = true;
  const result = byState(socket, sk, bits);
  wakeUpAll(sk);
  releaseSock(sk);
  return result;
}

function byState(socket: Socket, sk: Sock, bits: number): number {
  if (socket.state === 'connecting') {
    const early = sk.state === TCP_SYN_SENT || sk.state === TCP_SYN_RECV || sk.state === TCP_CLOSE;
    socket.state = early ? 'disconnecting' : 'connected';
  }
  if (sk.state === TCP_SYN_SENT || (sk.state === TCP_LISTEN && (bits & RCV_SHUTDOWN) !== 0)) {
    tcpDisconnect(sk);
    socket.state = 'unconnected';
    return 0;
  }
  if (sk.state === TCP_LISTEN) return 0;
  sk.shutdown |= bits;
  const result = sk.state === TCP_CLOSE ? -ENOTCONN : 0;
  if ((bits & SEND_SHUTDOWN) !== 0 && sendsFin(sk) && tcpCloseState(sk)) sendSegment(sk, FIN | ACK, 0);
  return result;
}

/** tcp_shutdown: states in which our side is still open. SYN_RECV waits for the handshake where a release defers. */
const sendsFin = (sk: Sock): boolean =>
  sk.state === TCP_ESTABLISHED ||
  sk.state === TCP_CLOSE_WAIT ||
  (sk.state === TCP_SYN_RECV && !sk.net.host.profile.defersShutdown);
