// The SYN queue: full of clients that never finish the handshake, or too short for those that do.
import type { CaptureReport, Finding, ListenerReport } from '../model.ts';
import { plural } from '../units.ts';
import type { About } from './about.ts';

const LEAST_RETRANSMITS = 30;
const DROPPED = 'TcpExtTCPReqQFullDrop';
const COOKIES = 'TcpExtTCPReqQFullDoCookies';

/** A listener that asked for less is full with every few clients: that is what it asked for. */
const LEAST_BACKLOG = 4;

/** inet_csk_reqsk_queue_is_full(): the SYN queue has the accept queue's limit, without one more. */
function wasFull({ syn_queue_max: longest, backlog }: ListenerReport): boolean {
  return (
    longest !== null &&
    backlog.basis === 'read' &&
    backlog.effective !== null &&
    longest >= Math.max(LEAST_BACKLOG, backlog.effective)
  );
}

/** SYN-ACKs that nobody answers: each request is tried again until it is given up. */
export function synFlood({ listener, name, synackRetransmits: again }: About, capture: CaptureReport): Finding | null {
  if (again < LEAST_RETRANSMITS || again < 2 * listener.enqueued) return null;
  const dropped = capture.counters[DROPPED] ?? null;
  const full = wasFull(listener) || (dropped ?? 0) > 0;
  return {
    id: 'syn-flood',
    severity: 'warning',
    listener: listener.id,
    title: `${name} waits for clients that never answer: ${plural(again, 'SYN-ACK')} sent again, ${plural(listener.enqueued, 'connection')} made`,
    why:
      `Requests stay in the SYN queue until their client answers or five retries are over.${listener.syn_queue_max === null ? '' : ` It held ${listener.syn_queue_max} at most.`} ` +
      (full
        ? `It was full, so real clients were refused too${dropped === null ? '' : ` (TCPReqQFullDrop grew by ${dropped})`}.`
        : 'Forged source addresses do this, and so does a path that loses the answers.'),
    evidence: {
      synack_retransmits: again,
      enqueued: listener.enqueued,
      syn_queue_max: listener.syn_queue_max,
      queue_full_drops: dropped,
      cookies_sent: capture.counters[COOKIES] ?? null,
    },
    advice: full
      ? 'Turn SYN cookies on: sysctl -w net.ipv4.tcp_syncookies=1 in that network namespace; then find who sends them (ss -tn state syn-recv).'
      : 'See who it is (ss -tn state syn-recv); keep net.ipv4.tcp_syncookies=1 so that a full SYN queue refuses nobody.',
  };
}

/** The SYN queue was full although its clients finish the handshake. */
export function synQueueFull(
  { listener, name, synackRetransmits: again }: About,
  capture: CaptureReport,
): Finding | null {
  const dropped = capture.counters[DROPPED] ?? null;
  // a full accept queue keeps requests in the SYN queue: then that is the cause, and has its own finding
  if (!wasFull(listener) || (listener.overflows.count ?? 0) > 0) return null;
  if (again >= LEAST_RETRANSMITS && again >= 2 * listener.enqueued) return null;
  const { syn_queue_max: longest, backlog } = listener;
  const cookies = capture.counters[COOKIES] ?? 0;
  const harmless = cookies > 0 && (dropped ?? 0) === 0;
  return {
    id: 'syn-queue-full',
    severity: harmless ? 'info' : 'warning',
    listener: listener.id,
    title: `${name} had a full SYN queue: ${longest} requests, as many as its backlog of ${backlog.effective} allows`,
    why:
      'The SYN queue holds as many requests as the effective backlog; clients with a long way to go stay in it for a round trip each. ' +
      `${harmless ? `The kernel answered ${cookies} SYNs with cookies instead.` : dropped === null ? 'Without SYN cookies each further SYN was dropped.' : `TCPReqQFullDrop grew by ${dropped}: so many SYNs were dropped.`}`,
    evidence: {
      syn_queue_max: longest,
      effective: backlog.effective,
      queue_full_drops: dropped,
      cookies_sent: capture.counters[COOKIES] ?? null,
    },
    advice: `Keep net.ipv4.tcp_syncookies=1, and raise the backlog of listen() with net.core.somaxconn above arrivals per second × round trip; net.ipv4.tcp_max_syn_backlog bounds it too where cookies are off.`,
  };
}
