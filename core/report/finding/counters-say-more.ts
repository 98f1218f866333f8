// The namespace's counters against what the listeners show: overflows that nothing else in the capture tells of.
import type { CaptureReport, Finding, ListenerReport } from '../model.ts';
import { plural } from '../units.ts';
import { listenerName } from './about.ts';

const OVERFLOWS = 'TcpExtListenOverflows';

const wasFull = ({ depth, readings, backlog }: ListenerReport): boolean =>
  (depth.at_capacity_ns ?? 0) > 0 || (backlog.capacity !== null && (readings.depth_max ?? 0) >= backlog.capacity);

/** A hint, not a proof: the namespace may have listeners that the capture does not show. */
function onlyFull(listeners: readonly ListenerReport[]): string {
  const full = listeners.filter(wasFull);
  return full.length === 1 ? ` Of the listeners in the capture only ${listenerName(full[0])} had a full queue.` : '';
}

export function countersSayMore(capture: CaptureReport, listeners: readonly ListenerReport[]): Finding | null {
  const counted = capture.counters[OVERFLOWS];
  if (counted === undefined) return null;
  const shown = listeners.reduce((sum, listener) => sum + (listener.overflows.count ?? 0), 0);
  const evidence = { ListenOverflows: counted, ListenDrops: capture.counters.TcpExtListenDrops ?? null, tied: shown };
  if (counted < shown)
    return {
      id: 'counters-say-less',
      severity: 'info',
      listener: null,
      title: `ListenOverflows grew by ${counted} only, though ${plural(shown, 'overflow')} show`,
      why: 'The readings do not enclose the capture, or they are of another network namespace.',
      evidence,
      advice: "Take nstat -az in the server's network namespace before the recording starts and after it has ended.",
    };
  if (counted === shown) return null;
  return {
    id: 'counters-say-more',
    severity: 'warning',
    listener: null,
    title: `ListenOverflows grew by ${counted}; ${shown === 0 ? 'none of them' : plural(shown, 'overflow')} can be tied to a listener`,
    why: `The counter belongs to the whole network namespace, names no listener, and was read around the capture rather than at its edges. The capture does not show who was refused: clients on other hosts leave no event here.${onlyFull(listeners)}`,
    evidence,
    advice:
      'Record with the bpftrace probe (acceptq probe bpftrace), or give ss -ltnm of before and after (--with): both read sk_drops of each listener.',
  };
}
