// Where snapshots belong in a capture's time, and what nstat's values mean.
import { expect, it } from 'vitest';
import { Dictionaries } from '../../../core/event/dictionary.ts';
import { settleNstat } from '../../../ingest/snapshot/nstat-meaning.ts';
import { place } from '../../../ingest/snapshot/placement.ts';
import { readSnapshots } from '../../../ingest/snapshot/read.ts';
import type { SnapshotFile } from '../../../ingest/snapshot/snapshot.ts';
import { linesOf, sourceOf } from './snapshot-text.ts';

const dictionaries = new Dictionaries();
const filesOf = (...texts: string[]): SnapshotFile[] =>
  texts.map((text, k) => readSnapshots(sourceOf(Buffer.from(text), `f${k}`), dictionaries));
const nstat = (overflows: number, drops = overflows): string =>
  `#kernel\nTcpExtListenOverflows ${overflows} 0.0\nTcpExtListenDrops ${drops} 0.0\n`;
const SYSCTL = 'net.core.somaxconn = 16\n';
const netstat = (overflows: number): string => `TcpExt: ListenOverflows\nTcpExt: ${overflows}\n`;

const named = (files: readonly SnapshotFile[], base: bigint | null): string[] => {
  const { start, stamped, end } = place(files, base);
  const name = ({ name, part }: (typeof start)[number]): string => `${name} ${part.key}@${part.first}`;
  return [
    `start ${start.map(name).join(', ')}`,
    `at ${stamped.map((one) => `${one.at} ${name(one)}`).join(', ')}`,
    `end ${end.map(name).join(', ')}`,
  ];
};

it('puts the first file at the start and the last at the end', () => {
  expect(named(filesOf(nstat(1), nstat(2)), null)).toEqual(['start f0 nstat@0', 'at ', 'end f1 nstat@0']);
  expect(named(filesOf(SYSCTL, nstat(2)), null)).toEqual(['start f0 sysctl@0', 'at ', 'end f1 nstat@0']);
  expect(named(filesOf(nstat(1), nstat(2), nstat(3)), null)).toEqual([
    'start f0 nstat@0',
    'at ',
    'end f1 nstat@0, f2 nstat@0',
  ]);
});

it('puts the first of two outputs in one file at the start, and one that is alone at the end', () => {
  expect(named(filesOf(nstat(1) + SYSCTL + nstat(2)), null)).toEqual([
    'start f0 nstat@0',
    'at ',
    'end f0 sysctl@2, f0 nstat@3',
  ]);
});

it('goes by stamps where the capture has wall time', () => {
  const files = filesOf(`1700000002\n${nstat(2)}1700000001.5\n${nstat(1)}`);
  expect(named(files, 1700000000000000000n)).toEqual([
    'start ',
    'at 1500000000 f0 nstat@2, 2000000000 f0 nstat@0',
    'end ',
  ]);
  expect(named(files, null)).toEqual(['start f0 nstat@0', 'at ', 'end f0 nstat@2']);
});

it('takes nstat for growth where a counter becomes smaller, without what grew before the first', () => {
  const rowsOf = (files: readonly SnapshotFile[]): string[][] =>
    files.map((file) => file.parts.flatMap(({ first, end }) => linesOf(file, dictionaries, first, end)));
  const absolute = filesOf(nstat(5, 7), nstat(9, 11));
  expect(settleNstat(absolute)).toBe(2);
  expect(rowsOf(absolute)[1]).toEqual(['TcpExtListenOverflows 9', 'TcpExtListenDrops 11']);
  const growth = filesOf(nstat(5, 7), nstat(9, 6));
  expect(settleNstat(growth)).toBe(2);
  expect(rowsOf(growth)).toEqual([[], ['TcpExtListenOverflows 9 more', 'TcpExtListenDrops 6 more']]);
});

it('does not mix nstat with counters that are since boot for certain', () => {
  const sizes = (files: readonly SnapshotFile[]): number[] =>
    files.flatMap(({ parts }) => parts.map(({ first, end }) => end - first));
  const one = filesOf(nstat(3), netstat(100));
  expect([settleNstat(one), sizes(one)]).toEqual([1, [0, 1]]);
  const two = filesOf(nstat(3), netstat(100), nstat(4));
  expect([settleNstat(two), sizes(two)]).toEqual([2, [2, 0, 2]]);
});
