// How long the accept queue could get: the effective backlog, from the request, the sysctl, and what the queue was seen to do.
import { acceptQueueCapacity, skAcceptqIsFull } from '../kernel/sk-acceptq-is-full.ts';
import { clampBacklog, defaultSomaxconn } from '../kernel/sys-listen.ts';
import type { ListenerInput, RefusalInput } from './input.ts';
import type { BacklogReport } from './model.ts';

/** Refusals at one length of the queue before that length is taken for its limit. */
const ENOUGH = 3;
/** Share of the refusals that must be at that length; the rest may be off by an accept() under way. */
const SHARE = 0.7;

/** net.core.somaxconn was 128 before 5.4. */
const LEAST_DEFAULT = 128;

type Effective = Pick<BacklogReport, 'effective' | 'capacity' | 'limited_by' | 'basis'>;

const known = (effective: number, requested: number | null, basis: BacklogReport['basis']): Effective => ({
  effective,
  capacity: acceptQueueCapacity(effective),
  limited_by: requested !== null && effective < requested >>> 0 ? 'somaxconn' : null,
  basis,
});

/**
 * The length at which the queue refused: the commonest one, where refusals are many, nearly all there, and the queue never got
 * longer. A length may be rebuilt one too high or too low while an accept() is under way. Null when no such length stands out.
 */
function pinnedAt(refusals: readonly RefusalInput[], depthMax: number): number | null {
  const counts = new Map<number, number>();
  for (const { depth_high: length } of refusals) if (length !== null) counts.set(length, (counts.get(length) ?? 0) + 1);
  const countOf = (length: number): number => counts.get(length) ?? 0;
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const [length] = [...counts.keys()].sort((one, other) => countOf(other) - countOf(one) || other - one);
  if (length === undefined || length === 0 || countOf(length) < ENOUGH || depthMax > length + 1) return null;
  return countOf(length - 1) + countOf(length) + countOf(length + 1) >= total * SHARE ? length : null;
}

/** Some refusals came when the queue was as long as it ever got, which is less than `capacity`: a limit not known may be at work. */
const hintsAtLess = (listener: ListenerInput, capacity: number): boolean =>
  listener.depth_max < capacity &&
  listener.refusals.some(({ depth_high: length }) => length !== null && length >= listener.depth_max - 1);

const UNKNOWN: Effective = { effective: null, capacity: null, limited_by: null, basis: 'unknown' };

/** The queue was longer than this limit allows, or refused clearly below it: it is another namespace's, or another time's. */
const isContradicted = (limit: number, pinned: number | null, depthMax: number): boolean =>
  depthMax > acceptQueueCapacity(limit) + 1 || (pinned !== null && pinned < acceptQueueCapacity(limit) - 1);

/**
 * The effective backlog of a listener. __sys_listen clamps the request to somaxconn, which captures seldom hold; so in order:
 * sk_max_ack_backlog where it was read, the value the user gives, a snapshot's unless the queue shows that it did not hold, the length at which the
 * queue refused (sk_acceptq_is_full), the kernel's default; unknown where the queue refused below that without a clear limit. A snapshot may be
 * of another namespace, or of another time than listen().
 */
export function effectiveBacklog(
  listener: ListenerInput,
  kernel: string | null,
  somaxconn: number | undefined,
  lossy = false,
  snapshot: number | null = null,
): Effective {
  const { requested } = listener;
  if (listener.sampled_limit !== null) return known(listener.sampled_limit, requested, 'read');
  if (requested !== null && somaxconn !== undefined)
    return known(clampBacklog(requested, somaxconn), requested, 'given');
  const usual = defaultSomaxconn(kernel);
  // every release's default allows a request this small
  const small = requested !== null && requested >>> 0 <= LEAST_DEFAULT ? requested : null;
  const assumed = requested === null || usual === null ? small : clampBacklog(requested, usual);
  // lengths that miss arrivals are too short: they say nothing about the limit
  const complete =
    listener.unseen_arrivals === 0 && listener.unseen_accepts === 0 && listener.ambiguous === 0 && !lossy;
  const pinned = complete ? pinnedAt(listener.refusals, listener.depth_max) : null;
  if (requested !== null && snapshot !== null) {
    const limit = clampBacklog(requested, snapshot);
    if (!isContradicted(limit, pinned, listener.depth_max)) return known(limit, requested, 'snapshot');
  }
  if (pinned !== null) {
    // an accept() under way can make the rebuilt length one too many; the request is the upper bound
    const observed = requested === null ? pinned - 1 : Math.min(pinned - 1, requested >>> 0);
    return known(observed, requested, 'observed');
  }
  if (assumed === null || hintsAtLess(listener, acceptQueueCapacity(assumed))) return UNKNOWN;
  // longer than the default would allow: somaxconn was raised on that host
  const longer = skAcceptqIsFull(listener.depth_max - 1, assumed) ? requested : null;
  return known(longer === null ? assumed : longer >>> 0, requested, 'assumed');
}

/** Refusals that a full accept queue explains: final ACKs say so themselves, a SYN must have met a queue at capacity. */
export function overflowsOf(refusals: readonly RefusalInput[], capacity: number | null): RefusalInput[] {
  // where a probe saw the decisions, what clients tell is the same once more
  const decided = refusals.filter((refusal) => refusal.evidence === 'decision');
  if (decided.length > 0) return decided;
  return refusals.filter(
    (refusal) =>
      refusal.kind === 'ack' || (capacity !== null && refusal.depth_high !== null && refusal.depth_high >= capacity),
  );
}
