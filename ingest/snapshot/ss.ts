// ss -l: for a listener Recv-Q is the length of its accept queue and Send-Q is sk_max_ack_backlog (tcp_diag_get_info, unix_diag).
import { AF_INET, AF_INET6, AF_UNIX } from '../../core/event/dictionary.ts';
import type { PartReader, SnapshotKind, SnapshotRows } from './snapshot.ts';
import { readUsers } from './ss-users.ts';

const HEADER = /^(Netid +)?State +Recv-Q +Send-Q +Local Address:Port +Peer Address:Port/;
const STATES =
  'LISTEN|ESTAB|SYN-SENT|SYN-RECV|FIN-WAIT-1|FIN-WAIT-2|TIME-WAIT|UNCONN|CLOSE-WAIT|LAST-ACK|CLOSING|CLOSED|NEW-SYN-RECV|UNKNOWN';
const ROW = new RegExp(`^(?:([a-z_0-9]{1,8}) +)?(${STATES}) +(\\d{1,10}) +(\\d{1,10}) +(\\S.*)$`);
/** Local and peer address, the zone of a local one behind it. */
const INET = /^(\S{1,64}):(\d{1,5}|\S{1,32}) +(\S{1,64}):(\*|\d{1,5})(?= |$)(.*)$/;
const ZONE = /%[^\]]*/;
const UNIX = /^(.+?) (\d{1,15}) +\* 0(?= |$)(.*)$/;
const DROPS = /\bskmem:\((?:[a-z]+\d+,){0,12}d(\d{1,10})\)/;

class SsReader implements PartReader {
  private readonly rows: SnapshotRows;
  /** Rows of `*:port`: of every IPv6 and IPv4 address, or in releases before 4.15 of every IPv4 address alone. */
  private readonly stars: { row: number; port: number }[] = [];
  private old = false;
  /** Rows by address of listeners whose inode was not printed. */
  private readonly withoutInode = new Map<string, number[]>();
  /** The listener that continuation lines are about. */
  private latest = -1;

  constructor(rows: SnapshotRows) {
    this.rows = rows;
  }

  line(text: string): 'used' | 'unread' | 'foreign' {
    if (HEADER.test(text)) return 'used';
    if (/^\s/.test(text)) {
      this.addDrops(text);
      return 'used';
    }
    const row = ROW.exec(text);
    if (row === null) return 'foreign';
    const [, netid, state, depth, limit, rest] = row;
    this.latest = -1;
    if (state !== 'LISTEN' || !(netid === undefined || netid === 'tcp' || /^u_/.test(netid))) return 'used';
    // without a Netid, a UNIX socket is told by its peer
    const read = /^u_/.test(netid ?? '') ? this.unix : netid === undefined && !INET.test(rest) ? this.unix : this.inet;
    return read.call(this, Number(depth), Number(limit), rest) ? 'used' : 'unread';
  }

  end(): void {
    const { endpoints } = this.rows;
    for (const rows of this.withoutInode.values())
      if (rows.length > 1) for (const [k, row] of rows.entries()) this.rows.setInode(row, -1 - k);
    for (const { row, port } of this.stars) {
      endpoints.words.fill(0);
      this.rows.setEndpoint(row, this.old ? endpoints.internInet(0, port) : endpoints.intern6(port));
    }
  }

  private inet(depth: number, limit: number, rest: string): boolean {
    const parts = INET.exec(rest);
    if (parts === null) return false;
    const [, local, port, peer, , more] = parts;
    const number = /^\d+$/.test(port) ? Number(port) : Number.NaN; // by its name without -n
    if (!(number <= 65535)) return false;
    if (local === '*') {
      this.add(depth, limit, Number.NaN, AF_INET6, more, number);
      return true;
    }
    const address = local.replace(ZONE, '');
    if (address.includes(':') && !address.startsWith('[')) this.old = true;
    if (!address.includes(':') && peer === '*') this.old = true;
    const bare = address.startsWith('[') ? address : address.includes(':') ? `[${address}]` : address;
    const bytes = Buffer.from(`${bare}:${number}`, 'latin1');
    const endpoint = this.rows.endpoints.endpoint(bytes, 0, bytes.length);
    if (Number.isNaN(endpoint)) return false;
    this.add(depth, limit, endpoint, address.includes(':') ? AF_INET6 : AF_INET, more, null);
    return true;
  }

  private unix(depth: number, limit: number, rest: string): boolean {
    const parts = UNIX.exec(rest);
    if (parts === null) return false;
    const [, path, inode, more] = parts;
    this.latest = this.rows.listener(Number.NaN, depth, limit, Number(inode), path);
    for (const { comm, pid, fd } of readUsers(more)?.holders ?? [])
      this.rows.holder(comm, pid, fd, Number.NaN, Number(inode), AF_UNIX);
    return true;
  }

  private add(
    depth: number,
    limit: number,
    endpoint: number,
    family: number,
    more: string,
    starPort: number | null,
  ): void {
    const users = readUsers(more);
    const behind = users === null ? more : more.slice(users.end);
    const inode = Number(/ ino:(\d{1,15})(?= |$)/.exec(behind)?.[1] ?? Number.NaN);
    const row = this.rows.listener(endpoint, depth, limit, inode, null);
    this.latest = row;
    if (Number.isNaN(inode)) {
      const key = starPort === null ? String(endpoint) : `*:${starPort}`;
      this.withoutInode.set(key, [...(this.withoutInode.get(key) ?? []), row]);
    }
    const rows = [row];
    for (const { comm, pid, fd } of users?.holders ?? [])
      rows.push(this.rows.holder(comm, pid, fd, endpoint, inode, family));
    if (starPort !== null) for (const each of rows) this.stars.push({ row: each, port: starPort });
    this.addDrops(behind);
  }

  private addDrops(text: string): void {
    const drops = DROPS.exec(text);
    if (drops !== null && this.latest >= 0) this.rows.setDrops(this.latest, Number(drops[1]));
  }
}

export const ss: SnapshotKind = {
  name: 'ss',
  begins(line) {
    const header = HEADER.exec(line);
    return header === null ? null : header[1] === undefined ? 'ss' : 'ss with netid';
  },
  continues: (line) => (ROW.test(line) ? 'ss rows' : null),
  open: (rows) => new SsReader(rows),
};
