// /proc/net/tcp and tcp6 (get_tcp4_sock in net/ipv4/tcp_ipv4.c): of a listener, rx_queue is the length of its accept queue.
import type { PartReader, SnapshotKind, SnapshotRows } from './snapshot.ts';

const HEADER = /^ +sl +local_address +(rem|remote)_address +st /;
const ROW =
  /^ *\d{1,9}: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) [0-9A-F]{8,32}:[0-9A-F]{4} ([0-9A-F]{2}) [0-9A-F]{8}:([0-9A-F]{8}) [0-9A-F]{2}:[0-9A-F]{8} [0-9A-F]{8} +\d{1,10} +\d{1,10} (\d{1,15}) /;

const ESTABLISHED = '01';
const CLOSE_WAIT = '08';
const LISTEN = '0A';
const WILDCARD = /^0+$/;
/** An IPv4 peer of a listener for both: ::ffff:a.b.c.d. */
const MAPPED = '0000000000000000FFFF0000';

/** Words are printed as the machine holds them, which for nearly all is the last byte first. */
const swapped = (word: number): number =>
  (((word & 255) << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0;

class TcpTableReader implements PartReader {
  private readonly rows: SnapshotRows;
  private readonly listeners: { address: string; port: string; endpoint: number }[] = [];
  /** Connections without an inode that are not over: no accept() has taken them. By port, then local address. */
  private readonly waiting = new Map<string, Map<string, number>>();

  constructor(rows: SnapshotRows) {
    this.rows = rows;
  }

  line(text: string): 'used' | 'unread' | 'foreign' {
    if (HEADER.test(text)) return 'used';
    const row = ROW.exec(text);
    if (row === null) return /^ *\d+: [0-9A-F]{8}/.test(text) ? 'unread' : 'foreign';
    const [, address, port, state, received, inode] = row;
    if (state === LISTEN) {
      const endpoint = this.endpoint(address, port);
      this.listeners.push({ address, port, endpoint });
      this.rows.listener(endpoint, Number.parseInt(received, 16), Number.NaN, Number(inode), null);
    } else if ((state === ESTABLISHED || state === CLOSE_WAIT) && inode === '0') {
      const byAddress = this.waiting.get(port) ?? new Map<string, number>();
      this.waiting.set(port, byAddress);
      byAddress.set(address, (byAddress.get(address) ?? 0) + 1);
    }
    return 'used';
  }

  /** Each listener's waiting connections, counted a second way: the table is no snapshot of one instant, so the two may differ. */
  end(): void {
    for (const { address, port, endpoint } of this.listeners) {
      const byAddress = this.waiting.get(port);
      if (byAddress === undefined) continue;
      let count = 0;
      for (const [local, children] of byAddress) {
        const same = local === address || local === MAPPED + address;
        if (same || (WILDCARD.test(address) && local.length === address.length)) count += children;
      }
      if (count > 0) this.rows.counter(`children waiting at ${this.rows.written(endpoint)}`, count);
    }
  }

  private endpoint(address: string, port: string): number {
    const { endpoints } = this.rows;
    const number = Number.parseInt(port, 16);
    for (let k = 0; k * 8 < address.length; k++)
      endpoints.words[k] = swapped(Number.parseInt(address.slice(k * 8, k * 8 + 8), 16));
    return address.length === 8 ? endpoints.internInet(endpoints.words[0], number) : endpoints.intern6(number);
  }
}

export const procNetTcp: SnapshotKind = {
  name: '/proc/net/tcp and tcp6',
  begins(line) {
    const header = HEADER.exec(line);
    return header === null ? null : header[1] === 'rem' ? '/proc/net/tcp' : '/proc/net/tcp6';
  },
  continues: () => null,
  open: (rows) => new TcpTableReader(rows),
};
