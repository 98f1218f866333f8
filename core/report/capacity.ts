// How long the accept queue could get: the effective backlog, from the request, the sysctl, and what the queue was seen to do.
import { acceptQueueCapacity, skAcceptqIsFull } from '../kernel/sk-acceptq-is-full.ts';
import { clampBacklog, defaultSomaxconn } from '../kernel/sys-listen.ts';
import type { ListenerInput, RefusalInput } from './input.ts';
import type { BacklogReport } from './model.ts';

/** Refusals at one length of the queue before that length is taken for its limit. */
const ENOUGH = 3;
/** Share of the refusals that must be at that length; the rest may be off by an accept() under way. */
const SHARE = 0.7;

type Effective = Pick<BacklogReport, 'effective' | 'capacity' | 'limited_by' | 'basis'>;

const known = (effective: number, requested: number | null, basis: BacklogReport['basis']): Effective => ({
  effective,
  capacity: acceptQueueCapacity(effective),
  limited_by: requested !== null && effective < requested >>> 0 ? 'somaxconn' : null,
  basis,
});

/** The length at which the queue refused, when it never got longer and refused there often enough; null otherwise. */
function pinnedAt(refusals: readonly RefusalInput[], depthMax: number): number | null {
  const lengths = refusals.flatMap((refusal) => (refusal.depth_high === null ? [] : [refusal.depth_high]));
  const atMax = lengths.filter((length) => length >= depthMax).length;
  return atMax >= ENOUGH && atMax >= lengths.length * SHARE ? depthMax : null;
}

/**
 * The effective backlog of a listener. __sys_listen clamps the request to somaxconn, which captures seldom hold; so in order:
 * the value the user gives, the length at which the queue refused (sk_acceptq_is_full), the kernel's default.
 */
export function effectiveBacklog(
  listener: ListenerInput,
  kernel: string | null,
  somaxconn: number | undefined,
): Effective {
  const { requested } = listener;
  if (requested !== null && somaxconn !== undefined)
    return known(clampBacklog(requested, somaxconn), requested, 'given');
  const usual = defaultSomaxconn(kernel);
  const assumed = requested === null || usual === null ? null : clampBacklog(requested, usual);
  const pinned = pinnedAt(listener.refusals, listener.depth_max);
  if (pinned !== null && pinned > 0) {
    // an accept() under way can make the rebuilt length one too many; the request is the upper bound
    const observed = requested === null ? pinned - 1 : Math.min(pinned - 1, requested >>> 0);
    return known(observed, requested, 'observed');
  }
  if (assumed === null) return { effective: null, capacity: null, limited_by: null, basis: 'unknown' };
  // longer than the default would allow: somaxconn was raised on that host
  const longer = skAcceptqIsFull(listener.depth_max - 1, assumed) ? requested : null;
  return known(longer === null ? assumed : longer >>> 0, requested, 'assumed');
}

/** Refusals that a full accept queue explains: final ACKs say so themselves, a SYN must have met a queue at capacity. */
export function overflowsOf(refusals: readonly RefusalInput[], capacity: number | null): RefusalInput[] {
  return refusals.filter(
    (refusal) =>
      refusal.kind === 'ack' || (capacity !== null && refusal.depth_high !== null && refusal.depth_high >= capacity),
  );
}
