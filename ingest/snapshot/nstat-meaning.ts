// nstat prints growth since its last run, or with -a values since boot, and the text does not say which: several outputs together do.
import type { EventBatch } from '../../core/event/event-batch.ts';
import { SENTENCES_OF_TCP } from './netstat-sentences.ts';
import { NSTAT } from './nstat.ts';
import { COUNTERS_OF_TCP } from './proc-counters.ts';
import type { Part, SnapshotFile } from './snapshot.ts';

interface Placed {
  readonly rows: EventBatch;
  readonly part: Part;
}

/** A counter since boot cannot have become smaller. */
function shrinks(before: Placed, after: Placed): boolean {
  const earlier = new Map<number, number>();
  for (let row = before.part.first; row < before.part.end; row++)
    earlier.set(before.rows.args[0][row], before.rows.args[1][row]);
  for (let row = after.part.first; row < after.part.end; row++)
    if (after.rows.args[1][row] < (earlier.get(after.rows.args[0][row]) ?? 0)) return true;
  return false;
}

/** The part has no rows any more. */
const empty = ({ part }: Placed): void => {
  part.end = part.first;
};

/** By their stamps where all have one; else as they were given. */
function inOrder(outputs: readonly Placed[]): readonly Placed[] {
  if (outputs.some(({ part }) => part.wall === null)) return outputs;
  const wall = ({ part }: Placed): bigint => part.wall as bigint;
  return [...outputs].sort((one, other) => (wall(one) < wall(other) ? -1 : wall(one) > wall(other) ? 1 : 0));
}

/**
 * Decides what nstat's values mean:
 * - beside /proc/net/netstat or netstat -s, which are since boot, nstat is left out unless it alone was read more than once;
 * - where any counter becomes smaller from one output to the next, they are growth. What the first one printed grew before it: left out;
 * - else they are taken to be since boot: were they growth after all, the difference would be too small, never too large.
 * Returns how many readings of the counters there are.
 */
export function settleNstat(files: readonly SnapshotFile[]): number {
  const all = files.flatMap(({ rows, parts }) => parts.map((part) => ({ rows, part })));
  const outputs = inOrder(all.filter(({ part }) => part.kind === NSTAT));
  const sinceBoot = all.filter(({ part }) => part.key === COUNTERS_OF_TCP || part.key === SENTENCES_OF_TCP);
  if (outputs.length === 0) return sinceBoot.length;
  if (sinceBoot.length > 0) {
    const leave = sinceBoot.length > 1 || outputs.length === 1 ? outputs : sinceBoot;
    leave.forEach(empty);
    if (leave === outputs) return sinceBoot.length;
  }
  if (outputs.some((output, k) => k > 0 && shrinks(outputs[k - 1], output))) {
    empty(outputs[0]);
    for (const { rows, part } of outputs) for (let row = part.first; row < part.end; row++) rows.args[2][row] = 0;
  }
  return outputs.length;
}
