// tcp_check_req with fastopen (net/ipv4/tcp_minisocks.c): a segment for a child that was created by its SYN and waits for the final ACK.
import type { RequestSock } from './request-sock.ts';
import { ACK, RST, type Segment, SYN } from './segment.ts';
import type { Sock } from './sock.ts';
import { answerLimited, challenge, inWindow, isInexactReset, isSynAgain, synAgain } from './tcp-check-req.ts';
import { reqskFastopenRemove } from './tcp-fastopen.ts';
import { tcpReset } from './tcp-rcv-established.ts';
import { tcpReqskSendAck, tcpV4SendReset } from './tcp-send-synack.ts';

/** True when the segment may go on to the child; else it is dropped, and counts as a drop of the child. */
export function tcpCheckReqFastopen(child: Sock, req: RequestSock, segment: Segment): boolean {
  if (isSynAgain(req, segment)) {
    synAgain(req, segment);
    return false;
  }
  if (!inWindow(req, segment)) {
    if ((segment.flags & RST) === 0) answerLimited(req, segment, () => tcpReqskSendAck(req));
    return false;
  }
  if (isInexactReset(req, segment)) {
    challenge(req);
    return false;
  }
  const syn = (segment.flags & SYN) !== 0 && segment.seq !== req.rcvIsn;
  if (!syn && (segment.flags & RST) === 0) return (segment.flags & ACK) !== 0;
  child.net.mib.AttemptFails++;
  if ((segment.flags & RST) === 0) {
    tcpV4SendReset(child.net, child, segment);
    return false;
  }
  reqskFastopenRemove(child, req, true);
  tcpReset(child);
  return false;
}

/** The acknowledgement of our SYN-ACK, and perhaps of data that the child has sent already: nothing older, nothing that was never sent. */
export const acknowledgesSynAck = (child: Sock, req: RequestSock, { ack }: Segment): boolean =>
  ((ack - (req.sntIsn + 1)) | 0) >= 0 && ((ack - child.sndNxt) | 0) <= 0;
