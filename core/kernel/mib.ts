// The counters of one network namespace that the path touches (net/ipv4/proc.c names; LINUX_MIB_* and TCP_MIB_*).
export const COUNTERS = [
  'ListenOverflows',
  'ListenDrops',
  'TCPReqQFullDrop',
  'TCPReqQFullDoCookies',
  'SyncookiesSent',
  'SyncookiesRecv',
  'SyncookiesFailed',
  'TCPTimeouts',
  'EmbryonicRsts',
  'TCPDeferAcceptDrop',
  'TCPMigrateReqSuccess',
  'TCPMigrateReqFailure',
  'TCPSynRetrans',
  'TCPACKSkippedSynRecv',
  'TCPFastOpenPassive',
  'TCPFastOpenPassiveFail',
  'TCPFastOpenListenOverflow',
  'TCPFastOpenCookieReqd',
  'ActiveOpens',
  'PassiveOpens',
  'AttemptFails',
  'EstabResets',
  'OutRsts',
  'RetransSegs',
] as const;

export type Counter = (typeof COUNTERS)[number];

/** Counter values, all starting at 0. */
export type Mib = Record<Counter, number>;

export const emptyMib = (): Mib => Object.fromEntries(COUNTERS.map((name) => [name, 0])) as Mib;
