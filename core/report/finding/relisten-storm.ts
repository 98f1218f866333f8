// A listener that is closed and opened again, over and over: each time, who waits in its queue is reset.
import type { Finding, ListenerReport } from '../model.ts';
import { formatNs, plural } from '../units.ts';
import { listenerName } from './about.ts';

const LEAST_TIMES = 8;
/** A server that is restarted now and then is no storm. */
const LONGEST_LIFE_NS = 1e9;

/** Lives of one address that each ended soon, one after another. */
export function relistenStorm(listeners: readonly ListenerReport[]): Finding[] {
  const byAddress = new Map<string, ListenerReport[]>();
  for (const listener of listeners) {
    const { opened_at_ns: opened, closed_at_ns: closed, port } = listener;
    if (opened === null || closed === null || port === null || closed - opened > LONGEST_LIFE_NS) continue;
    const key = `${listener.capture} ${listener.address} ${port}`;
    byAddress.set(key, [...(byAddress.get(key) ?? []), listener]);
  }
  return [...byAddress.values()].flatMap((lives) => {
    const inOrder = [...lives].sort((a, b) => (a.opened_at_ns ?? 0) - (b.opened_at_ns ?? 0));
    const after = inOrder.filter(
      (life, k) => k === 0 || (life.opened_at_ns ?? 0) >= (inOrder[k - 1].closed_at_ns ?? 0),
    );
    if (after.length < LEAST_TIMES) return [];
    const [first] = after;
    const last = after[after.length - 1];
    const from = first.opened_at_ns ?? 0;
    const to = last.closed_at_ns ?? from;
    if (to - from > after.length * LONGEST_LIFE_NS) return [];
    const aborted = lives.reduce((sum, life) => sum + life.aborted_at_close, 0);
    return [
      {
        id: 'relisten-storm',
        severity: aborted > 0 ? 'warning' : 'info',
        listener: last.id,
        title: `${listenerName(last)} was closed and opened again ${plural(after.length - 1, 'time')} in ${formatNs(to - from)}`,
        why: `Each close() of a listener resets the connections that wait in its queue (inet_csk_listen_stop): ${plural(aborted, 'connection')} ended so. In between, SYNs are answered with a reset. ${first.opened_by?.comm ?? 'The process'} may be failing right after its start.`,
        evidence: { lives: after.length, aborted, first_ns: from, last_ns: to },
        advice:
          "Find why the server closes its listener (its log; a supervisor that restarts it: systemctl status, Restart=). Let a parent keep the socket across restarts: systemd socket units (ListenStream=, Backlog=), nginx's and haproxy's reload.",
      },
    ];
  });
}
