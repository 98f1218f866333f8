// inet_csk_listen_start (net/ipv4/inet_connection_sock.c): CLOSE → LISTEN, the port, the hash, and the way back.
import { inetCskGetPort } from './inet-csk-get-port.ts';
import { reqskQueueAlloc } from './reqsk-queue-alloc.ts';
import { inetReuseportAddSock } from './reuseport.ts';
import type { Sock } from './sock.ts';
import { inetSkStateStore } from './tcp-set-state.ts';
import { TCP_CLOSE, TCP_LISTEN } from './tcp-state.ts';

/**
 * Turns a closed sock into a listener.
 * @param stored what sk_max_ack_backlog will hold. @param requested the effective backlog before it is cut to 16 bits (before 4.4).
 * @returns 0, or -EADDRINUSE when another socket took the port meanwhile: the sock is CLOSE again, its backlog as the release leaves it.
 */
export function inetCskListenStart(sk: Sock, stored: number, requested: number): number {
  const { profile } = sk.net.host;
  reqskQueueAlloc(sk, requested);
  if (profile.backlogWritten === 'after-success') sk.maxAckBacklog = 0;
  if (profile.backlogWritten === 'in-listen-start') sk.maxAckBacklog = stored;
  sk.ackBacklog = 0;
  // LISTEN before the port is checked: from here on a twin that binds sees a listener.
  inetSkStateStore(sk, TCP_LISTEN);
  const error = inetCskGetPort(sk, sk.num);
  if (error === 0) {
    sk.sport = sk.num;
    if (sk.reuseport && profile.reuseport) inetReuseportAddSock(sk);
    sk.net.hashListener(sk);
    return 0;
  }
  // inet_sk_set_state: the sock never was in the hash, and it keeps its port.
  inetSkStateStore(sk, TCP_CLOSE);
  return error;
}
