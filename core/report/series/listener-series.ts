// What the charts of one listener show, in bounded size.
import { STALL_NS } from '../finding/about.ts';
import type { ListenerInput } from '../input.ts';
import type { ListenerReport } from '../model.ts';
import { durationGrid } from './durations.ts';
import { lanesOf } from './lanes.ts';
import { marksOf } from './marks.ts';
import type { DurationGrid, ListenerSeries } from './model.ts';
import { inTimeOrder, queueChanges } from './queue-changes.ts';
import { stallsOf } from './stalls.ts';
import { stepSeries } from './steps.ts';

/** How much a series may hold. */
export interface SeriesSize {
  /** Buckets of the queue's length. */
  readonly steps: number;
  /** Columns of durations, marks of overflows, marks of one acceptor. */
  readonly columns: number;
  readonly lanes: number;
}

const MOST_STALLS = 60;

/** Durations from `start` to `end` of each connection that has both, at the time it entered the queue. */
function durations(
  { enqueued }: ListenerInput['connections'],
  start: Float64Array,
  end: Float64Array,
  counts: (i: number) => boolean,
  most: number,
): DurationGrid | null {
  const chosen = inTimeOrder(enqueued).filter((i) => counts(i) && !Number.isNaN(start[i]) && !Number.isNaN(end[i]));
  const at = Float64Array.from(chosen, (i) => enqueued[i]);
  const ns = Float64Array.from(chosen, (i) => Math.max(0, end[i] - start[i]));
  return durationGrid(at, ns, most);
}

function lateOnes({ syn, syns, enqueued }: ListenerInput['connections']): ListenerSeries['late'] {
  let count = 0;
  let total = 0;
  let longest = 0;
  for (let i = 0; i < syns.length; i++) {
    if (!(syns[i] > 1) || Number.isNaN(syn[i]) || Number.isNaN(enqueued[i])) continue;
    const late = Math.max(0, enqueued[i] - syn[i]);
    count++;
    total += late;
    longest = Math.max(longest, late);
  }
  return { count, total_ns: total, longest_ns: longest };
}

/** `report` is what the report says of the same listener; `durationNs` is the capture's. */
export function listenerSeries(
  input: ListenerInput,
  report: ListenerReport,
  durationNs: number,
  size: SeriesSize,
): ListenerSeries {
  const from = input.opened_at_ns ?? 0;
  const to = Math.max(from, input.closed_at_ns ?? durationNs);
  const { connections } = input;
  const known = report.bounds.depth !== 'unknown' && connections.enqueued.length > 0;
  const changes = known ? queueChanges(input) : null;
  const { capacity } = report.backlog;
  const decided = input.refusals.some((refusal) => refusal.evidence === 'decision');
  const refused = input.refusals.filter((refusal) =>
    decided
      ? refusal.evidence === 'decision'
      : refusal.kind === 'ack' || (capacity !== null && (refusal.depth_high ?? -1) >= capacity),
  );
  return {
    listener: report.id,
    capture: report.capture,
    from,
    to,
    capacity,
    depth: changes === null ? null : stepSeries(changes, from, to, size.steps),
    waits:
      report.bounds.wait === 'unknown'
        ? null
        : durations(
            connections,
            connections.enqueued,
            connections.dequeued,
            (i) => connections.accepted[i] === 1,
            size.columns,
          ),
    handshakes: durations(connections, connections.syn, connections.enqueued, () => true, size.columns),
    overflows: marksOf(Float64Array.from(refused, (refusal) => refusal.at_ns).sort(), size.columns),
    lanes: lanesOf(input, size.lanes),
    stalls: changes === null ? [] : stallsOf(changes, to, STALL_NS, MOST_STALLS),
    late: lateOnes(connections),
  };
}
