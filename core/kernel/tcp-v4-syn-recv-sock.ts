// tcp_v4_syn_recv_sock, tcp_create_openreq_child, tcp_child_process (net/ipv4): the child of a listener, from birth to the accept queue.
import type { RequestSock } from './request-sock.ts';
import type { Segment } from './segment.ts';
import { skAcceptqIsFull } from './sk-acceptq-is-full.ts';
import { skDataReady } from './sk-data-ready.ts';
import { Sock } from './sock.ts';
import { tcpListenDrop } from './tcp-listen-drop.ts';
import { deferredShutdown, tcpReceiveAfterHandshake } from './tcp-rcv-established.ts';
import { inetSkStateStore, tcpSetState } from './tcp-set-state.ts';
import { TCP_ESTABLISHED, TCP_LISTEN, TCP_SYN_RECV } from './tcp-state.ts';

/** The child of a completed handshake, or null with ListenOverflows and ListenDrops counted when the accept queue is full. */
export function tcpV4SynRecvSock(sk: Sock, req: RequestSock): Sock | null {
  if (skAcceptqIsFull(sk.ackBacklog, sk.maxAckBacklog)) {
    sk.net.mib.ListenOverflows++;
    tcpListenDrop(sk);
    return null;
  }
  sk.net.mib.PassiveOpens++;
  return inetCskCloneLock(sk, req);
}

/** inet_csk_clone_lock: a copy of the listener, in SYN_RECV, holding the same port. Its backlog fields are frozen copies. */
function inetCskCloneLock(sk: Sock, req: RequestSock): Sock {
  const child = new Sock(sk.net, sk.family, sk.uid);
  child.state = TCP_LISTEN;
  child.num = sk.num;
  child.sport = sk.sport;
  child.rcvSaddr = sk.rcvSaddr;
  if (sk.net.host.profile.childTupleBeforeState) setTuple(child, req);
  child.reuse = sk.reuse;
  child.reuseport = sk.reuseport;
  child.ipv6only = sk.ipv6only;
  child.bindAddrLock = sk.bindAddrLock;
  child.shutdown = sk.shutdown;
  child.linger = sk.linger;
  child.lingerSeconds = sk.lingerSeconds;
  child.rcvtimeo = sk.rcvtimeo;
  child.sndtimeo = sk.sndtimeo;
  child.synRetries = sk.synRetries;
  child.ackBacklog = sk.ackBacklog;
  child.maxAckBacklog = sk.maxAckBacklog;
  child.sndNxt = (req.sntIsn + 1) >>> 0;
  child.rcvNxt = (req.rcvIsn + 1) >>> 0;
  inetSkStateStore(child, TCP_SYN_RECV);
  setTuple(child, req);
  inetInheritPort(sk, child);
  return child;
}

/** The connection's addresses; until 6.14 the child's first event shows the listener's, without a peer. */
function setTuple(child: Sock, req: RequestSock): void {
  child.sport = req.dport;
  child.rcvSaddr = req.daddr;
  child.daddr = req.saddr;
  child.dport = req.sport;
}

/** __inet_inherit_port: the child holds the listener's port too. */
function inetInheritPort(sk: Sock, child: Sock): void {
  child.bucket = sk.bucket;
  sk.bucket?.owners.add(child);
}

/** The child's own share of the final ACK, then the wake-up of one acceptor. */
export function childProcess(sk: Sock, child: Sock, segment: Segment): void {
  tcpSetState(child, TCP_ESTABLISHED);
  deferredShutdown(child);
  tcpReceiveAfterHandshake(child, segment);
  skDataReady(sk);
}
