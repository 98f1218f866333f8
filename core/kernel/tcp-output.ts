// Sending from a full sock (net/ipv4/tcp_output.c), without windows and retransmission: the loopback loses nothing.
import { ACK, FIN, RST } from './segment.ts';
import type { Sock } from './sock.ts';

/** Sends flags and data at the next sequence number; FIN and data move it on. */
export function sendSegment(sk: Sock, flags: number, length: number): void {
  const seq = sk.sndNxt;
  if ((flags & ACK) !== 0) sk.ackPending = false;
  sk.sndNxt = (sk.sndNxt + length + ((flags & FIN) !== 0 ? 1 : 0)) >>> 0;
  sk.net.transmit({
    flags,
    saddr: sk.rcvSaddr,
    sport: sk.sport,
    daddr: sk.daddr,
    dport: sk.dport,
    seq,
    ack: (flags & ACK) !== 0 ? sk.rcvNxt : 0,
    length,
    fastopen: null,
  });
}

/** tcp_send_active_reset. */
export function tcpSendActiveReset(sk: Sock): void {
  sk.net.mib.OutRsts++;
  sendSegment(sk, RST | ACK, 0);
  // Fired when the segment is on its way: over the loopback the peer has seen it by then.
  sk.net.host.trace?.tcpSendReset(sk, sk);
}
