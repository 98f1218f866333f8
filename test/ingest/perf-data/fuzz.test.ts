// Random damage: whatever happens to the bytes, reading ends soon, with rows or with a CaptureError, and never otherwise.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openStore } from '../../../core/store/store.ts';
import { CaptureError } from '../../../ingest/format/format.ts';
import { perfData } from '../../../ingest/format/perf-data/format.ts';
import { RoundSorter } from '../../../ingest/order/round-sorter.ts';
import { byRow } from '../../support/by-row.ts';
import { reportOn } from '../../support/fixtures.ts';
import { bytesOf, ingestBytes, memorySource } from './bytes.ts';

const SEED = 20260101;
const RUNS = Number(process.env.ACCEPTQ_FUZZ_CASES ?? 3000);
const FORMS = fileURLToPath(new URL('../../fixture/perf-data-forms/', import.meta.url));
const PROBES = fileURLToPath(new URL('../../fixture/perf-data-probes/', import.meta.url));
/** Recordings as files, and in the other forms; with how many records a byte of them can hold. */
const FIXTURES = {
  'listen-errors': { file: bytesOf('listen-errors'), records: 1 / 8 },
  'per-task': { file: bytesOf('per-task'), records: 1 / 8 },
  'pipe.data': { file: readFileSync(`${FORMS}pipe.data`), records: 1 / 8 },
  'zstd.data': { file: readFileSync(`${FORMS}zstd.data`), records: 64 },
  'pipe-zstd.data': { file: readFileSync(`${FORMS}pipe-zstd.data`), records: 64 },
  'overwrite.data': { file: readFileSync(`${FORMS}overwrite.data`), records: 1 / 8 },
  'killed-5.10.data': { file: readFileSync(`${PROBES}killed-5.10.data`), records: 1 / 8 },
  'kprobe.data': { file: readFileSync(`${PROBES}kprobe.data`), records: 1 / 8 },
  'raw-syscalls.data': { file: readFileSync(`${PROBES}raw-syscalls.data`), records: 1 / 8 },
};
type Fixture = keyof typeof FIXTURES;
const NAMES = Object.keys(FIXTURES) as Fixture[];

/** One change: where (as a share of the file) and what. */
type Damage =
  | { readonly kind: 'flip'; readonly bits: readonly number[] }
  | { readonly kind: 'set'; readonly at: number; readonly value: number; readonly width: number }
  | { readonly kind: 'zero'; readonly at: number; readonly length: number }
  | { readonly kind: 'cut' | 'double'; readonly at: number; readonly length: number; readonly keepPlaces: boolean }
  | { readonly kind: 'splice'; readonly from: number; readonly to: number; readonly length: number };

/** A place as a share of the file. Not fc.double: that draws exponents, so that nearly all would be at the start. */
const upTo = (max: number): fc.Arbitrary<number> => fc.nat((1 << 30) - 1).map((n) => (n / (1 << 30)) * max);
const share = upTo(1);
const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.record({ kind: fc.constant('flip' as const), bits: fc.array(share, { minLength: 1, maxLength: 64 }) }),
  fc.record({
    kind: fc.constant('set' as const),
    at: fc.oneof(share, upTo(0.06)), // half of them in the header and the list of events
    value: fc.constantFrom(0, 1, 7, 0x7f, 0x80, 0xff),
    width: fc.constantFrom(1, 2, 4, 8),
  }),
  fc.record({ kind: fc.constant('zero' as const), at: share, length: fc.integer({ min: 1, max: 20_000 }) }),
  fc.record({
    kind: fc.constantFrom('cut' as const, 'double' as const),
    at: share,
    length: fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 20_000 })),
    keepPlaces: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('splice' as const), from: share, to: share, length: fc.integer({ min: 1, max: 512 }) }),
);

/** Replaces the data section and moves the rest, when the header is whole enough to say where that is. */
function withData(file: Buffer, make: (from: number, to: number) => Buffer): Buffer {
  const offset = Number(file.readBigUInt64LE(40));
  const end = offset + Number(file.readBigUInt64LE(48));
  if (offset < 104 || end > file.length) return file;
  const data = make(offset, end);
  const moved = Buffer.concat([file.subarray(0, offset), data, file.subarray(end)]);
  moved.writeBigUInt64LE(BigInt(data.length), 48);
  const shift = BigInt(data.length - (end - offset));
  for (let at = offset + data.length; at + 16 <= moved.length && moved.readBigUInt64LE(at) >= BigInt(end); at += 16) {
    const place = moved.readBigUInt64LE(at) + shift;
    if (place > BigInt(moved.length)) break;
    moved.writeBigUInt64LE(place, at);
  }
  return moved;
}

/** Applies one change; the length changes with a cut or a doubled range. */
function apply(file: Buffer, change: Damage): Buffer {
  const place = (part: number): number => Math.floor(part * file.length);
  switch (change.kind) {
    case 'flip': {
      const copy = Buffer.from(file);
      for (const bit of change.bits) {
        const index = Math.floor(bit * file.length * 8);
        copy[index >> 3] ^= 1 << (index & 7);
      }
      return copy;
    }
    case 'set': {
      const copy = Buffer.from(file);
      const at = place(change.at);
      copy.fill(change.value, at, Math.min(at + change.width, file.length));
      return copy;
    }
    case 'zero': {
      const copy = Buffer.from(file);
      const at = place(change.at);
      copy.fill(0, at, Math.min(at + change.length, file.length));
      return copy;
    }
    case 'cut':
    case 'double': {
      const skip = change.kind === 'cut' ? change.length : -change.length;
      const take = (from: number, to: number): Buffer => {
        const at = from + Math.floor(change.at * (to - from));
        const next = Math.min(Math.max(from, at + skip), to);
        return Buffer.concat([file.subarray(from, at), file.subarray(next, to)]);
      };
      return change.keepPlaces ? withData(file, take) : take(0, file.length);
    }
    case 'splice': {
      const copy = Buffer.from(file);
      file.copy(copy, place(change.to), place(change.from), place(change.from) + change.length);
      return copy;
    }
  }
}

const cases = fc.tuple(fc.constantFrom(...NAMES), fc.array(damage, { minLength: 1, maxLength: 2 }));
const damaged = (name: Fixture, changes: readonly Damage[]): Buffer => changes.reduce(apply, FIXTURES[name].file);

interface Read {
  readonly rows: number;
  readonly rejected: number;
  readonly records: number;
}

/** Decodes and orders without a store; null when refused. */
function read(bytes: Buffer): Read | null {
  try {
    const reader = perfData.open(memorySource(bytes));
    let rows = 0;
    let last = Number.NEGATIVE_INFINITY;
    let backwards = 0;
    const sorter = new RoundSorter(
      byRow((batch, row) => {
        rows++;
        const at = batch.at[row];
        if (Number.isNaN(at)) throw new Error('a row without a time');
        if (at < last) backwards++;
        else last = at;
      }),
    );
    for (const offset of reader.read(sorter)) expect(offset).toBeLessThanOrEqual(bytes.length);
    sorter.finish();
    expect(sorter.outOfOrder).toBe(backwards);
    return { rows, rejected: reader.totals.rejected, records: reader.totals.records };
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    expect(error.message).not.toBe('');
    expect(error.next).not.toBe('');
    if (error.offset !== null) expect(error.offset >= 0 && error.offset <= bytes.length).toBe(true);
    return null;
  }
}

/** Every number in a report, with the way to it. */
function* numbersOf(value: unknown, path: string): Generator<readonly [string, number]> {
  if (typeof value === 'number') yield [path, value];
  else if (typeof value === 'object' && value !== null) {
    for (const [key, part] of Object.entries(value)) yield* numbersOf(part, `${path}.${key}`);
  }
}

describe('random damage', () => {
  it('ends in rows or a CaptureError, soon', { timeout: 3_600_000 }, () => {
    const seen = { refused: 0, rejected: 0, whole: 0 };
    fc.assert(
      fc.property(cases, ([name, changes]) => {
        const bytes = damaged(name, changes);
        const started = performance.now();
        const outcome = read(bytes);
        expect(performance.now() - started).toBeLessThan(2000);
        if (outcome === null) {
          seen.refused++;
          return;
        }
        // a changed bit may say that the rings were overwritten: one row more for each processor
        expect(outcome.rows).toBeLessThanOrEqual(2 * outcome.records + 1);
        expect(outcome.records).toBeLessThanOrEqual(bytes.length * FIXTURES[name].records);
        seen[outcome.rejected > 0 ? 'rejected' : 'whole']++;
      }),
      { seed: SEED, numRuns: RUNS },
    );
    // the damage is neither so small that nothing happens nor so large that nothing is read
    expect(Math.min(seen.refused, seen.rejected, seen.whole)).toBeGreaterThan(100);
  });

  it('leaves a store and a report that make sense', { timeout: 120_000 }, () => {
    let stored = 0;
    fc.assert(
      fc.property(cases, ([name, changes]) => {
        const store = openStore(':memory:', { mode: 'create' });
        try {
          const outcome = ingestBytes(store.db, damaged(name, changes));
          if (outcome.kind === 'refused') return;
          stored++;
          const negative = store.db.prepare('SELECT count(*) FROM events WHERE at_ns < 0').pluck().get();
          expect(negative).toBe(0);
          const { listeners, captures } = reportOn(store);
          const bad = [...numbersOf({ listeners, captures }, '')].filter(
            ([path, number]) => !Number.isFinite(number) || (number < 0 && !/requested|\.(pid|tid|port)$/.test(path)),
          );
          expect(bad).toEqual([]);
        } finally {
          store.close();
        }
      }),
      { seed: SEED, numRuns: 100 },
    );
    expect(stored).toBeGreaterThan(40);
  });
});
