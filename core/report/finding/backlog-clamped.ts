// listen() asked for more than net.core.somaxconn allows.
import { roundBacklog } from '../knob.ts';
import type { Finding } from '../model.ts';
import type { About } from './about.ts';

const SOURCES = {
  read: 'sk_max_ack_backlog as it was read in the kernel',
  given: 'the value given with --somaxconn',
  snapshot: 'net.core.somaxconn of the snapshot beside the capture',
  observed: 'the length at which the queue refused',
  assumed: "the kernel's default; the capture does not hold the sysctl",
  unknown: 'unknown',
} as const;

export function backlogClamped({ listener, name }: About): Finding | null {
  const { backlog } = listener;
  if (backlog.limited_by !== 'somaxconn' || backlog.effective === null || backlog.requested === null) return null;
  const harmful = (listener.overflows.count ?? 0) > 0 || (listener.depth.at_capacity_ns ?? 0) > 0;
  const asked =
    backlog.requested < 0 ? `${backlog.requested} (meaning: as much as allowed)` : String(backlog.requested);
  if (backlog.requested < 0 && !harmful) return null; // the server asked for the clamp
  return {
    id: 'backlog-clamped',
    severity: harmful ? 'warning' : 'info',
    listener: listener.id,
    title: `${name} asked for a backlog of ${asked} and got ${backlog.effective}`,
    why: `listen() clamps its argument to net.core.somaxconn of the socket's network namespace. ${backlog.effective} is ${SOURCES[backlog.basis]}.`,
    evidence: { requested: backlog.requested, effective: backlog.effective, basis: backlog.basis },
    advice: harmful
      ? `Raise net.core.somaxconn there to ${roundBacklog(Math.max(listener.demand.peak, backlog.effective + 1))} or more (a container has its own), then restart the server.`
      : 'No harm was seen. Raise net.core.somaxconn in that namespace if bursts can exceed the queue.',
  };
}
