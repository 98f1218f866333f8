// Turns the fold's working state into the plain rows of the tables.
import type { Departure } from './accept-queue.ts';
import type { Listener } from './listener.ts';
import type { ConnectionRow, ListenerRow } from './rows.ts';

export function connectionRow(id: number, listener: Listener, departure: Departure): ConnectionRow {
  const { child } = departure;
  return {
    id,
    listener: listener.id,
    sk: child === null || child.sk === null || child.sk < 0 ? null : child.sk,
    remote: child?.remote ?? null,
    syn_at_ns: child?.syn_at ?? null,
    syns: child?.syns ?? null,
    enqueued_at_ns: child?.enqueued_at ?? null,
    depth: child?.depth ?? null,
    accepts_in_flight: child?.in_flight ?? 0,
    dequeued_at_ns: departure.at,
    tid: departure.tid,
    end: departure.end,
  };
}

export function listenerRow(listener: Listener): ListenerRow {
  const { queue } = listener;
  return {
    id: listener.id,
    family: listener.family,
    endpoint: listener.endpoint,
    sk: listener.sk !== null && listener.sk < 0 ? null : listener.sk,
    generation: listener.generation,
    opened_at_ns: listener.opened_at,
    closed_at_ns: listener.closed_at,
    opened_pid: listener.openedPid,
    opened_comm: listener.openedComm,
    requested: listener.requested,
    enqueued: queue.enqueued,
    accepted: queue.accepted,
    lost_in_accept: queue.lostInAccept,
    left_in_queue: listener.leftInQueue,
    aborted_at_close: listener.abortedAtClose,
    unseen_arrivals: queue.unseenArrivals,
    unseen_accepts: queue.unseenAccepts,
    ambiguous: listener.ambiguous,
    depth_max: queue.depthMax,
    initial_depth: listener.initialDepth,
    synced: listener.synced,
    waiting_ns: queue.waitingNs,
    longest_pause_ns: queue.longestPauseNs,
    longest_pause_at_ns: queue.longestPauseAt,
    pauses: queue.pauses,
    paused_ns: queue.pausedNs,
    synack_retransmits: listener.synackRetransmits,
    syn_retransmits: listener.synRetransmits,
    samples: listener.readings.count,
    sampled_limit: listener.readings.limit,
    sampled_depth: listener.readings.depth,
    drops_first: listener.readings.dropsFirst,
    drops_last: listener.readings.dropsLast,
    sample_misses: listener.readings.misses,
    syn_queue_max: listener.readings.synQueueMax,
    seen_overflows: listener.readings.overflows,
  };
}
