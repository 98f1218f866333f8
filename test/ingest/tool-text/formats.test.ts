// Tables written by hand after the formats of the tools (bcc 0.26 and bpftrace 0.17 as installed, libbpf-tools).
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Report } from '../../../core/report/model.ts';
import { reportOn, take, withStore } from '../../support/fixtures.ts';
import { inJson, told } from './tool-lines.ts';

const ACCEPT_BT = `Attaching 2 probes...
Tracing TCP accepts. Hit Ctrl-C to end.
TIME     PID    COMM           RADDR                                   RPORT LADDR                                   LPORT BL
23:59:58 117    nginx: a b     10.0.0.9                                40018 10.0.0.1                                80    3/128
00:00:01 118    x 1 2 3/4      2001:db8::9                             40019 2001:db8::1                             80    0/128
Lost 7 events
`;
const ACCEPTED = [
  '86398 nginx: a b/117 tool_accept 10.0.0.1|80 10.0.0.9|40018 3 128',
  '86401 x 1 2 3/4/118 tool_accept 2001:db8::1|80 2001:db8::9|40019 0 128',
  '86401 lost 7',
];
/** Times are relative to the first row's second. */
const shifted = (lines: readonly string[], by: number): string[] =>
  lines.map((line) => line.replace(/^\d+/, (seconds) => String(Number(seconds) - by)));

it('tcpaccept.bt: the queue behind the accept, over midnight, with loss', () => {
  const { lines, info, totals, format } = told(ACCEPT_BT);
  expect(lines).toEqual(shifted(ACCEPTED, 86398));
  expect(format).toBe('tool text');
  expect(info).toMatchObject({ tool: 'tcpaccept', clock: 'local time of day (whole seconds)', pointers: false });
  expect(info.probes).toContain('acceptq:tool_accept');
  expect(totals.rejected).toBe(0);
});

it('the same inside bpftrace’s JSON, a line over several objects', () => {
  const { lines, info, totals, format } = told(
    `${inJson(ACCEPT_BT.replace('Lost 7 events\n', ''))}{"type": "lost_events", "data": {"events": 7}}\n`,
  );
  expect(format).toBe('bpftrace');
  expect(info.tool).toBe('tcpaccept (bpftrace)');
  expect(lines).toEqual(shifted(ACCEPTED, 86398));
  expect(totals.rejected).toBe(0);
});

it('tcpaccept of bcc: with and without times', () => {
  const plain = told(`PID     COMM         IP RADDR            RPORT LADDR            LPORT
907     sshd         4  192.168.56.1     32324 192.168.56.102   22
907     b'sshd x'    6  1234:ab12:2040:5020:2299:0:5:0 52352 1234:ab12:2040:5020:2299:0:5:0 22
Possibly lost 12 samples
`);
  expect(plain.lines.map((line) => line.replace(/^\S+ /, ''))).toEqual([
    'sshd/907 tool_accept 192.168.56.102|22 192.168.56.1|32324 - -',
    'sshd x/907 tool_accept 1234:ab12:2040:5020:2299:0:5:0|22 1234:ab12:2040:5020:2299:0:5:0|52352 - -',
    'lost 12',
  ]);
  expect(plain.info.clock).toBe('order of lines (no times)');
  const timed = told(`TIME(s)  PID     COMM         IP RADDR            RPORT LADDR            LPORT
0.000    907     sshd         4  192.168.56.1     32324 192.168.56.102   22
0.010    907     sshd         4  192.168.56.1     32325 192.168.56.102   22
`);
  expect(timed.lines.map((line) => line.split(' ')[0])).toEqual(['0', '0.01']);
  expect(timed.info.clock).toBe('time since the first event');
});

it('solisten of bcc and of libbpf-tools, in the order of their headers', () => {
  const bcc = told(`PID     COMM         NETNS        PROTO  BACKLOG  PORT  ADDR
3643    nc -l        4026531957   TCPv4  1        4242  0.0.0.0
3659    redis        4026531957   TCPv6  -1       4242  2001:f0d0:1002:51::4
3660    x            4026531957   UDPv4  0        53    0.0.0.0
`);
  expect(bcc.lines.map((line) => line.replace(/^\S+ /, ''))).toEqual([
    'nc -l/3643 tool_listen 1 0.0.0.0|4242 -',
    'redis/3659 tool_listen -1 2001:f0d0:1002:51::4|4242 -',
  ]);
  expect(bcc.totals).toMatchObject({ rejected: 0 });
  const swapped = told(`PID    COMM         PROTO         BACKLOG ADDR                                    PORT
3643   nc           TCPv4         1       0.0.0.0                                 4242
`);
  expect(swapped.lines[0]).toMatch(/nc\/3643 tool_listen 1 0\.0\.0\.0\|4242 -$/);
  const libbpf = told(`TIME(s)  PID     COMM             RET BACKLOG PROTO PORT  ADDR
12:00:01 3643    nc               0   128     TCPv4 0     0.0.0.0
12:00:02 3644    nc               -98 128     TCPv4 80    127.0.0.1
lost 3 events on CPU #1
`);
  expect(libbpf.lines).toEqual([
    '0 nc/3643 tool_listen 128 - 0',
    '1 nc/3644 tool_listen 128 127.0.0.1|80 -98',
    '1 lost 3',
  ]);
  expect(libbpf.info.clock).toBe('local time of day (whole seconds)');
});

it('tcpstates of libbpf-tools', () => {
  const { lines, info } =
    told(`TIME(s)  SKADDR           PID     COMM       LADDR           LPORT RADDR           RPORT OLDSTATE    -> NEWSTATE    MS
12:00:01 ffff9fd7e8192000 22384   curl a     100.66.100.185  0     52.33.159.26    80    CLOSE       -> SYN_SENT    0.000
`);
  expect(lines).toEqual([
    '0 curl a/22384 inet_sock_set_state 0xffff9fd7e8192000 7 2 100.66.100.185|0 52.33.159.26|80 6',
  ]);
  expect(info.pointers).toBe(true);
});

it('tcplife of bpftrace and libbpf-tools: whole and broken milliseconds', () => {
  const ms = (text: string): string[] => told(text).lines.map((line) => line.split(' ').slice(-3).join(' '));
  expect(
    ms(`PID   COMM       LADDR           LPORT RADDR           RPORT TX_KB RX_KB MS
20976 ssh        127.0.0.1       56766 127.0.0.1       22         6 10584 3059
`),
  ).toEqual(['127.0.0.1|56766 127.0.0.1|22 3059000000']);
  expect(
    ms(`PID     COMM             LADDR           LPORT RADDR           RPORT TX_KB  RX_KB  MS
20976   ssh              127.0.0.1       56766 127.0.0.1       22    6.12   10.50  3059.04
`),
  ).toEqual(['127.0.0.1|56766 127.0.0.1|22 3059040000']);
});

it('tcpdrop of bcc prints packets, of bpftrace sockets: the local end differs', () => {
  const bcc = told(`TIME     PID     IP SADDR:SPORT          > DADDR:DPORT          STATE (FLAGS) REASON (CODE)
20:49:06 0       4  10.32.119.56:443     > 10.66.65.252:22912   CLOSE (ACK)
\tb'tcp_drop+0x1'
\tb'tcp_data_queue+0x2b9'

20:49:07 12      6  2001:db8::2:443      > 2001:db8::1:80       LISTEN (ACK) TCP_LISTEN_OVERFLOW (77)
20:49:08 12      4  10.32.119.56:443     > 10.66.65.252:22912   ESTABLISHED (ACK|PSH)
\ttcp_drop+0x1
`);
  expect(bcc.lines).toEqual([
    '0 tool_drop 10.66.65.252|22912 10.32.119.56|443 7 - tcp_drop',
    '1 tool_drop 2001:db8::1|80 2001:db8::2|443 10 TCP_LISTEN_OVERFLOW -',
    '2 tool_drop 10.66.65.252|22912 10.32.119.56|443 1 - tcp_drop',
  ]);
  const text = `Tracing tcp drops. Hit Ctrl-C to end.
TIME     PID      COMM             SADDR:SPORT           DADDR:DPORT           STATE
20:49:06 0        swapper/0                                      10.0.0.1:80                                        10.0.0.2:4711   ESTABLISHE

        tcp_drop+1
        tcp_v4_rcv+2

`;
  for (const printed of [text, inJson(text)])
    expect(told(printed).lines).toEqual(['0 tool_drop 10.0.0.1|80 10.0.0.2|4711 1 - tcp_drop']);
});

it('tcpretrans.bt: only SYNs; tcpconnect: none', () => {
  const retrans = told(`Tracing tcp retransmits. Hit Ctrl-C to end.
TIME     PID               LADDR:LPORT           RADDR:RPORT  STATE
20:49:06 0             10.0.0.1:4711         10.0.0.2:80     SYN_SENT
20:49:06 0             10.0.0.1:4711         10.0.0.2:80     ESTABLISHED
`);
  expect(retrans.lines).toEqual(['0 -/0 tcp_retransmit_skb - 2 10.0.0.1|4711 10.0.0.2|80']);
  expect(retrans.totals).toMatchObject({ rejected: 0 });
  const connect = told(`Tracing tcp connections. Hit Ctrl-C to end.
TIME     PID      COMM             SADDR                                   SPORT  DADDR                                   DPORT
00:36:45 1798396  agent            127.0.0.1                               5001   10.229.20.82                            56114
`);
  expect([connect.info.tool, connect.lines, connect.totals.rejected]).toEqual(['tcpconnect', [], 0]);
});

const HISTOGRAM_BT = `Attaching 4 probes...
Tracing SYN backlog size. Ctrl-C to end.
12:00:01 dropping a SYN.
12:00:01 dropping a SYN.
^C
@backlog[backlog limit]: histogram of backlog size

@backlog[128]:${' '}
[0]                    2 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|
[1]                    0 |                                                    |
[2, 4)                 1 |@@@@@@@@@@@@@@@@@@@@@@@@@@                          |

@backlog[500]:${' '}
[1K, 2K)               3 |@@@|

`;

it('tcpsynbl: the accept queue by its limit, and what met it full', () => {
  const counted = ['tcpsynbl.dropped 1 0', 'tcpsynbl.dropped 1 0'];
  const bt = told(HISTOGRAM_BT);
  expect(bt.lines.map((line) => line.replace(/^\S+ counter /, ''))).toEqual([
    ...counted,
    'tcpsynbl.backlog[128] 0..0 2 0',
    'tcpsynbl.backlog[128] 2..3 1 0',
    'tcpsynbl.backlog[500] 1024..2047 3 0',
  ]);
  expect(bt.info.tool).toBe('tcpsynbl');
  const json = `${inJson('Tracing SYN backlog size. Ctrl-C to end.\n12:00:01 dropping a SYN.\n12:00:01 dropping a SYN.\n')}{"type": "hist", "data": {"@backlog": {"128": [{"min": 0, "max": 0, "count": 2}, {"min": 1, "max": 1, "count": 0}, {"min": 2, "max": 3, "count": 1}], "500": [{"min": 1024, "max": 2047, "count": 3}]}}}\n`;
  expect(told(json).lines).toEqual(bt.lines);
  // libbpf-tools print what came since the last time, so the second table adds
  const table = `backlog_max = 500L
     backlog             : count     distribution
         0 -> 1          : 961      |****************************************|
         2 -> 3          : 1        |                                        |
`;
  const bcc = told(`Tracing SYN backlog size. Ctrl-C to end.\n^C\n${table}\n${table.replace('500L', '500')}`);
  expect(bcc.lines.map((line) => line.replace(/^\S+ counter /, ''))).toEqual([
    'tcpsynbl.backlog[500] 0..1 1922 0',
    'tcpsynbl.backlog[500] 2..3 2 0',
  ]);
});

it('counts rows that are damaged, and passes over remarks', () => {
  const { lines, totals } = told(`$ sudo tcpaccept -t
TIME(s)  PID     COMM         IP RADDR            RPORT LADDR            LPORT
0.000    907     sshd         4  192.168.56.1     32324 192.168.56.102   22
0.001    907     sshd         4  192.168.56.1     99999 192.168.56.102   22
0.002    907     sshd
x.003    907     sshd         4  192.168.56.1     32324 192.168.56.102   22
^C
`);
  expect(lines).toHaveLength(1);
  expect(totals.rejections.map(({ offset, reason }) => [offset, reason])).toEqual([
    [4, 'a row of tcpaccept with a column that cannot be read'],
    [5, 'a row of tcpaccept with too few columns, or too many'],
  ]);
});

const reportOf = (text: string): Report =>
  withStore((store, directory) => {
    const path = join(directory, 'tool.txt');
    writeFileSync(path, text);
    take(store, path);
    return reportOn(store);
  });

it('claims in a report no more than the tool shows', () => {
  const accepts = reportOf(ACCEPT_BT.replace('Lost 7 events\n', ''));
  const [listener] = accepts.listeners;
  expect(listener).toMatchObject({ port: 80, accepted: 1, readings: { count: 1, depth_max: 3 } });
  expect(listener.backlog).toMatchObject({ effective: 128, basis: 'read' });
  expect(listener.bounds).toEqual({ enqueued: 'unknown', accepted: 'exact', depth: 'unknown', wait: 'unknown' });
  expect(accepts.verdict.what).toMatch(/accepted 1 connection, at most \d were read waiting\.$/);
  expect(accepts.findings.map(({ id }) => id)).toContain('times-coarse');
  const listens = reportOf(`PID     COMM         PROTO  BACKLOG  PORT  ADDR
3643    nc -l        TCPv4  1        4242  0.0.0.0
`);
  expect(listens.listen_calls).toMatchObject([
    { pid: 3643, comm: 'nc -l', backlog: 1, result: null, address: '0.0.0.0:4242' },
  ]);
  expect(listens.verdict).toMatchObject({ severity: 'info' });
  expect(listens.verdict.what).toBe('Of 0.0.0.0:4242 neither arrivals nor accept() are in the capture.');
  const backlog = reportOf(HISTOGRAM_BT);
  expect(backlog.captures[0].counters).toEqual({
    'tcpsynbl.dropped': 2,
    'tcpsynbl.backlog[128] 0..0': 2,
    'tcpsynbl.backlog[128] 2..3': 1,
    'tcpsynbl.backlog[500] 1024..2047': 3,
  });
});
