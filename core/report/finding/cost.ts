// What it costs to follow a finding's advice, and what else would do, by the finding's id.
import type { Finding } from '../model.ts';

interface Cost {
  readonly price: string;
  readonly alternative: string;
}

const LONGER_QUEUE: Cost = {
  price:
    'A restart or reload of the listener. A longer queue trades refusals for waits: at the service rate seen, the last of N connections waits N times as long as one takes. Each queued connection holds a socket, some kilobytes.',
  alternative:
    'Accept faster: more acceptors or workers, less work between accepts, accept until EAGAIN. Or have clients retry sooner than the kernel, which waits 1 s.',
};

const COSTS: Readonly<Record<string, Cost>> = {
  'accept-queue-overflow': LONGER_QUEUE,
  'backlog-below-burst': LONGER_QUEUE,
  'queue-at-capacity': LONGER_QUEUE,
  'backlog-clamped': {
    price:
      'A sysctl in the namespace of the server, then a restart: listen() reads it once. It is a limit for all listeners there, and reserves nothing.',
    alternative:
      'For a container, set it where it is started: docker run --sysctl net.core.somaxconn=N, or securityContext.sysctls of a pod.',
  },
  'stalled-acceptor': {
    price: 'Work on the server itself: a profile, or a trace of what the acceptor does then.',
    alternative:
      'A thread or process of its own for accept(), which does nothing else; a longer queue hides stalls of up to its length / arrival rate.',
  },
  'slow-acceptor': {
    price: 'More acceptors take memory and may contend for what they share.',
    alternative: 'Do less between two accepts: hand connections to other threads, log and look up names elsewhere.',
  },
  'nobody-accepts': {
    price: 'None: the listener serves nobody as it is.',
    alternative: 'Close the listener, so that clients are refused at once and can go elsewhere.',
  },
  'accept-failed': {
    price: 'A restart with a higher limit; each descriptor costs memory only once it is open.',
    alternative: 'Close idle connections sooner (keep-alive timeouts), or limit connections before this server.',
  },
  'syn-flood': {
    price:
      'Cookies cost a hash for each SYN and, without timestamps, window scaling and SACK of those connections. They come only when the SYN queue is full.',
    alternative: 'Filter the sources upstream or in nftables (synproxy), or shorten net.ipv4.tcp_synack_retries.',
  },
  'syn-queue-full': {
    price: 'A longer backlog is the limit of both queues; each request takes some 300 bytes.',
    alternative: 'SYN cookies alone: then a full SYN queue refuses nobody.',
  },
  'reuseport-unbalanced': {
    price:
      'One shared queue wakes workers with some contention (EPOLLEXCLUSIVE limits it); a BPF selector is code to keep.',
    alternative: 'More members, so that each gets less; workers that never block.',
  },
  'thundering-herd': {
    price:
      'EPOLLEXCLUSIVE may give most connections to few workers; reuseport splits the queue, and a busy worker then keeps its own share waiting.',
    alternative: 'Fewer workers on one listener, or one acceptor that hands connections on.',
  },
  'relisten-storm': {
    price: 'None for the cause; socket units need a server that takes a socket over.',
    alternative: 'A pause between restarts (systemd: RestartSec=), so that clients meet a clear refusal.',
  },
};

/** The finding with what its advice costs and what else would do, where that is known. */
export function withCost(finding: Finding): Finding {
  const cost = Object.hasOwn(COSTS, finding.id) ? COSTS[finding.id] : null;
  return cost === null || finding.severity === 'info' ? finding : { ...finding, ...cost };
}
