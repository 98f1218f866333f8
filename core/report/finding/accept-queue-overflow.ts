// The accept queue was full and connection attempts were dropped.
import { roundBacklog } from '../knob.ts';
import type { Finding } from '../model.ts';
import { formatNs, formatPercent, plural } from '../units.ts';
import {
  type About,
  capitalized,
  describeCapacity,
  raiseBacklog,
  STALL_NS,
  shareInLongestPause,
  timeSpan,
} from './about.ts';

/** What to change. The knob is the accept queue's own: tcp_max_syn_backlog belongs to the other queue. */
export function overflowAdvice(about: About): string {
  const { listener } = about;
  const raise = raiseBacklog(
    listener,
    roundBacklog(Math.max(listener.demand.peak, (listener.backlog.capacity ?? 0) + 1)),
  );
  if (listener.pauses.longest_ns >= STALL_NS && shareInLongestPause(about) >= 0.5) {
    return `Find what kept the acceptor from accept() for ${formatNs(listener.pauses.longest_ns)}; until then ${raise}, which turns refusals into waits.`;
  }
  return `${capitalized(raise)}; where waits stay long, more acceptors are the cure, not a longer queue.`;
}

/** Where no single refusal shows: what the count rests on. */
const EVIDENCE = {
  sk_drops: "The listener's sk_drops grew by them",
  functions: 'The probe saw the kernel refuse them',
  client: 'Clients on the host got no answer',
  counters: "The namespace's counters grew by them",
  none: 'They were refused',
} as const;

/** What sk_drops says beyond a lower bound: a refused SYN counts once in it, a refused final ACK twice. */
const drops = ({ overflows, sk_drops: grown }: About['listener']): string =>
  overflows.bound !== 'lower' || grown === null || grown <= (overflows.count ?? 0)
    ? ''
    : ` The listener's sk_drops grew by ${grown}: no more than that were refused.`;

export function acceptQueueOverflow(about: About): Finding | null {
  const { listener, name, overflows, lifeNs } = about;
  const { count } = listener.overflows;
  if (count === null || count === 0) return null;
  const syns = overflows.filter((refusal) => refusal.kind === 'syn').length;
  const acks = overflows.length - syns;
  const full = listener.depth.at_capacity_ns ?? 0;
  const what = [syns > 0 ? plural(syns, 'SYN') : '', acks > 0 ? plural(acks, 'final ACK') : '']
    .filter((part) => part !== '')
    .join(' and ');
  const span = listener.overflow_span_ns;
  return {
    id: 'accept-queue-overflow',
    severity: 'critical',
    listener: listener.id,
    title: `${name} dropped ${listener.overflows.bound === 'exact' ? '' : 'at least '}${plural(count, 'connection attempt')}: its accept queue was full`,
    why:
      `${capitalized(describeCapacity(listener))}. It was full for ${formatNs(full)} (${formatPercent(lifeNs === 0 ? 0 : full / lifeNs)} of its life); ` +
      `${what === '' ? EVIDENCE[listener.overflows.evidence] : `${what} met it full${span === null ? '' : ` ${timeSpan(span.first, span.last)}`} and got no answer`}. A client whose SYN is dropped tries again after 1 s.${drops(listener)}`,
    evidence: {
      overflows: count,
      bound: listener.overflows.bound,
      counted_by: listener.overflows.evidence,
      sk_drops: listener.sk_drops,
      dropped_syns: syns,
      dropped_acks: acks,
      capacity: listener.backlog.capacity,
      capacity_basis: listener.backlog.basis,
      at_capacity_ns: full,
      first_ns: span?.first ?? null,
      last_ns: span?.last ?? null,
    },
    advice: overflowAdvice(about),
  };
}
