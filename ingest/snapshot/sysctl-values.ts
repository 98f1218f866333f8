// Limits of the network namespace: `net.core.somaxconn = 4096` (sysctl), or `/proc/sys/net/core/somaxconn:4096` (grep . of the files).
import type { PartReader, SnapshotKind, SnapshotRows } from './snapshot.ts';

const VALUE = /^(?:\/proc\/sys\/)?([a-z]\w*(?:[./][\w-]+){1,8})(?:\s*=\s*|:)(.*)$/;
/** Those that decide what becomes of a SYN and an accept queue. */
const KEPT = new Set([
  'net.core.somaxconn',
  'net.ipv4.tcp_abort_on_overflow',
  'net.ipv4.tcp_fastopen',
  'net.ipv4.tcp_max_syn_backlog',
  'net.ipv4.tcp_migrate_req',
  'net.ipv4.tcp_syn_retries',
  'net.ipv4.tcp_synack_retries',
  'net.ipv4.tcp_syncookies',
  'net.unix.max_dgram_qlen',
]);

const nameOf = (line: string): readonly [name: string, value: string] | null => {
  const match = line.length > 4096 ? null : VALUE.exec(line);
  if (match === null) return null;
  const name = match[1].replaceAll('/', '.');
  // `grep .` and `sysctl` print different separators, but not each the other's
  return match[1].includes('/') === line.startsWith('/proc/sys/') ? [name, match[2].trim()] : null;
};

class SysctlReader implements PartReader {
  private readonly rows: SnapshotRows;

  constructor(rows: SnapshotRows) {
    this.rows = rows;
  }

  line(text: string): 'used' | 'unread' | 'foreign' {
    const setting = nameOf(text);
    if (setting === null) return 'foreign';
    const [name, value] = setting;
    if (!KEPT.has(name)) return 'used';
    if (!/^-?\d{1,10}$/.test(value)) return 'unread';
    this.rows.counter(`sysctl ${name}`, Number(value));
    return 'used';
  }

  end(): void {}
}

export const sysctlValues: SnapshotKind = {
  name: 'sysctl',
  begins: () => null,
  continues(line) {
    const setting = nameOf(line);
    return setting !== null && /^net\./.test(setting[0]) ? 'sysctl' : null;
  },
  open: (rows) => new SysctlReader(rows),
};
