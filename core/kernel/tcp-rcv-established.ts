// tcp_rcv_state_process and tcp_rcv_established (net/ipv4/tcp_input.c) for full sockets, as far as the path needs them: no windows, no loss.

import { ECONNREFUSED, ECONNRESET, EPIPE } from './errno.ts';
import { tcpDone } from './inet-csk-destroy-sock.ts';
import type { RequestSock } from './request-sock.ts';
import { ACK, FIN, RST, type Segment, SYN } from './segment.ts';
import { RCV_SHUTDOWN, SEND_SHUTDOWN, type Sock } from './sock.ts';
import { INVALID_RATELIMIT_NS } from './tcp-check-req.ts';
import { acknowledgesSynAck, tcpCheckReqFastopen } from './tcp-check-req-fastopen.ts';
import { tcpDataQueue } from './tcp-data-queue.ts';
import { delayAck } from './tcp-delack.ts';
import { reqskFastopenRemove } from './tcp-fastopen.ts';
import { sendSegment } from './tcp-output.ts';
import { tcpV4SendReset } from './tcp-send-synack.ts';
import { tcpSetState } from './tcp-set-state.ts';
import {
  TCP_CLOSE,
  TCP_CLOSE_WAIT,
  TCP_CLOSING,
  TCP_ESTABLISHED,
  TCP_FIN_WAIT1,
  TCP_FIN_WAIT2,
  TCP_LAST_ACK,
  TCP_SYN_RECV,
  TCP_SYN_SENT,
} from './tcp-state.ts';
import { tcpTimeWait } from './tcp-time-wait.ts';
import { wakeUpAll } from './wait.ts';

/** A segment for a full sock. While a call has it locked, the segment waits in its backlog. */
export function tcpRcvEstablished(sk: Sock, segment: Segment): void {
  if (sk.ownedByUser) {
    sk.backlog ??= [];
    sk.backlog.push(segment);
    return;
  }
  if (sk.state === TCP_SYN_SENT) {
    tcpRcvSynsentStateProcess(sk, segment);
    return;
  }
  if (sk.fastopenRsk !== null && !tcpCheckReqFastopen(sk, sk.fastopenRsk, segment)) {
    sk.drops++;
    return;
  }
  if ((segment.flags & (SYN | RST | ACK)) === 0) return;
  if ((segment.flags & SYN) === 0 && !tcpSequence(sk, segment)) {
    pastTheEnd(sk, segment);
    return;
  }
  if ((segment.flags & RST) !== 0) {
    tcpReset(sk);
    return;
  }
  if ((segment.flags & SYN) !== 0) {
    if (sk.state === TCP_SYN_RECV && (segment.flags & ACK) !== 0) simultaneousOpen(sk);
    else tcpSendChallengeAck(sk);
    return;
  }
  tcpReceiveAfterHandshake(sk, segment);
}

/** Whether the segment is looked at: a reset only at the exact number, others also beyond a gap, but nothing old. */
function tcpSequence(sk: Sock, segment: Segment): boolean {
  if (segment.seq === sk.rcvNxt) return true;
  if ((segment.flags & RST) !== 0) return resetsBeforeFin(sk, segment);
  return ((segment.seq - sk.rcvNxt) | 0) > 0;
}

/**
 * tcp_send_challenge_ack: the answer to a SYN in a connection. A client whose final ACK was not taken answers the SYN-ACK that comes again
 * with it, and may get in at last.
 */
function tcpSendChallengeAck(sk: Sock): void {
  const { now } = sk.net.host;
  if (sk.lastOowAckNs !== null && now - sk.lastOowAckNs < INVALID_RATELIMIT_NS) return;
  sk.lastOowAckNs = now;
  sendSegment(sk, ACK, 0);
}

/** tcp_reset_check: after the peer's FIN a reset with the FIN's own number counts too. */
const resetsBeforeFin = (sk: Sock, { flags, seq }: Segment): boolean =>
  (flags & RST) !== 0 &&
  seq === (sk.rcvNxt - 1) >>> 0 &&
  (sk.state === TCP_CLOSE_WAIT || sk.state === TCP_LAST_ACK || sk.state === TCP_CLOSING);

/** tcp_validate_incoming: an old segment, or a challenge ACK; but data past the peer's own FIN ends the connection. */
function pastTheEnd(sk: Sock, segment: Segment): void {
  const beyond = ((segment.seq + segment.length - sk.rcvNxt) | 0) > 0 && ((segment.seq - sk.rcvNxt) | 0) < 0;
  if (!beyond || segment.length === 0 || !sk.done) return;
  tcpReset(sk);
  tcpV4SendReset(sk.net, sk, segment);
}

/** Both ends have opened at once. Its SYN-ACK has no data to queue, and ends as a drop of the sock. */
function simultaneousOpen(sk: Sock): void {
  sk.drops++;
  tcpSetState(sk, TCP_ESTABLISHED);
  wakeUpAll(sk);
  deferredShutdown(sk);
}

/**
 * A shutdown(SHUT_WR) from before the connection takes effect now: of the sock itself, or of the listener while it was CLOSE, since a
 * child is its copy (tcp_rcv_state_process, SYN_RECV → ESTABLISHED; since 6.10 and stable releases of May 2024). Data and FIN of the
 * segment come after it.
 */
export function deferredShutdown(sk: Sock): void {
  if (!sk.net.host.profile.defersShutdown || (sk.shutdown & SEND_SHUTDOWN) === 0) return;
  tcpSetState(sk, TCP_FIN_WAIT1);
  sendSegment(sk, FIN | ACK, 0);
}

/** release_sock: what waited while a call had the sock. */
export function releaseSock(sk: Sock): void {
  sk.ownedByUser = false;
  const waiting = sk.backlog;
  sk.backlog = null;
  if (waiting === null) return;
  // With bottom halves off: what this sends arrives after all of it.
  sk.net.withBottomHalvesOff(() => {
    for (const segment of waiting) tcpRcvEstablished(sk, segment);
  });
}

/** tcp_reset: the peer is gone. A child that still waits for accept() keeps its place in the queue. */
export function tcpReset(sk: Sock): void {
  sk.net.host.trace?.tcpReceiveReset(sk);
  if (sk.net.host.profile.resetCountsDrop) sk.drops++;
  if (sk.state === TCP_SYN_SENT) sk.err = ECONNREFUSED;
  else if (sk.state === TCP_CLOSE_WAIT) sk.err = EPIPE;
  else if (sk.state !== TCP_CLOSE) sk.err = ECONNRESET;
  tcpDone(sk);
}

/** A client waits for its SYN-ACK. */
function tcpRcvSynsentStateProcess(sk: Sock, segment: Segment): void {
  const { flags } = segment;
  const acked = (flags & ACK) !== 0;
  if (acked && segment.ack !== sk.sndNxt) {
    tcpV4SendReset(sk.net, sk, segment);
    return;
  }
  if ((flags & RST) !== 0) {
    if (acked) tcpReset(sk);
    return;
  }
  if ((flags & SYN) === 0) return;
  sk.rcvNxt = (segment.seq + 1) >>> 0;
  if (acked) {
    tcpSetState(sk, TCP_ESTABLISHED);
    wakeUpAll(sk);
    if (sk.deferAccept > 0) delayAck(sk);
    else sendSegment(sk, ACK, 0);
    return;
  }
  // Both sides open at once: a sock that is connected to its own address.
  if (sk.net.host.profile.resetCountsDrop) sk.drops++;
  tcpSetState(sk, TCP_SYN_RECV);
  sk.net.transmit({
    ...reply(sk),
    flags: SYN | ACK,
    seq: (sk.sndNxt - 1) >>> 0,
    ack: sk.rcvNxt,
    length: 0,
    fastopen: null,
  });
}

const reply = (sk: Sock) => ({ saddr: sk.rcvSaddr, sport: sk.sport, daddr: sk.daddr, dport: sk.dport });

/** Acknowledgement, data and FIN, in this order. */
export function tcpReceiveAfterHandshake(sk: Sock, segment: Segment): void {
  if (sk.fastopenRsk !== null && !tcpRcvSynrecvStateFastopen(sk, sk.fastopenRsk, segment)) return;
  if ((segment.flags & ACK) !== 0 && segment.ack === sk.sndNxt) finAcked(sk, segment);
  if (sk.state === TCP_CLOSE) return;
  if (peerIsDone(sk) && ((segment.seq - sk.rcvNxt) | 0) >= 0) return;
  const listens = sk.state === TCP_ESTABLISHED || sk.state === TCP_SYN_RECV;
  if (!listens && (sk.shutdown & RCV_SHUTDOWN) !== 0 && bringsMore(sk, segment)) {
    // Nobody will read it (RFC 1122): a reset, which ends this side as if the peer had sent it.
    tcpReset(sk);
    tcpV4SendReset(sk.net, sk, segment);
    return;
  }
  if (tcpDataQueue(sk, segment)) tcpFin(sk);
}

/** States after the peer's FIN, in which nothing new can come from it. */
const peerIsDone = ({ state }: Sock): boolean =>
  state === TCP_CLOSE_WAIT || state === TCP_CLOSING || state === TCP_LAST_ACK;

/** Whether the segment has a byte, or a FIN, past what was received. */
function bringsMore(sk: Sock, { flags, seq, length }: Segment): boolean {
  return (length > 0 || (flags & FIN) !== 0) && ((seq + length - sk.rcvNxt) | 0) > 0;
}

/** tcp_rcv_synrecv_state_fastopen: the handshake of a child that may be at work already is over. False: reset instead. */
function tcpRcvSynrecvStateFastopen(sk: Sock, req: RequestSock, segment: Segment): boolean {
  if (!acknowledgesSynAck(sk, req, segment)) {
    tcpV4SendReset(sk.net, sk, segment);
    return false;
  }
  reqskFastopenRemove(sk, req, false);
  if (sk.state !== TCP_SYN_RECV) return true;
  tcpSetState(sk, TCP_ESTABLISHED);
  wakeUpAll(sk);
  deferredShutdown(sk);
  return true;
}

/** Our FIN is acknowledged. A sock without a file becomes a TIME_WAIT that waits for the peer's FIN, or is reset by more data. */
function finAcked(sk: Sock, segment: Segment): void {
  if (sk.state === TCP_FIN_WAIT1) {
    tcpSetState(sk, TCP_FIN_WAIT2);
    if (!sk.dead) return;
    if (bringsMore(sk, segment)) {
      tcpDone(sk);
      tcpV4SendReset(sk.net, sk, segment);
    } else if ((segment.flags & FIN) === 0) tcpTimeWait(sk, true);
  } else if (sk.state === TCP_CLOSING) tcpTimeWait(sk, false);
  else if (sk.state === TCP_LAST_ACK) tcpDone(sk);
}

/** tcp_fin: the peer has sent its last byte. */
function tcpFin(sk: Sock): void {
  sk.shutdown |= RCV_SHUTDOWN;
  sk.done = true;
  sk.rcvNxt = (sk.rcvNxt + 1) >>> 0;
  switch (sk.state) {
    case TCP_SYN_RECV:
    case TCP_ESTABLISHED:
      tcpSetState(sk, TCP_CLOSE_WAIT);
      // The kernel may delay this ACK by 40 ms; nothing on the path depends on when it comes.
      sendSegment(sk, ACK, 0);
      break;
    case TCP_FIN_WAIT1:
      sendSegment(sk, ACK, 0);
      tcpSetState(sk, TCP_CLOSING);
      break;
    case TCP_FIN_WAIT2:
      sendSegment(sk, ACK, 0);
      tcpTimeWait(sk, false);
      break;
    default:
  }
  wakeUpAll(sk);
}
