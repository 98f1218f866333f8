// inet_dgram_ops, inet_sockraw_ops: sockets that neither listen nor accept (sock_no_listen, sock_no_accept). Their data is not modelled.
import { EDESTADDRREQ, EOPNOTSUPP } from './errno.ts';
import type { SocketOps } from './socket.ts';

export const inetDgramOps: SocketOps = {
  bind: () => -EOPNOTSUPP,
  listen: () => -EOPNOTSUPP,
  accept: () => -EOPNOTSUPP,
  connect: () => -EOPNOTSUPP,
  shutdown: () => -EOPNOTSUPP,
  release: () => {},
  send: () => -EDESTADDRREQ,
  recv: () => -EOPNOTSUPP,
};
