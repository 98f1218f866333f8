// The acceptors stopped, or do not keep up.
import type { Finding } from '../model.ts';
import { formatNs, formatPercent, plural } from '../units.ts';
import { type About, BUSY_SHARE, capitalized, STALL_NS, timeSpan } from './about.ts';

/** Nobody took a connection for a while although some waited. */
export function stalledAcceptor({ listener, name }: About): Finding | null {
  const { longest_ns: longest, at_ns: at, count, total_ns: total } = listener.pauses;
  if (longest < STALL_NS) return null;
  const never = listener.accepted === 0;
  const who = [...new Set(listener.acceptors.map((acceptor) => acceptor.comm ?? `tid ${acceptor.tid}`))].join(', ');
  return {
    id: never ? 'nobody-accepts' : 'stalled-acceptor',
    // around missing events a pause may be a missing accept()
    severity: listener.bounds.depth !== 'exact' ? 'info' : (listener.overflows.count ?? 0) > 0 ? 'critical' : 'warning',
    listener: listener.id,
    title: never
      ? `${name} had connections waiting for ${formatNs(longest)} and nobody called accept()`
      : `${name} was not served for ${formatNs(longest)} while connections waited`,
    why:
      `${capitalized(timeSpan(at, at + longest))} the accept queue was not empty and no accept() took from it` +
      `${count > 1 ? `; ${plural(count, 'such pause')} of ${formatNs(STALL_NS)} or more, ${formatNs(total)} in all` : ''}.` +
      `${who === '' ? '' : ` Accepting: ${who}.`}`,
    evidence: {
      longest_pause_ns: longest,
      at_ns: at,
      pauses: count,
      paused_ns: total,
      acceptors: listener.acceptors.length,
    },
    advice: never
      ? 'Check that the process still runs its accept loop.'
      : 'Find what the accepting thread did then (garbage collection, a blocking call, disk, CPU throttling); a longer queue only hides it.',
  };
}

/** Connections wait most of the time although nothing stops: too little accepting for the load. */
export function slowAcceptor({ listener, name, lifeNs }: About): Finding | null {
  const busy = listener.waiting_ns - listener.pauses.total_ns;
  const served = lifeNs - listener.pauses.total_ns;
  if (listener.accepted < 20 || served <= 0 || busy / served < BUSY_SHARE) return null;
  const each = busy / listener.accepted;
  const { length } = listener.acceptors;
  return {
    id: 'slow-acceptor',
    severity: (listener.overflows.count ?? 0) > 0 ? 'warning' : 'info',
    listener: listener.id,
    title: `${name} is accepted from too slowly: connections waited for ${formatPercent(busy / served)} of the time`,
    why: `While some waited, one was taken every ${formatNs(each)} by ${plural(length, 'accepting task')}.`,
    evidence: { waiting_share: busy / served, ns_per_accept_while_waiting: each, acceptors: length },
    advice:
      'Accept in a loop until EAGAIN, do less between accepts, or add acceptors (threads, workers, SO_REUSEPORT listeners).',
  };
}
