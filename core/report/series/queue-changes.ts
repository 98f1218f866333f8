// Every change of an accept queue's length, in order of time, from its connections.
import type { ListenerInput } from '../input.ts';

export interface QueueChanges {
  readonly at: Float64Array;
  /** Length of the queue after the change. */
  readonly depth: Float64Array;
  /** 1: a connection entered; 0: one left. */
  readonly entered: Uint8Array;
  /** Length before the first change. */
  readonly initial: number;
}

/** Indices of `times` without those that are NaN, ascending by time. Connections leave first in, first out: mostly they are in order. */
export function inTimeOrder(times: Float64Array): Uint32Array {
  const order = new Uint32Array(times.length);
  let count = 0;
  let latest = Number.NEGATIVE_INFINITY;
  let sorted = true;
  for (let i = 0; i < times.length; i++) {
    if (Number.isNaN(times[i])) continue;
    order[count++] = i;
    if (times[i] < latest) sorted = false;
    latest = times[i];
  }
  const chosen = order.subarray(0, count);
  return sorted ? chosen : chosen.sort((a, b) => times[a] - times[b] || a - b);
}

/** Connections without a recorded arrival that were there when the capture began: the first to leave, as the queue is first in, first out. */
function thereBefore({ connections, unseen_arrivals: unseen }: ListenerInput): number[] {
  const gone: number[] = [];
  let without = 0;
  for (let i = 0; i < connections.enqueued.length; i++) {
    if (!Number.isNaN(connections.enqueued[i])) continue;
    without++;
    if (!Number.isNaN(connections.dequeued[i])) gone.push(connections.dequeued[i]);
  }
  return gone.slice(0, Math.max(0, without - unseen));
}

/**
 * A row's dequeue is where accept() returned; the connection left the queue a little before. The length at each arrival is known better, from
 * the fold, and corrects it: what is counted twice between the dequeue and the return is taken off until the call has returned.
 * Connections that went without a record are left out, so that the length never climbs for good by them.
 */
export function queueChanges(listener: ListenerInput): QueueChanges {
  const { enqueued, dequeued, depth: known, gone } = listener.connections;
  const arrivals = inTimeOrder(enqueued).filter((i) => gone[i] === 0);
  const before = thereBefore(listener);
  const left: number[] = [...before];
  for (const i of arrivals) if (!Number.isNaN(dequeued[i])) left.push(Math.max(dequeued[i], enqueued[i]));
  const departures = Float64Array.from(left).sort();

  const count = arrivals.length + departures.length;
  const at = new Float64Array(count);
  const depth = new Float64Array(count);
  const entered = new Uint8Array(count);
  let inside = before.length;
  let taken = 0;
  let a = 0;
  let d = 0;
  for (let k = 0; k < count; k++) {
    const arrives = a < arrivals.length ? enqueued[arrivals[a]] : Number.POSITIVE_INFINITY;
    // at one instant departures come first, but nobody leaves before having come
    if (d < departures.length && departures[d] <= arrives && inside > 0) {
      at[k] = departures[d++];
      inside--;
      if (taken > 0) taken--;
    } else {
      at[k] = arrives;
      entered[k] = 1;
      inside++;
      const length = known[arrivals[a++]];
      if (!Number.isNaN(length)) taken = Math.max(0, inside - length);
    }
    depth[k] = Math.max(0, inside - taken);
  }
  return { at, depth, entered, initial: before.length };
}
