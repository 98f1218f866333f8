// The first two sentences of a report: what happened to the worst listener, and what to do about it.

import { listenerName } from './finding/about.ts';
import type { Finding, ListenerReport, Report } from './model.ts';
import { formatNs, plural } from './units.ts';

/** Findings about a listener's behaviour, worst first; what a capture lacks is no verdict on a listener. */
const TELLING = [
  'accept-failed',
  'accept-queue-overflow',
  'syn-flood',
  'syn-queue-full',
  'counters-say-more',
  'nobody-accepts',
  'stalled-acceptor',
  'unanswered-syns',
  'queue-at-capacity',
  'reuseport-unbalanced',
  'relisten-storm',
  'slow-acceptor',
  'thundering-herd',
  'backlog-clamped',
  'listen-failed',
];

/** How many waited, as far as it shows. */
function waited({ bounds, depth, readings }: ListenerReport): string {
  if (bounds.depth !== 'unknown') return `at most ${depth.max} waited`;
  return readings.depth_max === null
    ? 'how many waited does not show'
    : `at most ${readings.depth_max} were read waiting`;
}

export function verdictOf(listeners: readonly ListenerReport[], findings: readonly Finding[]): Report['verdict'] {
  const overflowed = listeners
    .filter((listener) => (listener.overflows.count ?? 0) > 0)
    .sort((a, b) => (b.overflows.count ?? 0) - (a.overflows.count ?? 0));
  const telling = findings.filter((finding) => TELLING.includes(finding.id) && finding.severity !== 'info');
  const rank = (finding: Finding): number => TELLING.indexOf(finding.id);
  const worst = telling
    .filter((finding) => overflowed.length === 0 || finding.listener === overflowed[0].id)
    .sort((a, b) => rank(a) - rank(b))[0];
  if (worst !== undefined)
    return {
      listener: worst.listener,
      severity: worst.severity,
      finding: worst.id,
      what: sentence(worst.title),
      advice: worst.advice,
    };
  if (listeners.length === 0) {
    return {
      listener: null,
      severity: 'info',
      finding: null,
      what: 'No listener shows in this capture.',
      advice:
        'Record inet_sock_set_state, sk_data_ready and the accept and listen system calls while connections come in.',
    };
  }
  const busiest = [...listeners].sort((a, b) => b.accepted - a.accepted)[0];
  if (busiest.bounds.accepted === 'unknown') {
    const most = [...listeners].sort((a, b) => b.enqueued - a.enqueued)[0];
    const name = listenerName(most);
    return {
      listener: most.id,
      severity: 'info',
      finding: null,
      what:
        most.bounds.enqueued === 'unknown'
          ? `Of ${name} neither arrivals nor accept() are in the capture.`
          : `${plural(most.enqueued, 'connection')} arrived at ${name}; how long they waited does not show: accept() is not in the capture.`,
      advice: 'Record the accept and listen system calls as well.',
    };
  }
  const wait =
    busiest.wait_ns.p99 === null ? '' : `, the longest 1 % of waits ${formatNs(busiest.wait_ns.p99)} or more`;
  return {
    listener: busiest.id,
    severity: 'ok',
    finding: null,
    what: `No overflow shows: ${listenerName(busiest)} accepted ${plural(busiest.accepted, 'connection')}, ${waited(busiest)}${wait}.`,
    advice: 'Nothing needs to change for what this capture shows.',
  };
}

const sentence = (title: string): string => (/[.!?]$/.test(title) ? title : `${title}.`);
