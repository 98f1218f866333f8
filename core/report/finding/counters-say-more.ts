// The namespace's counters against what the listeners show: overflows that nothing else in the capture tells of.
import type { CaptureReport, Finding, ListenerReport } from '../model.ts';
import { plural } from '../units.ts';

const OVERFLOWS = 'TcpExtListenOverflows';

export function countersSayMore(capture: CaptureReport, listeners: readonly ListenerReport[]): Finding | null {
  const counted = capture.counters[OVERFLOWS];
  if (counted === undefined) return null;
  const shown = listeners.reduce((sum, listener) => sum + (listener.overflows.count ?? 0), 0);
  if (counted <= shown) return null;
  return {
    id: 'counters-say-more',
    severity: 'warning',
    listener: null,
    title: `ListenOverflows grew by ${counted}; ${shown === 0 ? 'none of them' : plural(shown, 'overflow')} can be tied to a listener`,
    why: 'The counter belongs to the whole network namespace and names no listener. The capture does not show who was refused: clients on other hosts leave no event here.',
    evidence: { ListenOverflows: counted, ListenDrops: capture.counters.TcpExtListenDrops ?? null, tied: shown },
    advice: 'Record with the bpftrace probe (acceptq probe bpftrace), which reads sk_drops of each listener.',
  };
}
