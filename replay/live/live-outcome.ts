// What became of a live replay, from what the threads wrote down and the namespace counted.
import { quantile } from '../../core/stats/quantile.ts';
import { depthOf, timesOf } from '../what-if/outcome.ts';
import type { Outcome } from '../workload/workload.ts';
import type { Counters } from './counters.ts';
import { MADE, NEVER, type RunMemory } from './run-memory.ts';

/** How late what was planned happened, nanoseconds; null where nothing was planned. */
export interface Lateness {
  readonly p50: number | null;
  readonly p99: number | null;
  readonly max: number | null;
}

/** Parts of the run of which the longest queue is told. */
const PARTS = 60;

export interface LiveCounts {
  readonly outcome: Outcome;
  readonly arrivals_late_ns: Lateness;
  /** Worst of each acceptor's ends of service. */
  readonly acceptors_late_max_ns: number;
  /** Longest queue in each of 60 equal parts of the run. */
  readonly depth_over_time: readonly number[];
  readonly duration_ns: number;
  /** Connections in the queue at the end. */
  readonly left_in_queue: number;
  /** Clients that could not even begin: out of descriptors or memory. */
  readonly not_begun: number;
}

interface Ended {
  readonly capacity: number;
  readonly left: number;
  readonly counters: Counters;
  /** Nanoseconds of the replay's clock: when the workload itself is over. */
  readonly duration: number;
  readonly sampledMax: number;
}

/** @param speed times are told as the workload's: what took 1 ms at speed 2 stands for 2 ms. */
export function liveCounts(memory: RunMemory, ended: Ended, speed: number): LiveCounts {
  const made = Atomics.load(memory.control, MADE);
  const waits = new Float64Array(made);
  const connects = new Float64Array(made);
  const late = new Float64Array(made);
  let [accepted, connected, gaveUp, retransmits, notBegun, seenDepth] = [0, 0, 0, 0, 0, ended.sampledMax];
  let end = ended.duration;
  for (let k = 0; k < made; k++) {
    late[k] = Math.max(0, Math.round(memory.started[k] - memory.intended[k]));
    retransmits += memory.retransmits[k];
    if (memory.depth[k] > seenDepth) seenDepth = memory.depth[k];
    if (memory.connected[k] !== NEVER)
      connects[connected++] = Math.max(0, memory.connected[k] - memory.started[k]) * speed;
    if (memory.accepted[k] !== NEVER) waits[accepted++] = (memory.accepted[k] - enqueuedAt(memory, k)) * speed;
    else if (memory.errno[k] !== 0) {
      gaveUp++;
      if (memory.connected[k] === NEVER && isLocal(memory.errno[k])) notBegun++;
    }
    end = Math.max(end, memory.accepted[k], memory.connected[k]);
  }
  for (const busy of memory.busyUntil) end = Math.max(end, busy);
  const halfOpen = connected - accepted - ended.left - countReset(memory, made);
  const { timeAt, parts } = timesAtDepths(memory, made, ended, end);
  const depth = depthOf(
    timeAt.map((ns) => ns * speed),
    ended.capacity,
  );
  return {
    outcome: {
      capacity: ended.capacity,
      arrivals: made,
      enqueued: accepted + ended.left,
      accepted,
      overflows: ended.counters.ListenOverflows ?? null,
      syn_retransmits: retransmits,
      gave_up: gaveUp + Math.max(0, halfOpen),
      // the kernel's own word on how long it got
      depth: { ...depth, max: seenDepth },
      wait_ns: timesOf(waits.subarray(0, accepted)),
      connect_ns: timesOf(connects.subarray(0, connected)),
    },
    arrivals_late_ns: latenessOf(late),
    acceptors_late_max_ns: memory.late.reduce((most, ns) => Math.max(most, ns), 0),
    depth_over_time: parts,
    duration_ns: Math.round(end * speed),
    left_in_queue: ended.left,
    not_begun: notBegun,
  };
}

/** EMFILE, ENFILE, ENOMEM, ENOBUFS, EADDRINUSE, EADDRNOTAVAIL: the host's limits, not the listener's. */
const isLocal = (errno: number): boolean => [24, 23, 12, 105, 98, 99].includes(errno);

/** A connection's age is known to a jiffy, which is 10 ms at most. */
const JIFFY_NS = 12e6;

/**
 * When an accepted connection was enqueued: when its client was connected, unless its final ACK was refused then, and it became a
 * socket so much later that its age shows it.
 */
function enqueuedAt({ accepted, connected, queued }: RunMemory, k: number): number {
  const byAge = accepted[k] - queued[k] * 1e6;
  return Math.min(accepted[k], byAge - connected[k] > JIFFY_NS ? byAge : connected[k]);
}

/** Connected, and ended by an error before they were accepted: counted as given up already. */
function countReset(memory: RunMemory, made: number): number {
  let count = 0;
  for (let k = 0; k < made; k++)
    if (memory.connected[k] !== NEVER && memory.accepted[k] === NEVER && memory.errno[k] !== 0) count++;
  return count;
}

function latenessOf(late: Float64Array): Lateness {
  late.sort();
  return { p50: quantile(late, 0.5), p99: quantile(late, 0.99), max: quantile(late, 1) };
}

/** How long the queues had which length, from the instants at which connections came and were taken. */
function timesAtDepths(
  memory: RunMemory,
  made: number,
  { left, capacity }: Ended,
  end: number,
): { timeAt: number[]; parts: number[] } {
  const members =
    new Set(memory.member.subarray(0, made)).size === 0 ? [0] : [...new Set(memory.member.subarray(0, made))];
  const timeAt: number[] = [];
  const parts = new Array<number>(PARTS).fill(0);
  for (const member of members) {
    const comes: number[] = [];
    const goes: number[] = [];
    const waiting: number[] = [];
    for (let k = 0; k < made; k++) {
      if (memory.member[k] !== member || memory.connected[k] === NEVER) continue;
      if (memory.accepted[k] !== NEVER) {
        comes.push(enqueuedAt(memory, k));
        goes.push(memory.accepted[k]);
      } else if (memory.errno[k] === 0) waiting.push(memory.connected[k]);
    }
    // of those never accepted, as many as were left are in the queue; the first of them: the others' final ACK found it full
    if (waiting.length > 0) comes.push(...waiting.sort((a, b) => a - b).slice(0, Math.min(left, capacity)));
    walk(Float64Array.from(comes).sort(), Float64Array.from(goes).sort(), end, timeAt, parts, capacity);
  }
  return { timeAt, parts };
}

function walk(
  comes: Float64Array,
  goes: Float64Array,
  end: number,
  timeAt: number[],
  parts: number[],
  capacity: number,
): void {
  let [c, g, depth, since] = [0, 0, 0, 0];
  while (c < comes.length || g < goes.length) {
    const isCome = c < comes.length && (g >= goes.length || comes[c] <= goes[g]);
    const at = isCome ? comes[c++] : goes[g++];
    timeAt[depth] = (timeAt[depth] ?? 0) + at - since;
    since = at;
    depth = Math.max(0, depth + (isCome ? 1 : -1));
    const part = Math.min(PARTS - 1, Math.max(0, Math.floor((at / Math.max(1, end)) * PARTS)));
    if (depth > parts[part]) parts[part] = Math.min(depth, capacity);
  }
  timeAt[depth] = (timeAt[depth] ?? 0) + Math.max(0, end - since);
  for (let k = 0; k < timeAt.length; k++) timeAt[k] ??= 0;
}
