// Other days like this one: arrivals drawn anew from those recorded, in blocks, so that bursts stay bursts.
import { type Prepared, withArrivals } from './prepared.ts';

/** mulberry32: small, fast, and the same everywhere; in [0, 1). */
export function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Gaps between arrivals in a block: long enough for a burst, short enough for many blocks. */
const blockOf = (count: number): number => Math.max(1, Math.round(count ** (2 / 3)));

/** Open clients come at gaps drawn in blocks; of closed ones whole slots are drawn. Same seed, same day. */
export function resampled(prepared: Prepared, seed: number): Prepared {
  const random = chance(seed);
  return prepared.closed ? slotsDrawn(prepared, random) : gapsDrawn(prepared, random);
}

function gapsDrawn(prepared: Prepared, random: () => number): Prepared {
  const { arrivals, members } = prepared;
  const count = arrivals.length;
  if (count < 2) return prepared;
  const block = blockOf(count);
  const drawn = new Float64Array(count);
  const drawnMembers = new Int32Array(members.length === 0 ? 0 : count);
  let at = arrivals[0];
  for (let k = 0; k < count; ) {
    const from = Math.floor(random() * count);
    for (let j = 0; j < block && k < count; j++, k++) {
      const source = (from + j) % count;
      // the gap before the first of all is none
      if (k > 0) at += source === 0 ? 0 : arrivals[source] - arrivals[source - 1];
      drawn[k] = at;
      if (drawnMembers.length > 0) drawnMembers[k] = members[source];
    }
  }
  return withArrivals(prepared, drawn, drawnMembers);
}

function slotsDrawn(prepared: Prepared, random: () => number): Prepared {
  const { arrivals, think, thinkFrom, members } = prepared;
  const slots = arrivals.length;
  const drawnThink = new Float64Array(think.length);
  for (let slot = 0; slot < slots; slot++) {
    const own = thinkFrom[slot + 1] - thinkFrom[slot];
    const other = Math.floor(random() * slots);
    const length = thinkFrom[other + 1] - thinkFrom[other];
    // as many connections as the slot had, at the other's pace
    const offset = length === 0 ? 0 : Math.floor(random() * length);
    for (let k = 0; k < own; k++)
      drawnThink[thinkFrom[slot] + k] =
        length === 0 ? think[thinkFrom[slot] + k] : think[thinkFrom[other] + ((offset + k) % length)];
  }
  return { ...prepared, think: drawnThink, members };
}
