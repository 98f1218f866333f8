// A perf that was killed leaves no event formats: what its records tell by their shape is read, and as the intact file has it.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { CaptureError } from '../../../ingest/format/format.ts';
import { perfDataOf, reportOn, take, withStore } from '../../support/fixtures.ts';
import { toBigEndian } from './big-endian.ts';
import { bytesOf, changed, ingestBytes, layoutOf } from './bytes.ts';
import { readRows, typeOf } from './rows.ts';

const fixture = (name: string): Buffer =>
  readFileSync(fileURLToPath(new URL(`../../fixture/${name}`, import.meta.url)));

/** As SIGKILL leaves a recording: the size of the data not written, no features behind them though their bits are set. */
function killed(file: Buffer): Buffer {
  const big = file.toString('latin1', 0, 8) === '2ELIFREP';
  const end = big
    ? file.readBigUInt64BE(40) + file.readBigUInt64BE(48)
    : file.readBigUInt64LE(40) + file.readBigUInt64LE(48);
  return changed(file.subarray(0, Number(end)), (copy) => copy.writeBigUInt64LE(0n, 48));
}

const FILES: readonly (readonly [name: string, file: Buffer, unknown: readonly string[]])[] = [
  ['acceptload-overflow', bytesOf('acceptload-overflow'), ['tcp_receive_reset', 'tcp_send_reset']],
  ['ipv6-dual', bytesOf('ipv6-dual'), ['tcp_receive_reset', 'tcp_send_reset']],
  ['nginx-ab', bytesOf('nginx-ab'), ['kfree_skb']],
  // of execve only one return
  ['per-task', bytesOf('per-task'), ['tcp_receive_reset', 'tcp_send_reset', 'sys_exit_execve']],
  ['node-clamped', bytesOf('node-clamped'), ['kfree_skb', 'tcp_receive_reset', 'tcp_send_reset']],
  ['Linux 5.10', fixture('other-kernels/5.10.data'), []],
  ['Linux 6.1', fixture('other-kernels/6.1.data'), []],
  ['call graphs', fixture('perf-data-forms/callgraph.data'), ['kfree_skb', 'tcp_receive_reset', 'tcp_send_reset']],
  ['compressed', fixture('perf-data-forms/zstd.data'), ['kfree_skb', 'tcp_receive_reset', 'tcp_send_reset']],
  ['big-endian', toBigEndian(bytesOf('ipv6-dual')), ['tcp_receive_reset', 'tcp_send_reset']],
];

describe('what a killed perf leaves', () => {
  it.each(FILES)('%s: every event that is recognised is the one it was', (_, file, unknown) => {
    const intact = readRows(file);
    const left = readRows(killed(file));
    const types = new Set(left.lines.map(typeOf));
    expect(left.lines).toEqual(intact.lines.filter((line) => types.has(typeOf(line))));
    for (const type of ['sys_enter_listen', 'sys_exit_accept4', 'inet_sock_set_state'])
      if (intact.lines.some((line) => typeOf(line) === type)) expect(types).toContain(type);
    const missing = new Set(intact.lines.map(typeOf).filter((type) => !types.has(type)));
    expect([...missing].filter((type) => !unknown.includes(type))).toEqual([]);
    expect(left.reasons.join('\n')).toMatch(
      /the event formats are missing .*: \d+ of \d+ events were recognised by the shape/,
    );
    const undecoded = left.reasons.filter((reason) => reason.includes('does not tell what it is'));
    expect(undecoded.length).toBeGreaterThanOrEqual(missing.size);
  });

  it('is a report of bounds', () =>
    withStore((store) => {
      expect(ingestBytes(store.db, killed(bytesOf('acceptload-overflow')))).toMatchObject({ kind: 'stored' });
      const report = reportOn(store);
      expect(report.listeners).toHaveLength(1);
      expect(report.listeners[0]).toMatchObject({ enqueued: 60, accepted: 60, bounds: { accepted: 'lower' } });
      expect(report.findings.map(({ id }) => id)).toContain('capture-incomplete');
    }));

  // a load of 40 connections with a backlog of 3; acceptload printed how many it accepted
  it.each([
    ['5.10', 28],
    ['6.1', 39],
  ])('Linux %s: perf killed by SIGKILL, up to what its rings still held', (kernel, accepted) =>
    withStore((store) => {
      take(store, fileURLToPath(new URL(`../../fixture/perf-data-probes/killed-${kernel}.data`, import.meta.url)));
      const { listeners, captures } = reportOn(store);
      expect(listeners).toHaveLength(1);
      expect(listeners[0]).toMatchObject({ port: 8181, bounds: { accepted: 'lower' } });
      expect(listeners[0].accepted).toBeLessThanOrEqual(accepted);
      expect(listeners[0].accepted).toBeGreaterThan(accepted * 0.7);
      expect(listeners[0].backlog).toMatchObject({ requested: 3 });
      expect(listeners[0].overflows.bound).toBe('lower');
      expect(captures[0].rejections.map(({ reason }) => reason).join()).toContain('recognised by the shape');
    }),
  );

  it('is told from the records that got into the file, however many', () => {
    const file = bytesOf('acceptload-burst');
    const intact = new Set(readRows(file).lines);
    const { records } = layoutOf(file);
    let before = 0;
    for (const share of [0.05, 0.1, 0.3, 0.7]) {
      const { offset } = records[Math.floor(records.length * share)];
      const { lines } = readRows(
        killed(changed(file, (copy) => copy.writeBigUInt64LE(BigInt(offset) - copy.readBigUInt64LE(40), 48))),
      );
      expect(lines.filter((line) => !intact.has(line))).toEqual([]);
      expect(lines.length).toBeGreaterThan(before);
      before = lines.length;
    }
  });
});

const file = bytesOf('acceptload-overflow');
const layout = layoutOf(file);
const formats = [...file.toString('latin1').matchAll(/name: (\w+)\nID: (\d+)\nformat:/g)];
const idOf = (name: string): number => Number(formats.find((match) => match[1] === name)?.[2]);

/** Where the raw data of all samples of an event begin. */
function rawsOf(name: string): number[] {
  // IDENTIFIER IP TID TIME CPU PERIOD, then the size of the raw data
  const at = 8 + 48;
  return layout.records
    .filter(({ type, offset }) => type === 9 && file.readUInt16LE(offset + at + 4) === idOf(name))
    .map(({ offset }) => offset + at + 4);
}

const without = (name: string, change: (copy: Buffer, raw: number, k: number) => unknown): readonly string[] =>
  readRows(
    killed(
      changed(file, (copy) => {
        rawsOf(name).forEach((raw, k) => {
          change(copy, raw, k);
        });
      }),
    ),
  ).lines.filter((line) => typeOf(line) === name);

describe('nothing is guessed', () => {
  it('finds the samples that it changes', () => {
    expect(rawsOf('sys_enter_accept4').length).toBe(69);
    for (const name of ['sys_enter_accept4', 'inet_sock_set_state', 'sk_data_ready', 'tcp_retransmit_skb'])
      expect(without(name, () => undefined).length).toBe(rawsOf(name).length);
  });

  it.each([
    [
      'inet_sock_set_state',
      'one pointer that is none',
      (copy: Buffer, raw: number, k: number) => k === 40 && copy.writeBigUInt64LE(4096n, raw + 8),
    ],
    [
      'inet_sock_set_state',
      'one state that is none',
      (copy: Buffer, raw: number, k: number) => k === 7 && copy.writeInt32LE(99, raw + 20),
    ],
    [
      'inet_sock_set_state',
      'one address that its IPv6 form contradicts',
      (copy: Buffer, raw: number, k: number) => k === 0 && copy.writeUInt8(9, raw + 33),
    ],
    [
      'sk_data_ready',
      'a code address that is none',
      (copy: Buffer, raw: number, k: number) => k === 3 && copy.writeBigUInt64LE(77n, raw + 24),
    ],
    [
      'sys_enter_accept4',
      'the number of another call',
      (copy: Buffer, raw: number, k: number) => k === 9 && copy.writeInt32LE(43, raw + 8),
    ],
    [
      'sys_exit_accept4',
      'a result that is none',
      (copy: Buffer, raw: number, k: number) => k === 9 && copy.writeBigInt64LE(-70000n, raw + 16),
    ],
    [
      'tcp_retransmit_skb',
      'what tcp_send_reset looks like',
      (copy: Buffer, raw: number) => copy.writeInt32LE(1, raw + 24),
    ],
    [
      'sys_enter_accept4',
      'PREEMPT_RT: the number is further behind',
      (copy: Buffer, raw: number) => copy.writeInt32LE(288, raw + 12) && copy.writeInt32LE(0, raw + 8),
    ],
  ])('%s: %s', (name, _, change) => expect(without(name, change)).toEqual([]));

  it('inet_sock_set_state with a protocol of one byte, as before 5.6, is the same', () => {
    const older = without('inet_sock_set_state', (copy, raw) => copy.copyWithin(raw + 31, raw + 32, raw + 72));
    expect(older).toEqual(readRows(file).lines.filter((line) => typeOf(line) === 'inet_sock_set_state'));
  });

  it('a close() of which only one side was recorded is told by its values, or not at all', () => {
    expect(without('sys_exit_close', (copy, raw) => copy.writeUInt16LE(0xffff, raw)).length).toBe(0);
    const zeros =
      (name: string) =>
      (copy: Buffer, raw: number): unknown =>
        name === '' || copy.writeBigInt64LE(0n, raw + 16);
    expect(without('sys_enter_close', zeros('')).length).toBe(rawsOf('sys_enter_close').length);
  });

  it('a file with none of these events is refused as before', () => {
    const none = killed(
      changed(file, (copy) => {
        for (const [, name] of formats) for (const raw of rawsOf(name)) copy.fill(0x11, raw + 8, raw + 28);
      }),
    );
    expect(() => readRows(none)).toThrow(CaptureError);
    expect(() => readRows(none)).toThrow(/records are there, but not the event formats/);
  });
});

it('the fixtures are where they were', () =>
  expect(readFileSync(perfDataOf('acceptload-overflow')).equals(file)).toBe(true));
