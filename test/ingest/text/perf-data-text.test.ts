// One recording, read twice: as perf.data, and as the text that perf script prints of it. Both must give the same events.
import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { openFileSource } from '../../../ingest/source/file-source.ts';
import { CASES, perfDataOf } from '../../support/fixtures.ts';
import { group } from '../../support/needs.ts';
import { type Row, readSource, readText } from './read-text.ts';

const perfScript = (path: string, ...options: string[]): Buffer =>
  execFileSync('perf', ['script', '-f', '-i', path, ...options], {
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'ignore'],
  });

/** What the text does not show, by event; `sk` of these events stays absent. */
const NOT_SHOWN: Readonly<Record<string, readonly string[]>> = {
  inet_sock_set_state: ['sk'],
  sk_data_ready: ['sk'],
  kfree_skb: ['location'], // printed as a symbol
  tcp_receive_reset: ['sk'],
  tcp_destroy_sock: ['sk'],
  tcp_retransmit_synack: ['sk', 'req'],
};

function shown(row: Row, round: (time: bigint) => bigint): string {
  const args = Object.entries(row.args).filter(([name]) => !NOT_SHOWN[row.type]?.includes(name));
  // printed so where no socket has a state
  if (row.type === 'tcp_send_reset' && row.args.sk === undefined)
    args.splice(0, args.length, ...args.filter(([k]) => k !== 'state'));
  const time = row.time === null ? 'before' : round(row.time);
  return `${time} ${row.type} ${row.pid}/${row.tid} ${JSON.stringify(args.sort(([a], [b]) => (a < b ? -1 : 1)))}`;
}

/** perf sorts what it prints; events of one time may stand in either order. */
const settled = (rows: readonly Row[], round: (time: bigint) => bigint, keep: (row: Row) => boolean): string[] =>
  rows
    .filter(keep)
    .map((row) => shown(row, round))
    .sort();

const exact = (time: bigint): bigint => time;
const isEvent = ({ type }: Row): boolean => !/^(task_|lost|throttle|unthrottle)/.test(type);
/** The side-band that perf made up at start has no time, and perf prints some of it in its own way. */
const isTimed = (row: Row): boolean => row.time !== null;

group('perf script text equals perf.data', ['perf'], () => {
  it.each(CASES)('%s, to the nanosecond', (name) => {
    const source = openFileSource(perfDataOf(name));
    const binary = readSource(source);
    source.close();
    const text = readText(perfScript(perfDataOf(name), '--ns', '-F', 'comm,pid,tid,cpu,time,event,trace'));
    expect(text.format).toBe('perf script');
    expect(text.totals.rejected).toBe(0);
    expect(settled(text.rows, exact, isEvent)).toEqual(settled(binary.rows, exact, isEvent));
    const cpus = (rows: readonly Row[]): string[] =>
      rows
        .filter(isEvent)
        .map((row) => `${row.time} ${row.cpu}`)
        .sort();
    expect(cpus(text.rows)).toEqual(cpus(binary.rows));
  });

  it('prints microseconds by default, and the thread alone', () => {
    const path = perfDataOf('per-task');
    const binary = readSource(openFileSource(path));
    const text = readText(perfScript(path));
    const threads = (rows: readonly Row[]): Row[] => rows.map((row) => ({ ...row, pid: row.tid === 0 ? 0 : -1 }));
    const round = (time: bigint): bigint => (time / 1000n) * 1000n;
    expect(settled(threads(text.rows), round, isEvent)).toEqual(settled(threads(binary.rows), round, isEvent));
  });

  it('has the header', () => {
    const path = perfDataOf('nginx-ab');
    const { info } = readSource(openFileSource(path));
    const text = readText(perfScript(path, '--header')).info;
    const known = ({ tool, kernel, arch, host, cmdline, clock }: typeof info) => ({
      tool,
      kernel,
      arch,
      host,
      clock,
      cmdline,
    });
    expect(known(text)).toEqual(known({ ...info, cmdline: info.cmdline === null ? null : info.cmdline.trim() }));
    for (const probe of info.probes) expect(text.probes).toContain(probe);
  });

  it.each(['nginx-ab', 'lost', 'per-task'])('%s with side-band', (name) => {
    const binary = readSource(openFileSource(perfDataOf(name)));
    const text = readText(
      perfScript(
        perfDataOf(name),
        '--ns',
        '--show-task-events',
        '--show-lost-events',
        '-F',
        'comm,pid,tid,cpu,time,event,trace',
      ),
    );
    expect(text.totals.rejected).toBe(0);
    const side = (row: Row): boolean => !isEvent(row) && isTimed(row) && !/throttle|lost_samples/.test(row.type);
    // FORK and EXIT records have two times, some hundred nanoseconds apart: perf prints that of the trailer
    const untimed = (rows: readonly Row[]): Row[] =>
      rows.filter(isTimed).map((row) => (/fork|exit/.test(row.type) ? { ...row, time: 0n } : row));
    expect(settled(untimed(text.rows), exact, side)).toEqual(settled(untimed(binary.rows), exact, side));
  });

  it('has stacks between the events', () => {
    const path = perfDataOf('listen-errors');
    const plain = readText(perfScript(path, '--ns'));
    const lines = perfScript(path, '--ns').toString('latin1').split('\n');
    const stacked = lines.flatMap((line) =>
      line === '' ? [''] : [line, '\tffffffff81a2b3c0 tcp_v4_rcv+0x91 ([kernel.kallsyms])', ''],
    );
    const read = readText(stacked.join('\n'));
    expect(read.totals.rejected).toBe(0);
    expect(settled(read.rows, exact, () => true)).toEqual(settled(plain.rows, exact, () => true));
  });
});
