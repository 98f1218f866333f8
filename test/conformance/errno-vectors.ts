// The order of checks: programs in which two things are wrong at once, and which error 6.18 was seen to give.
import { parseProgram } from '../../replay/kernel.ts';
import type { Vector } from './vectors.ts';

/** Steps with the result expected of each, `?` where it does not matter. */
function table(name: string, rule: string, text: string): Vector {
  const lines = text
    .trim()
    .split('\n')
    .map((line) => line.trim().split(' → '));
  const program = parseProgram(lines.map(([step]) => step).join('\n'));
  const checked = lines.flatMap(([step, wanted], at) =>
    wanted === undefined ? [] : [[`${at}: ${step.slice(2)}`, Number(wanted), at] as const],
  );
  return {
    name: `errno: ${name}`,
    rule,
    program,
    expected: Object.fromEntries(checked.map(([label, wanted]) => [label, wanted])),
    read: (run) => Object.fromEntries(checked.map(([label, , at]) => [label, run.outcomes[at]?.result ?? 'sleeps'])),
  };
}

export const ERRNO_VECTORS: readonly Vector[] = [
  table(
    'socket()',
    '__sys_socket, inet_create',
    `0 socket 2 17 0 → -22
     0 socket 999 1 0 → -97
     0 socket 2 11 0 → -22
     0 socket 2 12 0 → -22
     0 socket 2 1 300 → -22
     0 socket 2 0 0 → -94
     0 socket 2 5 0 → -94
     0 socket 2 4 0 → -94
     0 socket 2 1 17 → -93
     0 socket 2 2 6 → -93
     0 rlimit 3 → 0
     0 socket 2 1 0 → -24
     0 socket 2 1 17 → -93`,
  ),
  table(
    'bind()',
    '__sys_bind, inet_bind',
    `0 socket 2 2049 0 → 3
     0 open null → 4
     0 open opath → 5
     0 bind 9 lo4,p0 -1 → -9
     0 bind 5 lo4,p0 -2 → -9
     0 bind 4 lo4,p0 -1 → -88
     0 bind 3 lo4,p0 -1 → -22
     0 bind 3 lo4,p0 129 → -22
     0 bind 3 bad,0 16 → -14
     0 bind 3 lo4,p0 8 → -22
     0 bind 3 fam7,p0 -2 → -97
     0 bind 3 unspeclo,p0 -2 → -97
     0 bind 3 far4,p0 -2 → -99
     0 uid 65534
     0 bind 3 far4,80 -2 → -99
     0 bind 3 lo4,80 -2 → -13
     0 bind 3 any6,80 -2 → -97
     0 uid 0
     0 bind 3 unspec,p0 -2 → 0
     0 bind 3 lo4,p1 -2 → -22
     0 bind 3 far4,p1 -2 → -99
     0 uid 65534
     0 bind 3 lo4,80 -2 → -13
     0 uid 0
     0 listen 3 1 → 0
     0 bind 3 lo4,p1 -2 → -22`,
  ),
  table(
    'listen()',
    '__sys_listen, inet_listen',
    `0 listen 9 1 → -9
     0 open null → 3
     0 listen 3 1 → -88
     0 open opath → 4
     0 listen 4 1 → -9
     0 socket 2 2 0 → 5
     0 listen 5 1 → -95
     0 socket 1 2 0 → 6
     0 listen 6 1 → -95
     0 socket 1 1 0 → 7
     0 listen 7 1 → -22
     0 socket 2 2049 0 → 8
     0 bind 8 lo4,p0 -2 → 0
     0 listen 8 -1 → 0
     0 socket 2 2049 0 → 9
     0 connect 9 lo4,p0 -2 → -115
     0 connect 9 lo4,p0 -2 → 0
     0 listen 9 1 → -22
     0 accept 8 0 → 10
     0 listen 10 1 → -22
     0 socket 2 2049 0 → 11
     0 connect 11 lo4,p3 -2 → -115
     0 listen 11 1 → -22
     0 getsockopt 11 1 4 → 0
     0 listen 11 1 → -22
     0 connect 11 lo4,p3 -2 → -103
     0 listen 11 1 → 0
     0 connect 9 unspec,0 -2 → 0
     0 listen 9 1 → 0`,
  ),
  table(
    'connect(), shutdown()',
    '__sys_connect, inet_stream_connect, inet_shutdown',
    `0 socket 2 2049 0 → 3
     0 open null → 4
     0 connect 9 lo4,p0 -1 → -9
     0 connect 4 lo4,p0 -1 → -22
     0 connect 4 bad,0 16 → -14
     0 connect 4 lo4,p0 -2 → -88
     0 connect 3 lo4,p0 1 → -22
     0 connect 3 lo4,p0 8 → -22
     0 connect 3 any6,p0 -2 → -97
     0 connect 3 far4,p0 -2 → -101
     0 shutdown 3 3 → -22
     0 shutdown 3 0 → -107
     0 bind 3 lo4,p0 -2 → 0
     0 listen 3 1 → 0
     0 connect 3 lo4,p0 -2 → -106
     0 shutdown 3 1 → 0
     0 shutdown 3 3 → -22
     0 shutdown 3 2 → 0
     0 shutdown 3 0 → -107
     0 accept 3 0 → -22`,
  ),
  table(
    'socketcall()',
    'sys_socketcall',
    `0 socketcall 0 -1 → -22
     0 socketcall -1 -1 → -22
     0 socketcall 21 -1 → -22
     0 socketcall 1 -1 → -14
     0 socketcall 4 -1 → -14
     0 socketcall 20 -1 → -14
     0 socketcall 4 2 99 5 → -9
     0 socketcall 4 1 99 5 → -14
     0 socketcall 5 2 99 0 0 → -14
     0 socketcall 18 4 99 0 0 4 → -9
     0 open null → 3
     0 socketcall 18 4 3 0 0 4 → -22
     0 socketcall 4 2 3 5 → -88`,
  ),
  table(
    'calls through socketcall() whose words are pointers',
    'sys_socketcall',
    `0 socket 2 2049 0 → 3
     0 setsockopt32 3 1 2 1 → 0
     0 bind32 3 bad,0 16 → -14
     0 bind32 3 lo4,p0 129 → -22
     0 bind32 3 lo4,p0 8 → -22
     0 bind32 3 lo4,p0 -2 → 0
     0 socketcall 4 2 3 5 → 0
     0 socket 2 2049 0 → 4
     0 connect32 4 bad,0 16 → -14
     0 connect32 4 lo4,p0 -2 → -115
     0 accept32 3 2 → -22
     0 connect32 4 unspec,0 -2 → 0
     0 connect32 4 lo4,p0 -2 → -115
     0 accept32 3 1 → 5
     0 accept32 3 0 → -11
     0 accept32 9 0 → -9`,
  ),
  table(
    'sysctls of ports',
    'ipv4_local_port_range, ipv4_privileged_ports',
    `0 sysctl ip_local_port_range p8 p11 → 0
     0 sysctl ip_local_port_range p11 p8 → -22
     0 sysctl ip_local_port_range p9 → 0
     0 sysctl ip_unprivileged_port_start p10 → -22
     0 sysctl ip_unprivileged_port_start p9 → 0
     0 sysctl ip_local_port_range p8 p11 → -22
     0 sysctl ip_unprivileged_port_start 65536 → -22
     0 sysctl somaxconn -1 → -22
     0 sysctl somaxconn 2147483647 → 0`,
  ),
  table(
    'SO_RCVTIMEO',
    'sock_set_timeout, inet_csk_accept',
    `0 socket 2 1 0 → 3
     0 timeo 9 20 5 → -9
     0 timeo 3 20 -1 → -33
     0 timeo 3 20 5 → 0
     0 accept 3 0 → -22
     0 listen 3 1 → 0
     0 accept 3 0 → -11
     0 timeo 3 20 -1000 → 0
     0 accept 3 0 → -11
     0 timeo 3 21 -1000 → 0`,
  ),
  table(
    'SO_REUSEPORT on a UNIX socket',
    'sk_setsockopt',
    `0 socket 1 2049 0 → 3
     0 setsockopt 3 1 15 1 → -95
     0 setsockopt 3 1 2 1 → 0`,
  ),
];
