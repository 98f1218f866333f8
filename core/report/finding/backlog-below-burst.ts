// More connections wanted the queue at one instant than it holds.
import { roundBacklog } from '../knob.ts';
import type { Finding } from '../model.ts';
import { formatNs, plural } from '../units.ts';
import { type About, capitalized, raiseBacklog } from './about.ts';

export function backlogBelowBurst({ listener, name }: About): Finding | null {
  const { capacity } = listener.backlog;
  const { peak, at_ns } = listener.demand;
  if (capacity === null || peak <= capacity || (listener.overflows.count ?? 0) === 0) return null;
  const wanted = roundBacklog(peak);
  return {
    id: 'backlog-below-burst',
    severity: 'warning',
    listener: listener.id,
    title: `${name} needs a backlog of at least ${peak - 1}: ${plural(peak, 'connection')} wanted in at once, ${capacity} fit`,
    why:
      `At ${formatNs(at_ns)} ${plural(capacity, 'connection')} at most were in the queue, the others had been refused and were to try again. ` +
      'Clients on other hosts are not in this number.',
    evidence: { peak, capacity, at_ns },
    advice: `${capitalized(raiseBacklog(listener, wanted))}.`,
  };
}
