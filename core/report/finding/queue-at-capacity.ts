// The accept queue was full for a while, but no dropped attempt shows in the capture.
import { roundBacklog } from '../knob.ts';
import type { Finding, ListenerReport } from '../model.ts';
import { formatNs, formatPercent } from '../units.ts';
import { type About, capitalized, describeCapacity, raiseBacklog } from './about.ts';

/** A shorter time at capacity says little: a backlog of 0 is full with one connection. */
const NOTABLE_NS = 1_000_000;

export function queueAtCapacity({ listener, name, lifeNs }: About): Finding | null {
  const full = listener.depth.at_capacity_ns;
  if ((listener.overflows.count ?? 0) > 0) return null;
  if (full === null || full < NOTABLE_NS) return readFull({ listener, name });
  return {
    id: 'queue-at-capacity',
    severity: 'warning',
    listener: listener.id,
    title: `${name} had a full accept queue for ${formatNs(full)}`,
    why:
      `${capitalized(describeCapacity(listener))} and it held that many for ${formatPercent(lifeNs === 0 ? 0 : full / lifeNs)} of the time. ` +
      `Any SYN or final ACK that came then was dropped; attempts of clients on other hosts leave no trace here.`,
    evidence: { at_capacity_ns: full, capacity: listener.backlog.capacity, capacity_basis: listener.backlog.basis },
    advice: compareAdvice(listener),
  };
}

const compareAdvice = (listener: ListenerReport): string =>
  `Compare ListenOverflows (nstat -az TcpExtListenOverflows) over the same time; if it grows, ${raiseBacklog(listener, roundBacklog((listener.backlog.capacity ?? 0) * 2))}.`;

/** A tool or a program read it full, though the events do not show it so. */
export function readFull({ listener, name }: Pick<About, 'listener' | 'name'>): Finding | null {
  if ((listener.overflows.count ?? 0) > 0) return null;
  const { depth_max: depth } = listener.readings;
  const { capacity, basis } = listener.backlog;
  if (depth === null || capacity === null || basis !== 'read' || capacity < 2 || depth < capacity) return null;
  return {
    id: 'queue-at-capacity',
    severity: 'warning',
    listener: listener.id,
    title: `${name} was read with a full accept queue: ${depth} connections waited`,
    why: `${capitalized(describeCapacity(listener))}. For how long is not known: it was read at single instants. Any SYN or final ACK that came then was dropped.`,
    evidence: { depth_read: depth, capacity, readings: listener.readings.count },
    advice: compareAdvice(listener),
  };
}
