// Which buffer, and which way of recording, each kind of event is taken from, so that what was recorded twice counts once.
import type { BufferData } from './trace-file.ts';

/*
 * One listen() may be in a file several times: in two instances that both had the event enabled, or in one as
 * syscalls:sys_enter_listen and again as raw_syscalls:sys_enter. Every kind of event is taken from one such source, the one
 * with the most records of it; the other records are ignored. Sources with another clock cannot be put in order with them.
 */

/** Numbers of records by source (buffer and family) and group. */
export class Coverage {
  private readonly families: number;
  private readonly counts: number[][] = [];

  constructor(families: number) {
    this.families = families;
  }

  sourceOf(buffer: number, family: number): number {
    return buffer * this.families + family;
  }

  add(source: number, group: number): void {
    let groups = this.counts[source];
    if (groups === undefined) {
      groups = [];
      this.counts[source] = groups;
    }
    groups[group] = (groups[group] ?? 0) + 1;
  }

  private total(buffer: number): number {
    let sum = 0;
    for (let family = 0; family < this.families; family++)
      for (const count of this.counts[this.sourceOf(buffer, family)] ?? []) sum += count ?? 0;
    return sum;
  }

  /**
   * The source of every group, by number of records, then the order of families, then of buffers: first the one with the most
   * records of all. Also the buffers whose clock is not that one's: nothing is taken from them.
   */
  choose(buffers: readonly BufferData[]): { chosen: number[]; main: number; otherClock: number[] } {
    const totals = buffers.map((_, buffer) => this.total(buffer));
    const main = totals.indexOf(Math.max(...totals));
    const otherClock = buffers.flatMap((buffer, k) =>
      totals[k] > 0 && buffer.clock !== buffers[main].clock ? [k] : [],
    );
    const order = [main, ...buffers.keys()].filter((buffer) => !otherClock.includes(buffer));
    const chosen: number[] = [];
    const most: number[] = [];
    for (let family = 0; family < this.families; family++) {
      for (const buffer of order) {
        const source = this.sourceOf(buffer, family);
        (this.counts[source] ?? []).forEach((count, group) => {
          if (count <= (most[group] ?? 0)) return;
          most[group] = count;
          chosen[group] = source;
        });
      }
    }
    return { chosen, main, otherClock };
  }
}
