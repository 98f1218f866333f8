// inet_listen (net/ipv4/af_inet.c): which socket may listen, and when its backlog is written.
import { EINVAL } from './errno.ts';
import { inetCskListenStart } from './inet-csk-listen-start.ts';
import type { Sock } from './sock.ts';
import { SOCK_STREAM } from './sock.ts';
import type { Socket } from './socket.ts';
import { TFO_SERVER_ENABLE } from './tcp-fastopen.ts';
import { TCP_CLOSE, TCP_LISTEN } from './tcp-state.ts';

const TFO_SERVER_WO_SOCKOPT1 = 0x400;

/**
 * listen() of IPv4 and IPv6 stream sockets.
 * @param backlog effective: clamped to somaxconn already.
 */
export function inetListen(socket: Socket, backlog: number): number {
  const sk = socket.sk as Sock;
  if (socket.state !== 'unconnected' || socket.type !== SOCK_STREAM) return -EINVAL;
  if (sk.state !== TCP_CLOSE && sk.state !== TCP_LISTEN) return -EINVAL;
  const { profile } = sk.net.host;
  const stored = profile.backlogBits === 16 ? backlog & 0xffff : backlog;
  // Since 5.4 first of all: a listen() that fails below has changed the backlog all the same.
  if (profile.backlogWritten === 'first') sk.maxAckBacklog = stored;
  if (sk.state !== TCP_LISTEN) {
    fastopenQueueTune(sk, backlog);
    const error = inetCskListenStart(sk, stored, backlog);
    if (error !== 0) return error;
  }
  sk.maxAckBacklog = stored;
  return 0;
}

/** The server side of fast open without a socket option: its queue gets the backlog's length. */
function fastopenQueueTune(sk: Sock, backlog: number): void {
  const { tcp_fastopen: mode } = sk.net.sysctl;
  if ((mode & TFO_SERVER_WO_SOCKOPT1) !== 0 && (mode & TFO_SERVER_ENABLE) !== 0 && sk.fastopenMaxQlen === 0) {
    sk.fastopenMaxQlen = backlog;
  }
}
