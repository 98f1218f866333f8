// inet_csk_destroy_sock and tcp_done (net/ipv4): the end of a sock.
import { inetPutPort } from './bind-bucket.ts';
import { reuseportDetachSock } from './reuseport.ts';
import { SHUTDOWN_MASK, type Sock } from './sock.ts';
import { reqskFastopenRemove } from './tcp-fastopen.ts';
import { tcpSetState } from './tcp-set-state.ts';
import { TCP_CLOSE, TCP_SYN_RECV, TCP_SYN_SENT } from './tcp-state.ts';
import { wakeUpAll } from './wait.ts';

/** Gives everything back, also a port that was asked for by name. */
export function inetCskDestroySock(sk: Sock): void {
  sk.net.host.trace?.tcpDestroySock(sk);
  inetPutPort(sk);
  reuseportDetachSock(sk);
}

/** tcp_done: CLOSE; destroyed if no file is left. */
export function tcpDone(sk: Sock): void {
  if (sk.state === TCP_SYN_SENT || sk.state === TCP_SYN_RECV) sk.net.mib.AttemptFails++;
  const req = sk.fastopenRsk;
  tcpSetState(sk, TCP_CLOSE);
  if (req !== null) reqskFastopenRemove(sk, req, false);
  sk.shutdown = SHUTDOWN_MASK;
  if (sk.dead) inetCskDestroySock(sk);
  else wakeUpAll(sk);
}
