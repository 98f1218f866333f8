// Who accepted when: a lane for each of the busiest acceptors, one for all others.
import type { ListenerInput } from '../input.ts';
import { marksOf } from './marks.ts';
import type { Lane } from './model.ts';

/** Lanes with a task of their own. */
const MOST_LANES = 15;

/** Times at which each lane's tasks took a connection; at most `most` marks in a lane. */
export function lanesOf({ acceptors, connections }: ListenerInput, most: number): Lane[] {
  const busiest = [...acceptors].sort((a, b) => b.accepted - a.accepted || a.tid - b.tid);
  const own = busiest.length > MOST_LANES + 1 ? busiest.slice(0, MOST_LANES) : busiest;
  const others = busiest.slice(own.length);
  const laneOf = new Map(own.map(({ tid }, lane) => [tid, lane]));
  const times: number[][] = Array.from({ length: own.length + 1 }, () => []);
  const { dequeued, accepted, tid } = connections;
  for (let i = 0; i < dequeued.length; i++) {
    if (accepted[i] === 1 && !Number.isNaN(dequeued[i])) times[laneOf.get(tid[i]) ?? own.length].push(dequeued[i]);
  }
  const lane = (label: string, count: number, at: readonly number[]): Lane => ({
    label,
    accepted: count,
    marks: marksOf(Float64Array.from(at).sort(), most),
  });
  const lanes = own.map(({ comm, tid, accepted: count }, k) => lane(`${comm ?? '?'} ${tid}`, count, times[k]));
  if (others.length > 0) {
    const count = others.reduce((sum, other) => sum + other.accepted, 0);
    lanes.push(lane(`${others.length} others`, count, times[own.length]));
  }
  return lanes;
}
