// The rule differences between kernel releases, as data: one row per release that changed a rule; a profile is all rows up to it.

/** Checks of accept4() before the socket is asked, in the order that a release makes them (net/socket.c __sys_accept4). */
export type AcceptCheck = 'flags' | 'file' | 'socket' | 'fd';

/** What differs between releases on the listen/accept path. The comment names the function that holds the rule. */
export interface KernelRules {
  /** Default of net.core.somaxconn (include/linux/socket.h SOMAXCONN). */
  readonly somaxconn: number;
  /** Files that exit() or exec() close together end in the opposite order (task_work_run, 4.3); before, in order. */
  readonly lastClosedEndsFirst: boolean;
  /** Bits of sk_ack_backlog and sk_max_ack_backlog (struct sock): a larger effective backlog is cut to its low bits. */
  readonly backlogBits: 16 | 32;
  /** When sk_max_ack_backlog is written: after success (0 in between), in inet_csk_listen_start before get_port, or first of all in inet_listen. */
  readonly backlogWritten: 'after-success' | 'in-listen-start' | 'first';
  /** Where requests live: in the listener's own table (struct listen_sock), or in the established hash. */
  readonly synQueue: 'listen_sock' | 'ehash';
  /** inet_csk_reqsk_queue_is_full: `qlen >> max_qlen_log` of the table, qlen >= backlog, or qlen > backlog. */
  readonly synQueueFull: '>=table' | '>=backlog' | '>backlog';
  /** tcp_conn_request with a full accept queue: dropped only if more than one young request waits, or always. */
  readonly synAtFullAcceptQueue: 'drop-if-young' | 'drop';
  /** Whether that drop counts as ListenOverflows and ListenDrops. */
  readonly countsSynOverflow: boolean;
  /** TCPReqQFullDrop and TCPReqQFullDoCookies exist (tcp_syn_flood_action). */
  readonly countsReqQFull: boolean;
  /** TCPDeferAcceptDrop exists (tcp_check_req). */
  readonly countsDeferAcceptDrop: boolean;
  /** SYN-ACK retransmission: a sweep of the table every 200 ms (inet_csk_reqsk_queue_prune), or a timer per request (reqsk_timer_handler). */
  readonly synAckTimer: 'sweep' | 'per-request';
  /** First SYN-ACK timeout, milliseconds (TCP_TIMEOUT_INIT). */
  readonly initialRtoMs: number;
  /** What inet_csk_listen_stop does with half-open requests. */
  readonly halfOpenAtClose: 'destroyed' | 'linger';
  /** MPTCP sockets exist: in Linux since 5.6, in distributions' kernels later (Debian's 5.10 is built without). */
  readonly mptcp: boolean;
  /** Whether a cookie was sent recently is told by 32 bits of jiffies (tcp_synq_no_recent_overflow, 5.5): see cookie.ts. */
  readonly overflowStampWraps: boolean;
  /** SO_REUSEPORT for TCP (3.9). */
  readonly reuseport: boolean;
  /** The requests of a closed reuseport member may move to another one (5.14). */
  readonly migration: boolean;
  /** An acceptor that sleeps on the heir is woken for a connection that moved there (inet_csk_listen_stop; 7.1). */
  readonly migrationWakes: boolean;
  /** net.ipv4.tcp_migrate_req can be written. 5.10.223 has the file without the rule. */
  readonly migrateSysctl: boolean;
  /** Order of accept4()'s first checks. */
  readonly acceptChecks: readonly AcceptCheck[];
  /** Timer wheel with levels that round up (4.8): an expiry may be late by up to an eighth of its distance. */
  readonly timerWheel: 'exact' | 'levels';
  /** Of one tick, the timers of requests (TIMER_PINNED) fire before those of full sockets (run_timer_softirq, 6.9). */
  readonly pinnedTimersFirst: boolean;
  /** accept4() exists (2.6.28). */
  readonly accept4: boolean;
  /** sock:sk_data_ready exists (6.3). */
  readonly tracesDataReady: boolean;
  /** The child's addresses are set before its LISTEN → SYN_RECV event (6.15). */
  readonly childTupleBeforeState: boolean;
  /** bind() of a UNIX socket that has a name already leaves the file of the new one behind (unix_bind, until 5.12). */
  readonly unixBindLeavesFile: boolean;
  /** setsockopt(SO_REUSEPORT) refused with EOPNOTSUPP on sockets that are not IP (6.13). */
  readonly reuseportOnlyInet: boolean;
  /**
   * A reset that ends a connection, and the SYN of a simultaneous open, count as drops of the sock (tcp_reset,
   * tcp_rcv_synsent_state_process; until 5.17). Seen when that sock listens later.
   */
  readonly resetCountsDrop: boolean;
  /** The first holder of a port opens the shortcuts of SO_REUSEADDR and SO_REUSEPORT for any address (inet_csk_update_fastreuse, until 6.7). */
  readonly remembersFirstHolder: boolean;
  /** shutdown(SHUT_WR) before a connection is there takes effect when it is (tcp_shutdown, tcp_rcv_state_process; 6.10). */
  readonly defersShutdown: boolean;
  /** A reset for a request must have the exact number, or is challenged (tcp_check_req). */
  readonly challengesInexactReset: boolean;
  /** Retransmissions of a client's SYN at a constant distance before it doubles: default of tcp_syn_linear_timeouts (6.5). */
  readonly synLinearTimeouts: number;
}

const OLDEST: KernelRules = {
  somaxconn: 128,
  lastClosedEndsFirst: false,
  backlogBits: 16,
  backlogWritten: 'after-success',
  synQueue: 'listen_sock',
  synQueueFull: '>=table',
  synAtFullAcceptQueue: 'drop-if-young',
  countsSynOverflow: false,
  countsReqQFull: false,
  countsDeferAcceptDrop: false,
  synAckTimer: 'sweep',
  initialRtoMs: 3000,
  halfOpenAtClose: 'destroyed',
  mptcp: false,
  overflowStampWraps: false,
  reuseport: false,
  migration: false,
  migrationWakes: false,
  migrateSysctl: false,
  acceptChecks: ['file', 'socket', 'fd'],
  timerWheel: 'exact',
  pinnedTimersFirst: false,
  accept4: false,
  tracesDataReady: false,
  childTupleBeforeState: false,
  unixBindLeavesFile: true,
  reuseportOnlyInet: false,
  resetCountsDrop: true,
  remembersFirstHolder: true,
  defersShutdown: false,
  challengesInexactReset: false,
  synLinearTimeouts: 0,
};

/** One row: from this release on, these rules hold. `stable` names the point releases of older lines that took the change too. */
interface Row {
  readonly since: string;
  readonly changes: Partial<KernelRules>;
  readonly stable?: Readonly<Record<string, number>>;
}

const ROWS: readonly Row[] = [
  { since: '2.6.24', changes: {} },
  { since: '2.6.28', changes: { accept4: true, acceptChecks: ['flags', 'file', 'socket', 'fd'] } },
  { since: '3.0', changes: { countsDeferAcceptDrop: true } },
  { since: '3.1', changes: { initialRtoMs: 1000 } },
  { since: '3.9', changes: { reuseport: true } },
  { since: '3.13', changes: { countsSynOverflow: true, countsReqQFull: true } },
  { since: '4.3', changes: { lastClosedEndsFirst: true } },
  {
    since: '4.4',
    changes: {
      backlogBits: 32,
      backlogWritten: 'in-listen-start',
      synQueue: 'ehash',
      synQueueFull: '>=backlog',
      synAckTimer: 'per-request',
      halfOpenAtClose: 'linger',
    },
  },
  { since: '4.8', changes: { timerWheel: 'levels' } },
  { since: '4.10', changes: { synAtFullAcceptQueue: 'drop' } },
  { since: '5.4', changes: { somaxconn: 4096, backlogWritten: 'first' } },
  { since: '5.5', changes: { overflowStampWraps: true } },
  { since: '5.10', changes: { acceptChecks: ['file', 'flags', 'socket', 'fd'] } },
  { since: '5.13', changes: { unixBindLeavesFile: false } },
  { since: '5.14', changes: { migration: true } },
  { since: '5.14', changes: { migrateSysctl: true }, stable: { '5.10': 223 } },
  { since: '5.15', changes: { mptcp: true } },
  // Stable 5.10 took it with io_uring between .44 (source) and .223 (seen).
  { since: '5.15', changes: { acceptChecks: ['file', 'flags', 'fd', 'socket'] }, stable: { '5.10': 223 } },
  { since: '5.18', changes: { resetCountsDrop: false } },
  { since: '6.3', changes: { tracesDataReady: true } },
  { since: '6.5', changes: { synLinearTimeouts: 4 } },
  { since: '6.8', changes: { remembersFirstHolder: false } },
  { since: '6.9', changes: { pinnedTimersFirst: true } },
  {
    since: '6.10',
    changes: { defersShutdown: true },
    stable: { '4.19': 314, '5.4': 276, '5.10': 217, '5.15': 159, '6.1': 91, '6.6': 31, '6.8': 10 },
  },
  {
    since: '6.13',
    changes: { synQueueFull: '>backlog' },
    stable: { '5.4': 290, '5.10': 234, '5.15': 177, '6.1': 125, '6.6': 72, '6.12': 10 },
  },
  {
    since: '6.13',
    changes: { reuseportOnlyInet: true },
    stable: { '5.10': 234, '5.15': 177, '6.1': 124, '6.6': 70, '6.12': 9 },
  },
  { since: '6.15', changes: { childTupleBeforeState: true } },
  // Posted in April 2026; seen in these point releases of the stable lines, and it may be in some older than them.
  { since: '7.1', changes: { migrationWakes: true }, stable: { '6.1': 176, '6.12': 117, '6.18': 44 } },
  // Not in early 6.18 (source); seen on these point releases, and it may be some older than them. Not on 6.1.176 and 5.10.223.
  { since: '7.2', changes: { challengesInexactReset: true }, stable: { '6.12': 117, '6.18': 44 } },
];

/** A kernel release as this model knows it. */
export interface KernelProfile extends KernelRules {
  /** The release asked for, as `uname -r` prints it. */
  readonly release: string;
}

interface Version {
  readonly line: string;
  readonly parts: readonly [number, number, number];
}

/** Reads `5.10.0-32-cloud-amd64`, `6.18.44` or `2.6.32-754.el6`: the leading numbers. Null for none. */
function versionOf(release: string): Version | null {
  const match = /^(\d+)\.(\d+)(?:\.(\d+))?/.exec(release);
  if (match === null) return null;
  const parts = [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)] as const;
  return { line: `${parts[0]}.${parts[1]}`, parts: [...parts] };
}

const atLeast = (a: Version['parts'], b: Version['parts']): boolean =>
  a[0] !== b[0] ? a[0] > b[0] : a[1] !== b[1] ? a[1] > b[1] : a[2] >= b[2];

function holds(row: Row, version: Version): boolean {
  const since = versionOf(row.since);
  if (since !== null && atLeast(version.parts, since.parts)) return true;
  const backport = row.stable?.[version.line];
  return backport !== undefined && version.parts[2] >= backport;
}

/**
 * The profile of a release: every row that holds for it, oldest first. Releases between two rows behave like the older one; a release
 * before 2.6.24 like 2.6.24; null when the text has no version. Distributions that write `5.10.0-32` hide the point release: pass the
 * upstream version (`5.10.223`, from `uname -v`) where it is known.
 */
export function kernelProfile(release: string): KernelProfile | null {
  const version = versionOf(release);
  if (version === null) return null;
  let rules = OLDEST;
  for (const row of ROWS) if (holds(row, version)) rules = { ...rules, ...row.changes };
  return { ...rules, release };
}

/** The releases whose source or behaviour the table was checked against. */
export const KNOWN_RELEASES = [
  '2.6.24',
  '2.6.32',
  '3.13',
  '4.4',
  '4.19',
  '5.4',
  '5.10',
  '5.15',
  '6.1',
  '6.6',
  '6.12',
  '6.18',
  '7.2',
] as const;
