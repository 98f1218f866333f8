// Damaged and hostile snapshots: bytes changed, lines cut, doubled and mixed. Nothing may throw but CaptureError, and nothing may take long.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Dictionaries } from '../../../core/event/dictionary.ts';
import { CaptureError } from '../../../ingest/format/format.ts';
import { settleNstat } from '../../../ingest/snapshot/nstat-meaning.ts';
import { place } from '../../../ingest/snapshot/placement.ts';
import { readSnapshots } from '../../../ingest/snapshot/read.ts';
import { SNAPSHOTS, sourceOf } from './snapshot-text.ts';

const CASES = Number(process.env.ACCEPTQ_FUZZ_CASES ?? 300);

/** A small linear congruential generator: the same cases on every run. */
function chance(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 4294967296) * below);
  };
}

const seeds = [
  ...readdirSync(SNAPSHOTS).map((name) => readFileSync(`${SNAPSHOTS}${name}`)),
  Buffer.from(
    '1700000000.5\nnet.core.somaxconn = 4096\nu_str LISTEN 1 5 /a b 12 * 0 users:(("x",pid=1,fd=2),("y",pid=3,fd=4))\n',
  ),
  Buffer.from('TcpExt:\n    8 times the listen queue of a socket overflowed\n{"kernel":{"TcpExtListenDrops":8}}\n'),
];
const BYTES = Buffer.from('\n\n \t:*%"()[],{}#=0aA9\0\xff', 'latin1');

it('survives', () => {
  const next = chance(20240824);
  for (let index = 0; index < CASES; index++) {
    const bytes = Buffer.concat([seeds[next(seeds.length)], seeds[next(seeds.length)]]);
    for (let k = next(40); k >= 0; k--) bytes[next(bytes.length)] = BYTES[next(BYTES.length)];
    const input = bytes.subarray(next(100), bytes.length - next(100));
    try {
      const files = [readSnapshots(sourceOf(input), new Dictionaries())];
      settleNstat(files);
      place(files, 0n);
      for (const { rows } of files)
        for (let row = 0; row < rows.length; row++) expect(rows.args[0][row]).not.toBe(Number.POSITIVE_INFINITY);
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
    }
  }
});

it.each([
  ['users that never end', `LISTEN 0 1 0.0.0.0:1 0.0.0.0:* users:((${'"a'.repeat(200_000)}`],
  ['spaces', `LISTEN ${' '.repeat(500_000)}x`],
  ['a stamp of digits', '1'.repeat(500_000)],
  ['names', `TcpExt: ${'a '.repeat(200_000)}`],
  ['a sysctl', `net.${'a.'.repeat(200_000)}`],
  ['JSON', `{"kernel":{${'"A":1,'.repeat(100_000)}`],
])(
  'reads a long line of %s in no time',
  (_, line) => {
    expect(() => readSnapshots(sourceOf(Buffer.from(`#kernel\n${line}\n`)), new Dictionaries())).not.toThrow();
  },
  2000,
);
