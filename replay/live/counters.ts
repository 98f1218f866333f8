// The namespace's own counters, from /proc/net/netstat and /proc/net/snmp: nobody else's connections are in them.
import { readFileSync } from 'node:fs';

/** Those that the listen/accept path has to do with. */
const NAMES = [
  'ListenOverflows',
  'ListenDrops',
  'TCPReqQFullDrop',
  'TCPReqQFullDoCookies',
  'SyncookiesSent',
  'SyncookiesRecv',
  'SyncookiesFailed',
  'TCPSynRetrans',
  'TCPAbortOnTimeout',
  'PassiveOpens',
  'ActiveOpens',
  'AttemptFails',
  'EstabResets',
] as const;

export type Counters = Readonly<Record<string, number>>;

/** Lines come in pairs: `TcpExt: name name`, `TcpExt: value value`. */
export function countersIn(text: string): Counters {
  const found: Record<string, number> = {};
  const lines = text.split('\n');
  for (let k = 0; k + 1 < lines.length; k += 2) {
    const names = lines[k].split(' ');
    const values = lines[k + 1].split(' ');
    for (const name of NAMES) {
      const at = names.indexOf(name);
      if (at > 0) found[name] = Number(values[at]);
    }
  }
  return found;
}

/** Of the calling thread's namespace. */
export const readCounters = (): Counters =>
  countersIn(
    readFileSync('/proc/thread-self/net/netstat', 'utf8') + readFileSync('/proc/thread-self/net/snmp', 'utf8'),
  );

export const countersSince = (before: Counters, after: Counters): Counters =>
  Object.fromEntries(Object.entries(after).map(([name, value]) => [name, value - (before[name] ?? 0)]));
