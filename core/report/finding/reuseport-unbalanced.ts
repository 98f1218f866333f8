// Listeners that share a port by SO_REUSEPORT: one is full while others have room.
import type { Finding, ListenerReport } from '../model.ts';
import { formatNs, formatPercent, plural } from '../units.ts';
import { listenerName } from './about.ts';

/** Fewer connections fall unevenly by chance. */
const LEAST_EACH = 20;
/** A member has room when its queue never got longer than this share of what it holds. */
const ROOMY = 0.67;
/** Waits of one member count as others' this many times over. */
const WAITS_APART = 20;
const NOTABLE_WAIT_NS = 50_000_000;

const end = ({ closed_at_ns: closed }: ListenerReport): number => closed ?? Number.POSITIVE_INFINITY;

/** Listeners on the same address and port that were there at the same time. */
function groupsOf(listeners: readonly ListenerReport[]): ListenerReport[][] {
  const byAddress = new Map<string, ListenerReport[]>();
  for (const listener of listeners) {
    if (listener.port === null || listener.address === null) continue;
    const key = `${listener.capture} ${listener.address} ${listener.port}`;
    const group = byAddress.get(key) ?? [];
    group.push(listener);
    byAddress.set(key, group);
  }
  return [...byAddress.values()].flatMap((group) => {
    const together = group.filter((one) =>
      group.some(
        (other) => other !== one && (other.opened_at_ns ?? 0) < end(one) && (one.opened_at_ns ?? 0) < end(other),
      ),
    );
    return together.length < 2 ? [] : [together];
  });
}

function hasRoom({ depth, overflows, backlog, bounds }: ListenerReport): boolean {
  if (bounds.depth === 'unknown' || backlog.capacity === null) return false;
  return (overflows.count ?? 0) === 0 && depth.max <= backlog.capacity * ROOMY;
}

const wasFull = ({ depth, overflows }: ListenerReport): boolean =>
  (overflows.count ?? 0) > 0 || (depth.at_capacity_ns ?? 0) >= 1_000_000;

function isSlow({ wait_ns: wait }: ListenerReport, others: readonly ListenerReport[]): boolean {
  const rest = others.map((other) => other.wait_ns.p99 ?? 0);
  return wait.p99 !== null && wait.p99 >= NOTABLE_WAIT_NS && wait.p99 > WAITS_APART * Math.max(...rest, 1);
}

function unbalanced(group: readonly ListenerReport[]): Finding | null {
  const total = group.reduce((sum, { enqueued }) => sum + enqueued, 0);
  if (total < LEAST_EACH * group.length) return null;
  const worst = [...group].sort(
    (a, b) => (b.overflows.count ?? 0) - (a.overflows.count ?? 0) || (b.wait_ns.p99 ?? 0) - (a.wait_ns.p99 ?? 0),
  )[0];
  const others = group.filter((other) => other !== worst);
  const roomy = others.filter(hasRoom);
  if (roomy.length === 0 || !(wasFull(worst) || isSlow(worst, others))) return null;
  const name = listenerName(worst);
  const refused = worst.overflows.count ?? 0;
  const usual = Math.max(...others.map((other) => other.wait_ns.p99 ?? 0));
  return {
    id: 'reuseport-unbalanced',
    severity: 'warning',
    listener: worst.id,
    title: `One of ${group.length} listeners on ${name} ${wasFull(worst) ? 'was full' : 'let connections wait'} while ${plural(roomy.length, 'other')} had room`,
    why:
      'The kernel chooses a member of a SO_REUSEPORT group by a hash of the addresses, not by the length of its queue, and moves nothing afterwards. ' +
      `Listener ${worst.id} got ${formatPercent(worst.enqueued / total)} of ${plural(total, 'connection')}` +
      `${refused > 0 ? `, refused ${refused}` : ''}${worst.wait_ns.p99 === null ? '' : `, and 1 % of its waits took ${formatNs(worst.wait_ns.p99)} or more; with the others it was ${formatNs(usual)} at most`}.`,
    evidence: {
      members: group.length,
      with_room: roomy.length,
      share: worst.enqueued / total,
      refused,
      wait_p99_ns: worst.wait_ns.p99,
      others_wait_p99_ns: usual,
    },
    advice:
      'Find what holds the acceptor of that one listener; where a worker can be busy for long, let several workers accept from one shared listener (without reuseport), or choose the member with a BPF program (SO_ATTACH_REUSEPORT_EBPF).',
  };
}

export const reuseportUnbalanced = (listeners: readonly ListenerReport[]): (Finding | null)[] =>
  groupsOf(listeners).map(unbalanced);
