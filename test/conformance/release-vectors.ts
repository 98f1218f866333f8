// Rules that differ between releases, and fast open: programs with what a 6.18 kernel was seen to do. The matrix shows where others differ.
import { parseProgram, type Run } from '../../replay/kernel.ts';
import { lastLook, total, type Vector } from './vectors.ts';

const result = (run: Run, step: number): number | string => run.outcomes[step]?.result ?? 'sleeps';
const sent = (run: Run, step: number): string => run.outcomes[step].packets.map(([, flags]) => flags).join(' ');
const depth = (run: Run, fd = 3): string => {
  const seen = lastLook(run, fd);
  return `${seen?.ackBacklog},${seen?.maxAckBacklog}`;
};
const LISTENER = '0 socket 2 2049 0\n0 bind 3 lo4,p0 -2\n0 listen 3 5\n';

const CLAMP: Vector = {
  name: 'a backlog of -1 is clamped as unsigned to the default of somaxconn',
  rule: '__sys_listen, SOMAXCONN',
  program: parseProgram('0 socket 2 2049 0\n0 bind 3 lo4,p0 -2\n0 listen 3 -1\n'),
  expected: { backlog: '0,4096' },
  read: (run) => ({ backlog: depth(run) }),
};

const INEXACT_RESET: Vector = {
  name: 'a reset in the window of a request, but not at its number',
  rule: 'tcp_check_req (RFC 5961)',
  program: parseProgram(
    `${LISTENER}0 syn 0 lo4,p0 5000 1000\n0 seg 0 lo4,p0 5000 R 1005 0 0\n0 seg 0 lo4,p0 5000 A 1001 1 0\n`,
  ),
  expected: { answer: 'A', EmbryonicRsts: 0, queued: '1,5' },
  read: (run) => ({ answer: sent(run, 4), EmbryonicRsts: total(run, 'EmbryonicRsts'), queued: depth(run) }),
};

const EARLY_SHUTDOWN: Vector = {
  name: 'shutdown(SHUT_WR) before listen() ends its side of every connection',
  rule: 'inet_shutdown, tcp_rcv_state_process',
  program: parseProgram(
    `0 socket 2 2049 0\n0 bind 3 lo4,p0 -2\n0 shutdown 3 1\n0 listen 3 5\n0 socket 2 2049 0\n0 connect 4 lo4,p0 -2\n0 accept 3 0\n0 send 5 1\n0 recv 4 1\n`,
  ),
  expected: { shutdown: -107, listen: 0, accepted: 5, send: -32, client: 0 },
  read: (run) => ({
    shutdown: result(run, 2),
    listen: result(run, 3),
    accepted: result(run, 6),
    send: result(run, 7),
    client: result(run, 8),
  }),
};

const RESET_AS_DROP: Vector = {
  name: 'sk_drops of a listener that was refused as a client before',
  rule: 'tcp_reset, sk_drops',
  program: parseProgram(
    '0 socket 2 2049 0\n0 bind 3 lo4,p0 -2\n0 connect 3 lo4,p1 -2\n0 connect 3 lo4,p1 -2\n0 listen 3 5\n',
  ),
  expected: { refused: -111, listen: 0, drops: 0 },
  read: (run) => ({
    refused: result(run, 3),
    listen: result(run, 4),
    drops: lastLook(run, 3)?.drops ?? 'none',
  }),
};

const MIGRATE_SYSCTL: Vector = {
  name: 'net.ipv4.tcp_migrate_req can be written',
  rule: 'ipv4_net_table',
  program: parseProgram('0 sysctl tcp_migrate_req 1\n0 sysctl tcp_migrate_req 2\n'),
  expected: { one: 0, two: -22 },
  read: (run) => ({ one: result(run, 0), two: result(run, 1) }),
};

const MIGRATION_WAKES: Vector = {
  name: 'an acceptor sleeps on the listener that inherits the connections of another',
  rule: 'inet_csk_listen_stop, inet_csk_reqsk_queue_add',
  program: parseProgram(
    `0 sysctl tcp_migrate_req 1\n0 socket 2 2049 0\n0 setsockopt 3 1 15 1\n0 bind 3 lo4,p0 -2\n0 listen 3 5\n0 socket 2 2049 0\n0 connect 4 lo4,p0 -2\n0 socket 2 1 0\n0 setsockopt 5 1 15 1\n0 bind 5 lo4,p0 -2\n0 listen 5 5\n0 thread\n1 accept 5 0\n0 close 3\n`,
  ),
  expected: { sleeps: 'sleeps', woken: 6, moved: 1 },
  read: (run) => ({
    sleeps: result(run, 12),
    woken: run.outcomes[13].returned[0]?.[1] ?? 'sleeps on',
    moved: total(run, 'TCPMigrateReqSuccess'),
  }),
};

const UNIX_SECOND_NAME: Vector = {
  name: 'a second name for a UNIX socket: taken, free, abstract, and whether its file is left behind',
  rule: 'unix_bind_bsd, unix_bind_abstract',
  program: parseProgram(
    '0 socket 1 2049 0\n0 bind 3 path,1 -2\n0 bind 3 path,1 -2\n0 bind 3 path,2 -2\n0 bind 3 abs,3 -2\n0 socket 1 2049 0\n0 connect 4 path,2 -2\n',
  ),
  expected: { first: 0, taken: -98, free: -22, abstract: -22, connect: -2 },
  read: (run) => ({
    first: result(run, 1),
    taken: result(run, 2),
    free: result(run, 3),
    abstract: result(run, 4),
    connect: result(run, 6),
  }),
};

/** A client whose SYN is dropped: when it comes again. */
const CLIENT_SYNS: Vector = {
  name: 'a SYN at a full accept queue comes again after 1, 2, 3, 4, 5, 7 s',
  rule: 'tcp_conn_request, tcp_retransmit_timer, tcp_syn_linear_timeouts',
  program: parseProgram(
    `0 socket 2 2049 0\n0 bind 3 lo4,p0 -2\n0 listen 3 0\n${[4, 5].map((fd) => `0 socket 2 2049 0\n0 connect ${fd} lo4,p0 -2\n`).join('')}${[700, 700, 1000, 1000, 1000, 1000, 1000, 1000].map((ms) => `0 sleep ${ms}\n`).join('')}`,
  ),
  expected: { retransmissions: '0 1 1 1 1 1 0 1', ListenOverflows: 7 },
  read: (run) => ({
    retransmissions: run.outcomes
      .slice(7)
      .map(({ counters }) => counters.TCPSynRetrans ?? 0)
      .join(' '),
    ListenOverflows: total(run, 'ListenOverflows'),
  }),
};

const FAST_OPEN: Vector = {
  name: 'fast open: a cookie on request, then a connection that waits for accept() with its data before the handshake is over',
  rule: 'tcp_try_fastopen, tcp_fastopen_create_child, inet_csk_accept',
  program: parseProgram(
    `0 sysctl tcp_fastopen 1026\n${LISTENER}0 tfo 0 lo4,p0 5000 1000 0 1\n0 tfo 0 lo4,p0 5001 1000 5 2\n0 accept 3 0\n0 recv 4 9\n0 seg 0 lo4,p0 5001 A 1006 1 0\n`,
  ),
  expected: { cookie: 'SAC', early: '1,5', state: 3, TCPFastOpenPassive: 1, accepted: 4, data: 5, after: 1 },
  read: (run) => ({
    cookie: sent(run, 4),
    early: `${lastLook(run, 3, 5)?.ackBacklog},${lastLook(run, 3, 5)?.maxAckBacklog}`,
    state: lastLook(run, 4, 7)?.state ?? 'none',
    TCPFastOpenPassive: total(run, 'TCPFastOpenPassive'),
    accepted: result(run, 6),
    data: result(run, 7),
    after: lastLook(run, 4)?.state ?? 'none',
  }),
};

const FAST_OPEN_LIMIT: Vector = {
  name: 'fast open: TCP_FASTOPEN limits the connections whose handshake is not over',
  rule: 'tcp_fastopen_queue_check, reqsk_fastopen_remove',
  program: parseProgram(
    `0 sysctl tcp_fastopen 514\n0 socket 2 2049 0\n0 setsockopt 3 6 23 1\n0 bind 3 lo4,p0 -2\n0 listen 3 5\n0 tfo 0 lo4,p0 5000 1000 5 0\n0 tfo 1 lo4,p0 5000 1000 5 0\n0 seg 0 lo4,p0 5000 A 1006 1 0\n0 tfo 2 lo4,p0 5000 1000 5 0\n`,
  ),
  expected: { TCPFastOpenPassive: 2, TCPFastOpenListenOverflow: 1, queued: '2,5' },
  read: (run) => ({
    TCPFastOpenPassive: total(run, 'TCPFastOpenPassive'),
    TCPFastOpenListenOverflow: total(run, 'TCPFastOpenListenOverflow'),
    queued: depth(run),
  }),
};

const MPTCP: Vector = {
  name: 'an MPTCP listener: capacity, another backlog, shutdown(), listen() again',
  rule: 'mptcp_listen, mptcp_accept',
  program: parseProgram(
    `0 socket 2 2049 262\n0 setsockopt 3 1 2 1\n0 bind 3 lo4,p0 -2\n0 listen 3 1\n${[4, 5, 6].map((fd) => `0 socket 2 2049 0\n0 connect ${fd} lo4,p0 -2\n`).join('')}0 accept 3 0\n0 accept 3 0\n0 accept 3 0\n0 listen 3 5\n0 shutdown 3 1\n0 shutdown 3 0\n0 accept 3 0\n0 shutdown 3 0\n0 listen 3 4\n`,
  ),
  expected: {
    listen: 0,
    queued: '2,1',
    ListenOverflows: 1,
    accepted: '7 8 -11',
    stopped: '0 0 -22 -107',
    again: '0,4',
  },
  read: (run) => ({
    listen: result(run, 3),
    queued: `${lastLook(run, 3, 9)?.ackBacklog},${lastLook(run, 3, 9)?.maxAckBacklog}`,
    ListenOverflows: total(run, 'ListenOverflows'),
    accepted: [10, 11, 12].map((step) => result(run, step)).join(' '),
    stopped: [14, 15, 16, 17].map((step) => result(run, step)).join(' '),
    again: depth(run),
  }),
};

export const RELEASE_VECTORS: readonly Vector[] = [
  CLAMP,
  INEXACT_RESET,
  EARLY_SHUTDOWN,
  RESET_AS_DROP,
  MIGRATE_SYSCTL,
  MIGRATION_WAKES,
  UNIX_SECOND_NAME,
  FAST_OPEN,
  FAST_OPEN_LIMIT,
  MPTCP,
];

/** Seconds of real time. */
export const SLOW_RELEASE_VECTORS: readonly Vector[] = [CLIENT_SYNS];
