// /proc/net/netstat and /proc/net/snmp: a line of names and a line of values for each table (net/ipv4/proc.c).
import { isKept } from './counter-names.ts';
import type { PartReader, SnapshotKind, SnapshotRows } from './snapshot.ts';

const NAMES = /^(\w{1,32}):(?: [A-Za-z]\w{0,63})+ *$/;
const VALUES = /^(\w{1,32}):(?: -?\d{1,20})+ *$/;
const MOST_LENGTH = 65536;
/** Key of the table with ListenOverflows. */
export const COUNTERS_OF_TCP = 'counters of TcpExt';

class PairReader implements PartReader {
  private readonly rows: SnapshotRows;
  private names: string[] = [];

  constructor(rows: SnapshotRows) {
    this.rows = rows;
  }

  line(text: string): 'used' | 'unread' | 'foreign' {
    if (text.length > MOST_LENGTH) return 'unread';
    if (NAMES.test(text)) {
      this.names = text.trimEnd().split(' ');
      return 'used';
    }
    if (!VALUES.test(text)) return 'foreign';
    const values = text.trimEnd().split(' ');
    const { names } = this;
    if (values[0] !== names[0] || values.length !== names.length) return 'unread';
    const table = names[0].slice(0, -1);
    for (let k = 1; k < names.length; k++) {
      const value = Number(values[k]);
      if (isKept(table + names[k]) && Number.isSafeInteger(value)) this.rows.counter(table + names[k], value);
    }
    return 'used';
  }

  end(): void {}
}

export const procCounters: SnapshotKind = {
  name: '/proc/net/netstat and /proc/net/snmp',
  begins(line) {
    const names = line.length > MOST_LENGTH ? null : NAMES.exec(line);
    return names === null ? null : `counters of ${names[1]}`;
  },
  continues: () => null,
  open: (rows) => new PairReader(rows),
};
