// tcp_set_state (net/ipv4/tcp.c): counters, hash tables and the port at a change of state, and the tracepoint of it.
import { inetPutPort } from './bind-bucket.ts';
import { reuseportDetachSock, reuseportStopListenSock } from './reuseport.ts';
import type { Sock } from './sock.ts';
import { TCP_CLOSE, TCP_CLOSE_WAIT, TCP_ESTABLISHED, TCP_LISTEN } from './tcp-state.ts';

export function tcpSetState(sk: Sock, state: number): void {
  const { state: old, net } = sk;
  if (state === TCP_CLOSE) {
    if (old === TCP_CLOSE_WAIT || old === TCP_ESTABLISHED) net.mib.EstabResets++;
    inetUnhash(sk);
    if (sk.bucket !== null && !sk.bindPortLock) inetPutPort(sk);
  }
  inetSkStateStore(sk, state);
}

/** inet_sk_state_store: the state and nothing else. */
export function inetSkStateStore(sk: Sock, state: number): void {
  const old = sk.state;
  sk.net.host.trace?.inetSockSetState(sk, old, state);
  sk.state = state;
}

/** inet_unhash: out of the listening or the established hash. The port stays. */
export function inetUnhash(sk: Sock): void {
  if (sk.state === TCP_LISTEN) {
    sk.net.unhashListener(sk);
    if (sk.net.host.profile.migration) reuseportStopListenSock(sk);
    else reuseportDetachSock(sk);
  } else if (sk.dport !== 0) {
    sk.net.ehash.remove(sk.rcvSaddr, sk.sport, sk.daddr, sk.dport, sk);
  }
}
