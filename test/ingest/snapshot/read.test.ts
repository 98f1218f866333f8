// Snapshots of real tools (iproute2 6.1.0, net-tools 2.10, Linux 6.18): expectations are what the printed text says, read by eye.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CaptureError } from '../../../ingest/format/format.ts';
import { read, readFixture, SNAPSHOTS } from './snapshot-text.ts';

describe('ss', () => {
  it('reads -lntpem with memory on lines of their own', () => {
    const { lines, file } = readFixture('ss-lntpem.txt');
    expect(lines).toEqual([
      'listener 0.0.0.0 2024 0/128 drops 0 inode 1603 -',
      'listener 127.0.0.1 19300 6/5 drops 6 inode 731477 -',
      'holder python3 28992 3 127.0.0.1 19300 family 2',
      'listener ::1 19301 2/3 drops 0 inode 731478 -',
      'holder python3 28992 4 ::1 19301 family 10',
    ]);
    expect(file.unread).toBeNull();
    expect(file.parts).toEqual([{ kind: 'ss', key: 'ss', wall: null, first: 0, end: 5 }]);
  });

  it('reads -ltnp without inodes', () => {
    expect(readFixture('ss-ltnp.txt').lines.filter((line) => line.startsWith('listener'))).toEqual([
      'listener 0.0.0.0 2024 0/128 drops - inode - -',
      'listener 127.0.0.1 19300 6/5 drops - inode - -',
      'listener ::1 19301 2/3 drops - inode - -',
    ]);
  });

  // ss -ltnpemO of one process: two SO_REUSEPORT listeners, IPv4, and IPv6 for both
  it('reads one line each (-O), *: for both families, names with brackets', () => {
    const { lines } = read(`State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess
LISTEN 1      4          127.0.0.1:9000      0.0.0.0:*    users:(("srv (a",pid=8295,fd=12)) ino:6316878 sk:17f1a cgroup:/ <-> skmem:(r0,rb131072,t0,tb16384,f0,w0,o0,bl0,d0)
LISTEN 0      11                 *:8443            *:*    users:(("a\\",pid=1,f) ino:7 ",pid=8295,fd=8),("b",pid=8296,fd=8)) ino:6316875 sk:17f1d cgroup:/ v6only:0 <-> skmem:(r0,rb131072,t0,tb16384,f0,w0,o0,bl0,d3)
`);
    expect(lines).toEqual([
      'listener 127.0.0.1 9000 1/4 drops 0 inode 6316878 -',
      'holder srv (a 8295 12 127.0.0.1 9000 family 2',
      'listener :: 8443 0/11 drops 3 inode 6316875 -',
      'holder a\\",pid=1,f) ino:7  8295 8 :: 8443 family 10',
      'holder b 8296 8 :: 8443 family 10',
    ]);
  });

  it('numbers listeners that share an address where inodes are not printed', () => {
    const { lines } = read(`LISTEN 1      4          127.0.0.1:9000      0.0.0.0:*
LISTEN 0      3          127.0.0.1:9000      0.0.0.0:*
LISTEN 0      128          0.0.0.0:2024      0.0.0.0:*
`);
    expect(lines).toEqual([
      'listener 127.0.0.1 9000 1/4 drops - inode -1 -',
      'listener 127.0.0.1 9000 0/3 drops - inode -2 -',
      'listener 0.0.0.0 2024 0/128 drops - inode - -',
    ]);
  });

  it('reads UNIX listeners, also with spaces in the path, and zones and IPv6 among tcp', () => {
    const { lines } = read(`Netid State  Recv-Q Send-Q             Local Address:Port    Peer Address:PortProcess
u_str LISTEN 1      5      /tmp/snap/with space.sock 6316872            * 0    users:(("srv (a",pid=8295,fd=5)) <-> ino:2195554 dev:0/65024 peers: 6316873
u_str LISTEN 0      7                      @abstract 6316874            * 0
u_str ESTAB  0      0                              * 6316871            * 6316870
tcp   LISTEN 0      11                127.0.0.53%lo:53             0.0.0.0:*
tcp   LISTEN 2      12             [fe80::1]%eth0:80                 [::]:*
tcp   ESTAB  7      8                    127.0.0.1:80            127.0.0.1:5
`);
    expect(lines).toEqual([
      'listener - 1/5 drops - inode 6316872 /tmp/snap/with space.sock',
      'holder srv (a 8295 5 - family 1',
      'listener - 0/7 drops - inode 6316874 @abstract',
      'listener 127.0.0.53 53 0/11 drops - inode - -',
      'listener fe80::1 80 2/12 drops - inode - -',
    ]);
  });

  it('takes *: for IPv4 alone where the release prints IPv6 without brackets', () => {
    const { lines } = read(`State      Recv-Q Send-Q Local Address:Port               Peer Address:Port
LISTEN     0      128          *:22                       *:*
LISTEN     0      100    127.0.0.1:25                     *:*
LISTEN     0      128         :::80                      :::*
`);
    expect(lines).toEqual([
      'listener 0.0.0.0 22 0/128 drops - inode - -',
      'listener 127.0.0.1 25 0/100 drops - inode - -',
      'listener :: 80 0/128 drops - inode - -',
    ]);
  });

  it('counts rows that name their port', () => {
    const { file, lines } = read(`State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess
LISTEN 0      11           0.0.0.0:http      0.0.0.0:*
LISTEN 0      128          0.0.0.0:2024      0.0.0.0:*
`);
    expect(lines).toEqual(['listener 0.0.0.0 2024 0/128 drops - inode - -']);
    expect(file.unread).toEqual({ count: 1, line: 2, text: 'LISTEN 0      11           0.0.0.0:http      0.0.0.0:*' });
  });
});

describe('counters', () => {
  const listen = (lines: readonly string[]): string[] => lines.filter((line) => /Listen(Overflows|Drops) /.test(line));

  it('reads nstat -az: TCP alone', () => {
    const { lines, file } = readFixture('nstat-az.txt');
    expect(listen(lines)).toEqual(['TcpExtListenOverflows 3803', 'TcpExtListenDrops 3803']);
    const printed = readFileSync(`${SNAPSHOTS}nstat-az.txt`, 'utf8').match(/^Tcp\w+/gm) ?? [];
    expect(lines.map((line) => line.split(' ')[0])).toEqual(printed);
    expect(file.unread).toBeNull();
  });

  it('reads nstat -j, on one line and pretty', () => {
    const one = read('{"kernel":{"IpInReceives":24322,"TcpPassiveOpens":151,"TcpExtListenOverflows":8}}\n');
    const pretty = read(
      '{\n    "kernel": {\n        "TcpPassiveOpens": 151,\n        "TcpExtListenOverflows": 8\n    }\n}\n',
    );
    expect(one.lines).toEqual(['TcpPassiveOpens 151', 'TcpExtListenOverflows 8']);
    expect(pretty.lines).toEqual(one.lines);
    expect([one.file.unread, pretty.file.unread]).toEqual([null, null]);
  });

  it('reads /proc/net/netstat and /proc/net/snmp', () => {
    const { lines } = readFixture('proc-net-netstat.txt');
    expect(listen(lines)).toEqual(['TcpExtListenOverflows 3803', 'TcpExtListenDrops 3803']);
    const snmp = read(`Tcp: RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens PassiveOpens CurrEstab
Tcp: 1 200 120000 -1 318 151 4
`);
    expect(snmp.lines).toEqual(['TcpActiveOpens 318', 'TcpPassiveOpens 151']);
    expect(read('TcpExt: A B\nTcpExt: 1\n').file.unread).toMatchObject({ count: 1, line: 2 });
  });

  it('reads the sentences of netstat -s, and knows that zero is left out', () => {
    const some = read(`Tcp:
    318 active connection openings
    151 passive connection openings
Udp:
    348 packets received
TcpExt:
    46 delayed acks sent
    8 times the listen queue of a socket overflowed
    9 SYNs to LISTEN sockets dropped
    TCPTimeouts: 8
`);
    expect(some.lines).toEqual([
      'TcpPassiveOpens 151',
      'TcpExtListenOverflows 8',
      'TcpExtListenDrops 9',
      'TcpExtTCPTimeouts 8',
    ]);
    expect(some.file.unread).toBeNull();
    expect(read('TcpExt:\n    46 delayed acks sent\n').lines).toEqual([
      'TcpExtListenOverflows 0',
      'TcpExtListenDrops 0',
    ]);
  });

  it('reads sysctl values, from sysctl and from the files', () => {
    const { lines, file } = read(`net.core.somaxconn = 4096
kernel.hostname = x
net.ipv4.tcp_syncookies=1
/proc/sys/net/core/somaxconn:128
`);
    expect(lines).toEqual([
      'sysctl net.core.somaxconn 4096',
      'sysctl net.ipv4.tcp_syncookies 1',
      'sysctl net.core.somaxconn 128',
    ]);
    expect(file.unread).toBeNull();
  });
});

describe('/proc/net/tcp', () => {
  it('reads listeners, and counts their waiting connections a second way', () => {
    const { lines } = readFixture('proc-net-tcp.txt');
    expect(lines.filter((line) => line.startsWith('listener'))).toEqual([
      'listener 0.0.0.0 2024 0/- drops - inode 1603 -', // 00000000:07E8
      'listener 127.0.0.1 19300 6/- drops - inode 731477 -', // 0100007F:4B64, rx_queue 00000006
    ]);
    // rows of state 01 at 0100007F:4B64 with inode 0
    const rows = readFileSync(`${SNAPSHOTS}proc-net-tcp.txt`, 'utf8').split('\n');
    const waiting = rows.filter((row) => /: 0100007F:4B64 \S+ 01 /.test(row) && row.trim().split(/\s+/)[9] === '0');
    expect(lines.filter((line) => line.startsWith('children'))).toEqual([
      `children waiting at 127.0.0.1:19300 ${waiting.length}`,
    ]);
    expect(waiting.length).toBe(6);
  });

  it('reads tcp6, a dual-stack listener and its IPv4 children', () => {
    const head =
      '  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
    const row = (local: string, state: string, received: string, inode: number): string =>
      `   0: ${local} 00000000000000000000000000000000:0000 ${state} 00000000:${received} 00:00000000 00000000     0        0 ${inode} 1 00000000eeb106b0 100 0 0 10 0\n`;
    const any = '00000000000000000000000000000000:20FB';
    const child = '0000000000000000FFFF00000100007F:20FB';
    const one = 'B80D0120000000000000000001000000:0050'; // 2001:db8::1
    const { lines } = read(
      head +
        row(any, '0A', '00000002', 5) +
        row(child, '01', '00000000', 0) +
        row(child, '08', '00000000', 0) +
        row(one, '0A', '0000000B', 6),
    );
    expect(lines).toEqual([
      'listener :: 8443 2/- drops - inode 5 -',
      'listener 2001:db8::1 80 11/- drops - inode 6 -',
      'children waiting at [::]:8443 2',
    ]);
  });
});

describe('a file', () => {
  it('may hold several snapshots, told apart by stamps and by headers that come again', () => {
    const header = 'State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess\n';
    const { file } = read(
      `1700000000.250000000\n${header}LISTEN 0 128 0.0.0.0:80 0.0.0.0:*\n#kernel\nTcpExtListenDrops 1 0.0\n${header}\n2023-11-14T22:13:21,5+00:00\n#kernel\nTcpExtListenDrops 2 0.0\n`,
    );
    expect(file.parts.map(({ key, wall, first, end }) => [key, wall, end - first])).toEqual([
      ['ss', 1700000000250000000n, 1],
      ['nstat', 1700000000250000000n, 1],
      ['ss', null, 0], // a second one, whose time the stamp does not tell
      ['nstat', 1700000001500000000n, 1],
    ]);
  });

  it.each([
    ['1700000000', 1700000000000000000n],
    ['1700000000.000000001', 1700000000000000001n],
    ['1700000000000000001', 1700000000000000001n],
    ['2023-11-14T22:13:20,123456789+00:00', 1700000000123456789n],
    ['2023-11-15 00:13:20.000000005+02:00', 1700000000000000005n],
    ['2023-11-14T22:13:20Z', 1700000000000000000n],
    ['Tue Nov 14 22:13:20 UTC 2023', 1700000000000000000n],
    ['Tue 14 Nov 2023 22:13:20 UTC', undefined],
    ['Tue Nov 14 10:13:20 PM UTC 2023', 1700000000000000000n],
    ['Tue, 14 Nov 2023 14:13:20 -0800', 1700000000000000000n],
    ['=== 2023-11-14T22:13:20Z ===', 1700000000000000000n],
    ['Tue Nov 14 23:13:20 CET 2023', null], // 22:13:20 UTC, but the name of a zone is no offset
  ])('knows the stamp %s', (stamp, wall) => {
    const { file } = read(`${stamp}\n#kernel\n`);
    expect(file.parts[0].wall).toBe(wall ?? null);
    expect(file.unread === null).toBe(wall !== undefined);
  });

  it('is refused when nothing in it is known, with what was tried', () => {
    const refusal = (text: string): CaptureError => {
      try {
        read(text);
      } catch (error) {
        return error as CaptureError;
      }
      throw new Error('not refused');
    };
    expect(refusal('hello\n')).toBeInstanceOf(CaptureError);
    expect(refusal('hello\n').message).toMatch(/no snapshot that acceptq knows \(it starts with "hello"\)/);
    expect(refusal('hello\n').next).toMatch(/ss, nstat, \/proc\/net\/netstat.*sysctl/);
    expect(refusal('').message).toBe('the file is empty');
    expect(refusal('1700000000\n').message).toMatch(/starts with "1700000000"/);
  });
});
