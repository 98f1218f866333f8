// What tools read of listeners beside the capture (ss, /proc/net/tcp): by address, at about that time. Settled at the end, when all listeners are known.
import type { Endpoint } from '../event/dictionary.ts';
import { EventBatch } from '../event/event-batch.ts';
import type { Listener } from './listener.ts';
import type { Listeners } from './listeners.ts';
import type { Reading } from './readings.ts';

export interface SnapshotOptions {
  readonly endpoint: (id: number) => Endpoint;
  readonly unknownListener: (endpoint: number) => Listener;
}

export class SnapshotReadings {
  private readonly listeners: Listeners;
  private readonly options: SnapshotOptions;
  private readonly rows = new EventBatch(16);

  constructor(listeners: Listeners, options: SnapshotOptions) {
    this.listeners = listeners;
    this.options = options;
  }

  add(batch: EventBatch, row: number): void {
    if (!Number.isNaN(batch.args[0][row])) this.rows.copyRow(batch, row);
  }

  /**
   * Hands each reading to the listener that it is of. Listeners that share an address (SO_REUSEPORT) cannot be told apart by it: what is
   * read of those is left in the log. A listener with connections waiting that nothing else shows becomes known here.
   */
  settle(tell: (listener: Listener, reading: Reading) => void): void {
    const { at: times, args, length } = this.rows;
    const [local, depth, limit, drops] = args;
    for (let row = 0; row < length; ) {
      const at = times[row];
      let end = row + 1;
      while (end < length && times[end] === at) end++;
      const rowsAt = this.countByEndpoint(row, end);
      for (; row < end; row++) {
        if ((rowsAt.get(local[row]) as Set<number>).size > 1) continue;
        const listener = this.of(local[row], at, depth[row]);
        if (listener === undefined) continue;
        tell(listener, {
          at,
          ackBacklog: depth[row],
          maxAckBacklog: limit[row],
          drops: drops[row],
          synQueueLen: Number.NaN,
        });
      }
    }
  }

  /** Which sockets each address has among rows of one time: by inode, below 0 where a table has several rows of it and no inodes. */
  private countByEndpoint(first: number, end: number): Map<number, Set<number>> {
    const [local, , , , inode] = this.rows.args;
    const found = new Map<number, Set<number>>();
    for (let row = first; row < end; row++) {
      const sockets = found.get(local[row]) ?? new Set<number>();
      found.set(local[row], sockets);
      if (!Number.isNaN(inode[row])) sockets.add(inode[row]);
    }
    return found;
  }

  private of(local: number, at: number, depth: number): Listener | undefined {
    const endpoint = this.options.endpoint(local);
    const candidates = this.listeners.all.filter(
      (listener) => listener.port === endpoint.port && listener.address === endpoint.address && !listener.failed,
    );
    const then = candidates.filter(
      (listener) => (listener.opened_at ?? 0) <= at && at <= (listener.closed_at ?? Number.POSITIVE_INFINITY),
    );
    if (then.length === 1) return then[0];
    if (candidates.length > 0 || !(depth > 0)) return undefined;
    return this.options.unknownListener(local);
  }
}
