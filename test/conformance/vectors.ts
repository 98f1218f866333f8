// Sixteen situations of the path with what a 6.18 kernel was seen to do, as programs with expectations: played by the model and by Linux.
import { type Program, parseProgram, type Run, type StepOutcome } from '../../replay/kernel.ts';

export interface Vector {
  readonly name: string;
  /** The kernel functions that hold the rule. */
  readonly rule: string;
  readonly program: Program;
  /** What must be so on 6.18: read from an outcome by name, with the value expected. */
  readonly expected: Readonly<Record<string, number | string>>;
  readonly read: (run: Run) => Readonly<Record<string, number | string>>;
}

/** Sum of a counter over all steps. */
export const total = (run: Run, counter: string): number =>
  run.outcomes.reduce((sum, outcome) => sum + (outcome.counters[counter] ?? 0), 0);

/** Last look at a descriptor of task 0 up to a step (all of them by default). */
export function lastLook(run: Run, fd: number, step = run.outcomes.length - 1): StepOutcome['changed'][number] | null {
  for (let at = step; at >= 0; at--) {
    const seen = run.outcomes[at].changed.find((look) => look.task === 0 && look.fd === fd);
    if (seen !== undefined) return seen;
  }
  return null;
}

const depth = (run: Run, fd = 3, step = run.outcomes.length - 1): string => {
  const seen = lastLook(run, fd, step);
  return `${seen?.ackBacklog},${seen?.maxAckBacklog}`;
};

const listener = (backlog: number): string => `0 socket 2 2049 0\n0 bind 3 lo4,p0 -2\n0 listen 3 ${backlog}\n`;

/** Clients one after the other, from descriptor `from` on. */
const clients = (count: number, from: number, port = 'p0'): string =>
  Array.from({ length: count }, (_, at) => `0 socket 2 2049 0\n0 connect ${from + at} lo4,${port} -2\n`).join('');

const accepts = (count: number): string => '0 accept 3 0\n'.repeat(count);
const syns = (count: number, port = 'p0'): string =>
  Array.from({ length: count }, (_, at) => `0 syn ${at} lo4,${port} 5000 1000\n`).join('');
const ack = (peer: number, flags = 'A', length = 0): string => `0 seg ${peer} lo4,p0 5000 ${flags} 1001 1 ${length}\n`;

/** Steps of the program with this text, by number. */
const stepsOf = (program: Program, op: string): number[] =>
  program.steps.flatMap((step, at) => (step.op === op ? [at] : []));

const acceptQueue = (backlog: number): Vector => ({
  name: `1: accept queue, backlog ${backlog}`,
  rule: 'sk_acceptq_is_full, tcp_conn_request',
  program: parseProgram(listener(backlog) + clients(backlog + 4, 4)),
  expected: { queued: `${backlog + 1},${backlog}`, ListenOverflows: 3, ListenDrops: 3, PassiveOpens: backlog + 1 },
  read: (run) => ({
    queued: depth(run),
    ListenOverflows: total(run, 'ListenOverflows'),
    ListenDrops: total(run, 'ListenDrops'),
    PassiveOpens: total(run, 'PassiveOpens'),
  }),
});

const synQueue = (backlog: number, cookies: number): Vector => ({
  name: `2: SYN queue, backlog ${backlog}, tcp_syncookies ${cookies}`,
  rule: 'inet_csk_reqsk_queue_is_full, tcp_syn_flood_action',
  program: parseProgram(`0 sysctl tcp_syncookies ${cookies}\n${listener(backlog)}${syns(backlog + 4)}`),
  expected: {
    answered: cookies === 0 ? backlog + 1 : backlog + 4,
    TCPReqQFullDrop: cookies === 0 ? 3 : 0,
    SyncookiesSent: cookies === 0 ? 0 : 3,
  },
  read: (run) => ({
    answered: run.outcomes.flatMap(({ packets }) => packets).filter(([, flags]) => flags === 'SA').length,
    TCPReqQFullDrop: total(run, 'TCPReqQFullDrop'),
    SyncookiesSent: total(run, 'SyncookiesSent'),
  }),
});

const quarter = (max: number, admitted: number): Vector => ({
  name: `3: last quarter of tcp_max_syn_backlog ${max}`,
  rule: 'tcp_conn_request',
  program: parseProgram(
    `0 sysctl tcp_syncookies 0\n0 sysctl tcp_max_syn_backlog ${max}\n${listener(1000)}${syns(max + 3)}`,
  ),
  expected: { answered: admitted, ListenDrops: max + 3 - admitted, TCPReqQFullDrop: 0 },
  read: (run) => ({
    answered: run.outcomes.flatMap(({ packets }) => packets).filter(([, flags]) => flags === 'SA').length,
    ListenDrops: total(run, 'ListenDrops'),
    TCPReqQFullDrop: total(run, 'TCPReqQFullDrop'),
  }),
});

const lateAck = (abort: number): Vector => ({
  name: `${abort === 0 ? '4' : '5'}: final ACK at a full accept queue, tcp_abort_on_overflow ${abort}`,
  rule: 'tcp_check_req, tcp_v4_syn_recv_sock',
  program: parseProgram(
    `0 sysctl tcp_abort_on_overflow ${abort}\n${listener(5)}${syns(2)}0 listen 3 0\n${ack(0)}${ack(1)}0 syn 7 lo4,p0 5000 1000\n${accepts(1)}${ack(1, 'AP', 3)}`,
  ),
  expected: {
    ListenOverflows: 2,
    reset: abort === 0 ? '' : '1:R',
    EmbryonicRsts: abort,
    // The data of the request that stayed completes its handshake; of the one that was reset it does not.
    queuedAtEnd: abort === 0 ? '1,0' : '0,0',
  },
  read: (run) => ({
    ListenOverflows: total(run, 'ListenOverflows'),
    reset: run.outcomes[8].packets
      .filter(([, flags]) => flags.includes('R'))
      .map(([peer, flags]) => `${peer}:${flags}`)
      .join(' '),
    EmbryonicRsts: total(run, 'EmbryonicRsts'),
    queuedAtEnd: depth(run),
  }),
});

const RESET_WHILE_QUEUED: Vector = {
  name: '6: the peer resets while its connection is queued',
  rule: 'tcp_reset, inet_csk_accept',
  program: parseProgram(
    `${listener(0)}${syns(1)}${ack(0)}0 seg 0 lo4,p0 5000 R 1001 0 0\n0 syn 1 lo4,p0 5000 1000\n0 accept 3 0\n0 recv 4 1\n`,
  ),
  expected: { queued: '1,0', ListenOverflows: 1, accepted: 4, recv: -104 },
  read: (run) => ({
    queued: depth(run, 3, 6),
    ListenOverflows: total(run, 'ListenOverflows'),
    accepted: run.outcomes[7].result ?? 'sleeps',
    recv: run.outcomes[8].result ?? 'sleeps',
  }),
};

const FAILED_LISTEN: Vector = {
  name: '9: listen() of a SO_REUSEADDR twin',
  rule: 'inet_csk_listen_start, inet_csk_get_port',
  program: parseProgram(
    '0 socket 2 1 0\n0 socket 2 1 0\n0 setsockopt 3 1 2 1\n0 setsockopt 4 1 2 1\n0 bind 3 lo4,p0 -2\n0 bind 4 lo4,p0 -2\n0 listen 3 1\n0 listen 4 7\n0 close 3\n0 listen 4 2\n',
  ),
  expected: { first: 0, second: -98, state: 7, afterwards: 0 },
  read: (run) => ({
    first: run.outcomes[6].result ?? 'sleeps',
    second: run.outcomes[7].result ?? 'sleeps',
    state: lastLook(run, 4, 7)?.state ?? 'none',
    afterwards: run.outcomes[9].result ?? 'sleeps',
  }),
};

const RELISTEN: Vector = {
  name: '10: a smaller and a larger backlog by listen() again',
  rule: 'inet_listen',
  program: parseProgram(
    `${listener(5)}${clients(5, 4)}0 listen 3 1\n${clients(1, 9)}${accepts(4)}${clients(1, 14)}0 listen 3 9\n`,
  ),
  expected: { shrunk: '5,1', overflowed: 1, drained: '1,1', again: '2,1', grown: '2,9' },
  read: (run) => {
    const listens = stepsOf(RELISTEN.program, 'listen');
    const taken = stepsOf(RELISTEN.program, 'accept');
    return {
      shrunk: depth(run, 3, listens[1]),
      overflowed: total(run, 'ListenOverflows'),
      drained: depth(run, 3, taken[3]),
      again: depth(run, 3, listens[2] - 1),
      grown: depth(run),
    };
  },
};

const SHUTDOWN: Vector = {
  name: '11: shutdown() of a listener',
  rule: 'inet_shutdown, tcp_disconnect, inet_csk_listen_stop',
  program: parseProgram(
    `${listener(5)}${clients(2, 4)}0 shutdown 3 1\n${clients(1, 6)}0 shutdown 3 0\n0 accept 3 0\n0 shutdown 3 0\n0 bind 3 lo4,p1 -2\n0 listen 3 5\n0 socket 2 2049 0\n0 listen 7 1\n0 shutdown 7 2\n0 bind 7 lo4,p2 -2\n`,
  ),
  expected: {
    write: 0,
    queuedAfterWrite: '3,5',
    read: 0,
    resets: 3,
    accept: -22,
    again: -107,
    bind: -22,
    relisten: 0,
    port: 'same',
    unbound: 0,
  },
  read: (run) => ({
    write: run.outcomes[7].result ?? 'sleeps',
    queuedAfterWrite: depth(run, 3, 9),
    read: run.outcomes[10].result ?? 'sleeps',
    resets: run.outcomes[10].counters.OutRsts ?? 0,
    accept: run.outcomes[11].result ?? 'sleeps',
    again: run.outcomes[12].result ?? 'sleeps',
    bind: run.outcomes[13].result ?? 'sleeps',
    relisten: run.outcomes[14].result ?? 'sleeps',
    port: lastLook(run, 3)?.port === lastLook(run, 3, 2)?.port ? 'same' : 'another',
    unbound: run.outcomes[18].result ?? 'sleeps',
  }),
};

const CLOSE_WHILE_BLOCKED: Vector = {
  name: '12: close() while another thread sleeps in accept()',
  rule: 'inet_csk_wait_for_connect, fput',
  program: parseProgram(
    `0 socket 2 1 0\n0 bind 3 lo4,p0 -2\n0 listen 3 5\n0 thread\n1 accept 3 0\n0 close 3\n0 socket 2 2049 0\n0 connect 3 lo4,p0 -2\n0 socket 2 2049 0\n0 connect 5 lo4,p0 -2\n0 getsockopt 5 1 4\n`,
  ),
  expected: { sleeps: 'sleeps', survives: 4, nextClient: 111 },
  read: (run) => ({
    sleeps: run.outcomes[4].result ?? 'sleeps',
    survives: run.outcomes[7].returned[0]?.[1] ?? 'nothing',
    nextClient: run.outcomes[10].value ?? 'none',
  }),
};

const HALF_OPEN_RELISTEN: Vector = {
  name: '13: a half-open request over shutdown() and listen() again',
  rule: 'inet_csk_listen_stop, tcp_check_req',
  program: parseProgram(`${listener(5)}${syns(1)}0 shutdown 3 0\n0 listen 3 5\n${ack(0)}`),
  expected: { queued: '1,5' },
  read: (run) => ({ queued: depth(run) }),
};

const migrate = (on: number): Vector => ({
  name: `14: a reuseport member closes, tcp_migrate_req ${on}`,
  rule: 'inet_csk_listen_stop, reuseport_migrate_sock',
  program: parseProgram(
    `0 sysctl tcp_migrate_req ${on}\n0 socket 2 2049 0\n0 setsockopt 3 1 15 1\n0 bind 3 lo4,p0 -2\n0 listen 3 5\n${clients(2, 4)}0 socket 2 2049 0\n0 setsockopt 6 1 15 1\n0 bind 6 lo4,p0 -2\n0 listen 6 5\n0 close 3\n`,
  ),
  expected: { queued: on === 1 ? '2,5' : '0,5', resets: on === 1 ? 0 : 2, moved: on === 1 ? 2 : 0 },
  read: (run) => ({ queued: depth(run, 6), resets: total(run, 'OutRsts'), moved: total(run, 'TCPMigrateReqSuccess') }),
});

const UNIX: Vector = {
  name: '15: UNIX listener',
  rule: 'unix_stream_connect, unix_release_sock, unix_shutdown',
  program: parseProgram(
    `0 socket 1 2049 0\n0 bind 3 abs,1 -2\n0 listen 3 1\n${[4, 5, 6].map((fd) => `0 socket 1 2049 0\n0 connect ${fd} abs,1 -2\n`).join('')}0 accept 3 0\n0 connect 6 abs,1 -2\n0 shutdown 3 0\n0 listen 3 5\n0 socket 1 2049 0\n0 connect 8 abs,1 -2\n0 close 3\n0 recv 5 1\n0 recv 5 1\n`,
  ),
  expected: {
    first: 0,
    second: 0,
    third: -11,
    accepted: 7,
    retried: 0,
    relisten: 0,
    refused: -111,
    reset: -104,
    end: 0,
  },
  read: (run) => {
    const result = (step: number): number | string => run.outcomes[step].result ?? 'sleeps';
    return {
      first: result(4),
      second: result(6),
      third: result(8),
      accepted: result(9),
      retried: result(10),
      relisten: result(12),
      refused: result(14),
      reset: result(16),
      end: result(17),
    };
  },
};

const ACCEPT4: Vector = {
  name: '16: the order of accept4()’s checks, and what a bad address costs',
  rule: '__sys_accept4, inet_csk_accept',
  program: parseProgram(
    `${listener(9)}${clients(4, 4)}0 open null\n0 accept4 99 4 0\n0 accept4 8 4 0\n0 accept4 8 0 0\n0 rlimit 9\n0 accept4 8 0 0\n0 accept4 3 0 0\n0 rlimit 1024\n0 accept4 3 0 2\n0 accept4 3 0 3\n0 accept4 3 0 4\n0 accept4 3 0 5\n`,
  ),
  expected: {
    badFd: -9,
    flags: -22,
    notSocket: -88,
    fullTableNotSocket: -24,
    fullTable: -24,
    kept: '4,9',
    negative: -22,
    fault: -14,
    noLength: -14,
    taken: 9,
    left: '0,9',
  },
  read: (run) => {
    const result = (step: number): number | string => run.outcomes[step].result ?? 'sleeps';
    return {
      badFd: result(12),
      flags: result(13),
      notSocket: result(14),
      fullTableNotSocket: result(16),
      fullTable: result(17),
      kept: depth(run, 3, 18),
      negative: result(19),
      fault: result(20),
      noLength: result(21),
      taken: result(22),
      left: depth(run),
    };
  },
};

/** Timers: seconds of real time. */
const synAckTimer = (retries: number, sleeps: readonly number[], resent: readonly number[]): Vector => ({
  name: `7: SYN-ACK timer, tcp_synack_retries ${retries}`,
  rule: 'reqsk_timer_handler',
  program: parseProgram(
    `0 sysctl tcp_synack_retries ${retries}\n${listener(5)}${syns(1)}${sleeps.map((ms) => `0 sleep ${ms}\n`).join('')}${ack(0)}`,
  ),
  expected: { resent: resent.join(','), TCPTimeouts: retries + 1, gone: 'R' },
  read: (run) => ({
    resent: run.outcomes
      .slice(5, 5 + sleeps.length)
      .map(({ packets }) => packets.filter(([, flags]) => flags === 'SA').length)
      .join(','),
    TCPTimeouts: total(run, 'TCPTimeouts'),
    gone: run.outcomes[5 + sleeps.length].packets.map(([, flags]) => flags).join(' '),
  }),
});

const AGEING: Vector = {
  // Which ones go depends on where the wheel's buckets lie between them; timed programs compare that.
  name: '8: ageing prunes a crowded SYN queue of 9 to 4',
  rule: 'reqsk_timer_handler',
  program: parseProgram(
    `${listener(8)}${syns(9)}0 sleep 8000\n${Array.from({ length: 9 }, (_, peer) => ack(peer)).join('')}`,
  ),
  expected: { survivors: 4 },
  read: (run) => ({
    survivors: run.outcomes.slice(13).filter(({ counters }) => counters.PassiveOpens === 1).length,
  }),
};

export const VECTORS: readonly Vector[] = [
  ...[0, 1, 2, 5].map(acceptQueue),
  ...[0, 1, 3, 8].flatMap((backlog) => [synQueue(backlog, 0), synQueue(backlog, 1)]),
  quarter(8, 7),
  quarter(16, 13),
  quarter(100, 76),
  lateAck(0),
  lateAck(1),
  RESET_WHILE_QUEUED,
  FAILED_LISTEN,
  RELISTEN,
  SHUTDOWN,
  CLOSE_WHILE_BLOCKED,
  HALF_OPEN_RELISTEN,
  migrate(0),
  migrate(1),
  UNIX,
  ACCEPT4,
];

/** Those that need seconds of real time; a kernel plays them side by side. */
export const SLOW_VECTORS: readonly Vector[] = [
  synAckTimer(0, [900, 400], [0, 0]),
  synAckTimer(2, [900, 400, 1500, 600, 3000, 2000], [0, 1, 0, 1, 0, 0]),
  AGEING,
];
