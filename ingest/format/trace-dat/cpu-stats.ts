// The counters of per_cpu/cpuN/stats that a trace.dat keeps: how many records each CPU's buffer has lost in all.

/*
 * Three counters of the kernel are losses: `overrun` (old records overwritten before they were read), `dropped events` (new ones
 * for which a full buffer without overwriting had no room) and `commit overrun` (ones that interrupted a write across the whole
 * buffer). Pages tell of the first kind only, where it happened: those notices and these totals count the same losses, so totals
 * become lost_samples, a sum without a place in time, and reports take the larger of the two.
 */

const LOSSES = ['overrun: ', 'commit overrun: ', 'dropped events: '];

export interface CpuLoss {
  /** Name of the buffer. */
  readonly buffer: string;
  readonly cpu: number;
  readonly lost: number;
}

/** Losses by buffer and CPU; `texts` in file order, in which a line `Buffer: NAME` stands in front of an instance's. */
export function readCpuStats(texts: readonly string[]): CpuLoss[] {
  const losses = new Map<string, CpuLoss>();
  let buffer = '';
  let cpu = -1;
  for (const line of texts.flatMap((text) => text.split('\n'))) {
    if (line.startsWith('Buffer: ')) buffer = line.slice(8).trim();
    else if (line.startsWith('CPU: ')) cpu = Number.parseInt(line.slice(5), 10);
    const name = LOSSES.find((start) => line.startsWith(start));
    const lost = name === undefined ? 0 : Number(line.slice(name.length));
    if (!(lost > 0 && Number.isSafeInteger(lost) && cpu >= 0)) continue;
    const key = `${cpu} ${buffer}`;
    losses.set(key, { buffer, cpu, lost: lost + (losses.get(key)?.lost ?? 0) });
  }
  return [...losses.values()];
}
