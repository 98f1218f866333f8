// bcc's tools recorded here (test/fixture/README.md), against what the kernel's own trace and counters say of the same run.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { reportOn, takeBeside, withStore } from '../../support/fixtures.ts';
import { told } from './tool-lines.ts';

const FIXTURE = fileURLToPath(new URL('../../fixture/tool-text/', import.meta.url));
const textOf = (name: string): string => readFileSync(`${FIXTURE}${name}`, 'utf8');

/** The kernel's trace, read with a regular expression: `local remote old new`. */
const STATE =
  /^.*? (\d+)\.(\d+): inet_sock_set_state: family=AF_INET6? protocol=IPPROTO_TCP sport=(\d+) dport=(\d+) saddr=(\S+) daddr=(\S+) saddrv6=(\S+) daddrv6=(\S+) oldstate=TCP_(\w+) newstate=TCP_(\w+)$/;
const NAMES =
  ' ESTABLISHED SYN_SENT SYN_RECV FIN_WAIT1 FIN_WAIT2 TIME_WAIT CLOSE CLOSE_WAIT LAST_ACK LISTEN CLOSING'.split(' ');
const changes = textOf('trace.txt')
  .split('\n')
  .flatMap((line) => {
    const match = STATE.exec(line);
    if (match === null) return [];
    const [, seconds, micros, sport, dport, saddr, daddr, saddr6, daddr6, from, to] = match;
    const is6 = saddr6 !== `::ffff:${saddr}` && !(saddr6 === '::' && saddr !== '0.0.0.0') && line.includes('AF_INET6');
    return [
      {
        at: Number(seconds) * 1e6 + Number(micros),
        what: `${NAMES.indexOf(from)} ${NAMES.indexOf(to)} ${is6 ? saddr6 : saddr}|${sport} ${is6 ? daddr6 : daddr}|${dport} 6`,
      },
    ];
  });

describe('tcpstates', () => {
  const withTimes = told(textOf('tcpstates-Tt.txt'));

  it('tells the state changes that the kernel traced, with their sockets', () => {
    expect(changes.length).toBe(60);
    expect(withTimes.totals).toMatchObject({ rejected: 0, ignored: 0 });
    const of = (line: string): string => line.replace(/^.* inet_sock_set_state 0x[0-9a-f]{16} /, '');
    expect(withTimes.lines.map(of).sort()).toEqual(changes.map(({ what }) => what).sort());
  });

  it('has the kernel’s times between changes, as exact as both print them', () => {
    // the same changes in the same order, where the tool’s clock began at its first
    const ofState = (lines: readonly string[]): string[] => lines.map((line) => line.split(' ').slice(-5).join(' '));
    const told = withTimes.lines.map((line) => Number(line.split(' ')[0]) * 1e6);
    const inOrder = ofState(withTimes.lines);
    changes.forEach(({ at, what }) => {
      const index = inOrder.indexOf(what);
      // the probe and the trace read their clocks one after the other
      expect(Math.abs(told[index] - (at - changes[0].at))).toBeLessThan(2000);
    });
  });

  it('reads every column set alike', () => {
    const rows = ({ lines }: { lines: string[] }): string[] => lines.map((line) => line.replace(/^\S+ /, '')).sort();
    for (const name of ['tcpstates-w.txt', 'tcpstates-st.txt'])
      expect(rows(told(textOf(name)))).toEqual(rows(withTimes));
    expect(told(textOf('tcpstates-w.txt')).info).toMatchObject({ clock: 'order of lines (no times)', pointers: true });
    expect(withTimes.info).toMatchObject({ tool: 'tcpstates', clock: 'time since the first event', unit: 'line' });
    expect(withTimes.lines.filter((line) => line.includes(' srv w-1/'))).toHaveLength(54);
  });

  it('gives a report that claims no waits, and as many arrivals as the kernel counted', () =>
    withStore((store) => {
      const counters = ['nstat-before.txt', 'ss.txt', 'nstat-after.txt'].map(textOf);
      takeBeside(store, `${FIXTURE}tcpstates-st.txt`, counters);
      const report = reportOn(store);
      const [full, served] = report.listeners;
      expect([full.port, full.enqueued, served.port, served.enqueued]).toEqual([9092, 4, 9093, 2]); // PassiveOpens 6
      expect(report.captures[0].counters.TcpPassiveOpens).toBe(6);
      expect(full.bounds).toMatchObject({ accepted: 'unknown', depth: 'unknown', wait: 'unknown' });
      expect(report.captures[0].counters.TcpExtListenOverflows).toBe(4);
      const ids = report.findings.map(({ id }) => id);
      expect(ids).toContain('counters-say-more');
      expect(ids).not.toContain('nobody-accepts');
      expect(report.verdict.what).not.toMatch(/accepted 0/);
    }));
});

it('tcplife: each connection with its length, as far apart as the state changes were', () => {
  const { lines, info, totals } = told(textOf('tcplife-T.txt'));
  expect(info).toMatchObject({ tool: 'tcplife', clock: 'local time of day (whole seconds)', pointers: false });
  expect([lines.length, totals.rejected]).toEqual([12, 0]);
  for (const line of lines) {
    const [local, remote, ns] = line.split(' ').slice(-3);
    const own = changes.filter(({ what }) => what.includes(`${local} ${remote}`));
    // the tool counts from the last change to a state before FIN_WAIT1, which is the one to ESTABLISHED
    const [made, ended] = [/^\d+ 1 /, /^\d+ 7 /].map((change) => own.filter(({ what }) => change.test(what)));
    expect([made.length, ended.length], line).toEqual([1, 1]);
    expect(Math.abs(Number(ns) / 1e3 - (ended[0].at - made[0].at)), line).toBeLessThan(500);
  }
});

it('tcpretrans: the SYNs that were sent again', () => {
  const { lines, info } = told(textOf('tcpretrans.txt'));
  expect(info).toMatchObject({ tool: 'tcpretrans', format: 'tool text' });
  const traced = [
    ...textOf('trace.txt').matchAll(
      /tcp_retransmit_skb: .* sport=(\d+) dport=(\d+) saddr=(\S+) daddr=(\S+) .*state=TCP_SYN_SENT/g,
    ),
  ];
  expect(traced).toHaveLength(4); // ListenOverflows grew by 4
  expect(lines.map((line) => line.split(' ').slice(-4).join(' ')).sort()).toEqual(
    traced.map(([, sport, dport, saddr, daddr]) => `- 2 ${saddr}|${sport} ${daddr}|${dport}`).sort(),
  );
});
