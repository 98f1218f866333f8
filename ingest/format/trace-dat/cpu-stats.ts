// The counters of per_cpu/cpuN/stats that a trace.dat keeps: how many records each CPU's buffer has lost in all.

/*
 * Three counters of the kernel are losses: `overrun` (old records overwritten before they were read), `dropped events` (new ones
 * for which a full buffer without overwriting had no room) and `commit overrun` (ones that interrupted a write across the whole
 * buffer). Pages tell of the first kind only, where it happened: those notices and these totals count the same losses, so totals
 * become lost_samples, a sum without a place in time, and reports take the larger of the two.
 */

const LOSSES = ['overrun: ', 'commit overrun: ', 'dropped events: '];

const keyOf = (buffer: string, cpu: number): string => `${cpu} ${buffer}`;

/** Sums of losses by buffer and CPU. */
export class CpuStats {
  private readonly losses = new Map<string, number>();

  /** `texts` in file order, in which a line `Buffer: NAME` stands in front of an instance's. */
  constructor(texts: readonly string[]) {
    let buffer = '';
    let cpu = -1;
    for (const line of texts.flatMap((text) => text.split('\n'))) {
      if (line.startsWith('Buffer: ')) buffer = line.slice(8).trim();
      else if (line.startsWith('CPU: ')) cpu = Number.parseInt(line.slice(5), 10);
      const name = LOSSES.find((start) => line.startsWith(start));
      const lost = name === undefined ? 0 : Number(line.slice(name.length));
      if (!(lost > 0 && Number.isSafeInteger(lost) && cpu >= 0)) continue;
      this.losses.set(keyOf(buffer, cpu), lost + this.lost(buffer, cpu));
    }
  }

  /** How many records the buffer lost on the CPU, 0 when none or not known. */
  lost(buffer: string, cpu: number): number {
    return this.losses.get(keyOf(buffer, cpu)) ?? 0;
  }
}
