// sk_data_ready of a listener (sock_def_readable, net/core/sock.c): the tracepoint, then one exclusive waiter is woken.
import type { Sock } from './sock.ts';
import type { UnixSock } from './unix-sock.ts';
import { wakeUp } from './wait.ts';

export function skDataReady(sk: Sock | UnixSock): void {
  const { host } = sk.net;
  if (host.trace !== null && host.profile.tracesDataReady) host.trace.skDataReady(sk);
  wakeUp(sk);
}
