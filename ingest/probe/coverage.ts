// Which buffer, and which way of recording, each kind of event is taken from, so that what was recorded twice counts once.
/*
 * One listen() may be in a file several times: in two instances that both had the event enabled, or in one as
 * syscalls:sys_enter_listen and again as raw_syscalls:sys_enter. Every kind of event is taken from one such source, the one
 * with the most records of it; the other records are ignored. Sources with another clock cannot be put in order with them.
 */

/** Numbers of records by source (buffer and family) and group. */
export class Coverage {
  private readonly families: number;
  private readonly counts = new Map<number, number[]>();

  constructor(families: number) {
    this.families = families;
  }

  sourceOf(buffer: number, family: number): number {
    return buffer * this.families + family;
  }

  add(source: number, group: number): void {
    let groups = this.counts.get(source);
    if (groups === undefined) {
      groups = [];
      this.counts.set(source, groups);
    }
    groups[group] = (groups[group] ?? 0) + 1;
  }

  /**
   * The source of every group, by number of records, then the order of families, then of buffers: first the one with the most
   * records of all. Also the buffers whose clock is not that one's: nothing is taken from them.
   */
  choose(buffers: readonly { readonly clock: string | null }[]): {
    chosen: number[];
    main: number;
    otherClock: number[];
  } {
    const totals = buffers.map(() => 0);
    const sources = [...this.counts].map(([source, counts]) => {
      const buffer = Math.floor(source / this.families);
      counts.forEach((count) => {
        totals[buffer] += count;
      });
      return { source, counts, buffer, family: source % this.families };
    });
    const main = totals.reduce((best, total, k) => (total > totals[best] ? k : best), 0);
    const { clock } = buffers[main];
    const otherClock = buffers.flatMap((buffer, k) => (totals[k] > 0 && buffer.clock !== clock ? [k] : []));
    const rank = (buffer: number): number => (buffer === main ? -1 : buffer);
    sources.sort((a, b) => a.family - b.family || rank(a.buffer) - rank(b.buffer));
    const chosen: number[] = [];
    const most: number[] = [];
    for (const { source, counts, buffer } of sources) {
      if (buffers[buffer].clock !== clock) continue;
      counts.forEach((count, group) => {
        if (count <= (most[group] ?? 0)) return;
        most[group] = count;
        chosen[group] = source;
      });
    }
    return { chosen, main, otherClock };
  }
}
