// The counters of one network namespace that the path touches (net/ipv4/proc.c names; LINUX_MIB_* and TCP_MIB_*).

/** All start at 0. Each increment stands where the kernel has it: `net.mib.ListenDrops++`. */
export class Mib {
  ListenOverflows = 0;
  ListenDrops = 0;
  TCPReqQFullDrop = 0;
  TCPReqQFullDoCookies = 0;
  SyncookiesSent = 0;
  SyncookiesRecv = 0;
  SyncookiesFailed = 0;
  TCPTimeouts = 0;
  EmbryonicRsts = 0;
  TCPDeferAcceptDrop = 0;
  TCPMigrateReqSuccess = 0;
  TCPMigrateReqFailure = 0;
  TCPSynRetrans = 0;
  TCPACKSkippedSynRecv = 0;
  TCPFastOpenPassive = 0;
  TCPFastOpenPassiveFail = 0;
  TCPFastOpenListenOverflow = 0;
  TCPFastOpenCookieReqd = 0;
  ActiveOpens = 0;
  PassiveOpens = 0;
  AttemptFails = 0;
  EstabResets = 0;
  OutRsts = 0;
  RetransSegs = 0;
}

export type Counter = keyof Mib;

/** Every counter's name. */
export const COUNTERS = Object.keys(new Mib()) as readonly Counter[];
