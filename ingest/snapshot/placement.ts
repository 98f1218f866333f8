// Where in a capture's time the snapshots beside it belong: by their stamps, else at its start and its end.
import type { EventBatch } from '../../core/event/event-batch.ts';
import type { Part, SnapshotFile } from './snapshot.ts';

interface Placed {
  readonly rows: EventBatch;
  readonly part: Part;
  readonly name: string;
}

export interface Stamped extends Placed {
  /** On the capture's clock, relative to its reader's base. */
  readonly at: number;
}

export interface Placement {
  readonly start: readonly Placed[];
  /** In order of time. */
  readonly stamped: readonly Stamped[];
  readonly end: readonly Placed[];
}

/**
 * A stamp counts where the capture relates its clock to wall time. Without one, the first of several files belongs to the start, and so
 * does the first of several outputs of one tool; all others, and an output that is alone, belong to the end. `base` is null when the
 * capture has no wall time.
 */
export function place(files: readonly SnapshotFile[], base: bigint | null): Placement {
  const all = files.flatMap((file, index) =>
    file.parts.map((part) => ({ rows: file.rows, part, name: file.name, index })),
  );
  const isStamped = ({ part }: Placed): boolean => base !== null && part.wall !== null;
  const stamped = all
    .filter(isStamped)
    .map((placed) => ({ ...placed, at: Number((placed.part.wall as bigint) - (base as bigint)) }))
    .sort((one, other) => one.at - other.at);
  const start: Placed[] = [];
  const end: Placed[] = [];
  const count = new Map<string, number>();
  for (const { part } of all) count.set(part.key, (count.get(part.key) ?? 0) + 1);
  const met = new Set<string>();
  for (const placed of all) {
    const { key } = placed.part;
    const isFirst = !met.has(key) && (count.get(key) as number) > 1;
    met.add(key);
    if (isStamped(placed)) continue;
    if (isFirst || (placed.index === 0 && files.length > 1 && !hasEarlier(all, placed))) start.push(placed);
    else end.push(placed);
  }
  return { start, stamped, end };
}

/** Another output of the same tool stands before it in the same file. */
const hasEarlier = (all: readonly Placed[], placed: Placed): boolean =>
  all.findIndex((other) => other.part.key === placed.part.key) < all.indexOf(placed);
