// Whether clients on the host come when they will (open), or each again after its last connection (closed); and then after what.
import { plural } from '../../core/report/units.ts';
import type { ClientTry } from './observed-calls.ts';

/** A connect() with what the server did of it; NaN where it was not accepted. */
export interface Attempt extends ClientTry {
  readonly accepted: number;
  /** Of a reuseport group. */
  readonly member: number;
}

export interface ClosedLoop {
  readonly follows: 'connected' | 'response';
  readonly why: string;
  readonly slots: readonly {
    readonly first: number;
    readonly think: readonly number[];
    readonly members: readonly number[];
  }[];
}

/** Of a group's connects, those beyond the first of each slot, that must come with all slots in use again. */
const SATURATED = 0.8;
/** Of the connections that were accepted, those that ended, or were followed, only after it. */
const AFTER_ACCEPT = 0.95;
const FEW = 10;

/** Null where clients come when they will, or too few to tell. @param attempts by their first SYN. */
export function closedLoop(attempts: readonly Attempt[]): ClosedLoop | null {
  if (attempts.length < FEW) return null;
  const byTask = groups(attempts, (attempt) => attempt.tid);
  // a task that waits for its connect() cannot be an open client
  const blocking = [...byTask.values()].every((own) => own.every((next, k) => k === 0 || own[k - 1].ended <= next.syn));
  if (blocking && byTask.size * 3 <= attempts.length)
    return loopOf(
      [...byTask.values()],
      byTask.size === 1
        ? 'one task, which connects one at a time'
        : `${byTask.size} tasks, each of which connects one at a time`,
    );
  const groupsOfSlots: (readonly Attempt[])[] = [];
  for (const own of groups(attempts, (attempt) => (attempt.pid >= 0 ? attempt.pid : -2 - attempt.tid)).values()) {
    const slots = slotsOf(own);
    if (slots === null) return null;
    groupsOfSlots.push(...slots);
  }
  return loopOf(
    groupsOfSlots,
    `always ${plural(groupsOfSlots.length, 'connection')} at a time: a new one when one is over`,
  );
}

const groups = <T>(attempts: readonly T[], key: (attempt: T) => number): Map<number, T[]> => {
  const found = new Map<number, T[]>();
  for (const attempt of attempts) {
    const own = found.get(key(attempt));
    if (own === undefined) found.set(key(attempt), [attempt]);
    else own.push(attempt);
  }
  return found;
};

/** The connects of one process dealt out to the slots that it keeps in use; null where it does not keep their number. */
function slotsOf(attempts: readonly Attempt[]): Attempt[][] | null {
  const slots: Attempt[][] = [];
  const starts: number[] = [];
  let peak = 0;
  let open: Attempt[] = [];
  for (const attempt of attempts) {
    open = open.filter(({ ended }) => !(ended <= attempt.syn));
    open.push(attempt);
    starts.push(open.length);
    peak = Math.max(peak, open.length);
  }
  const after = starts.slice(peak);
  if (after.length < FEW || after.filter((count) => count >= peak - 1).length < after.length * SATURATED) return null;
  for (const attempt of attempts) {
    let free = -1;
    for (let k = 0; k < slots.length; k++) {
      const last = slots[k][slots[k].length - 1];
      if (!(last.ended <= attempt.syn)) continue;
      if (free < 0 || last.ended < slots[free][slots[free].length - 1].ended) free = k;
    }
    if (free < 0) slots.push([attempt]);
    else slots[free].push(attempt);
  }
  return slots;
}

function loopOf(slots: readonly (readonly Attempt[])[], why: string): ClosedLoop {
  let after = 0;
  let known = 0;
  for (const own of slots)
    for (let k = 1; k < own.length; k++) {
      if (Number.isNaN(own[k - 1].accepted)) continue;
      known++;
      if (own[k].syn >= own[k - 1].accepted) after++;
    }
  const follows = known > 0 && after >= known * AFTER_ACCEPT ? 'response' : 'connected';
  return {
    follows,
    why: `${why}, after ${follows === 'response' ? 'its answer' : 'its handshake, answered or not'}`,
    slots: slots.map((own) => ({
      first: own[0].syn,
      members: own.map(({ member }) => member),
      think: own.slice(1).map(({ syn }, k) => Math.max(0, syn - endOf(own[k], follows))),
    })),
  };
}

/** When a slot's connection was over for its client: what the next one follows. */
function endOf({ established, ended, accepted }: Attempt, follows: 'connected' | 'response'): number {
  if (follows === 'response' && !Number.isNaN(accepted)) return accepted;
  if (!Number.isNaN(established)) return established;
  return ended;
}
