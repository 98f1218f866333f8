// inet_stream_ops: the operations of TCP sockets over IPv4 and IPv6.
import { inetBind } from './inet-bind.ts';
import { inetCskAccept } from './inet-csk-accept.ts';
import { inetListen } from './inet-listen.ts';
import { inetShutdown } from './inet-shutdown.ts';
import { inetStreamConnect } from './inet-stream-connect.ts';
import type { Sock } from './sock.ts';
import type { SocketOps } from './socket.ts';
import { tcpClose } from './tcp-close.ts';
import { tcpRecvmsg, tcpSendmsg } from './tcp-sendmsg.ts';

export const inetStreamOps: SocketOps = {
  bind: (task, socket, addr) => inetBind(task, socket.sk as Sock, addr),
  listen: inetListen,
  accept: inetCskAccept,
  connect: inetStreamConnect,
  shutdown: inetShutdown,
  release: (socket) => tcpClose(socket.sk as Sock),
  send: (socket, length) => tcpSendmsg(socket.sk as Sock, length),
  recv: (socket, length) => tcpRecvmsg(socket.sk as Sock, length),
};
