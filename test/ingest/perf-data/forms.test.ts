// The forms that perf writes besides a plain file, built from recorded ones where this perf cannot write them.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { EventBatch } from '../../../core/event/event-batch.ts';
import type { ByteSource } from '../../../ingest/format/format.ts';
import { perfData } from '../../../ingest/format/perf-data/format.ts';
import { reportOn, takeAny, withStoreAsync } from '../../support/fixtures.ts';
import { group } from '../../support/needs.ts';
import { memorySource } from './bytes.ts';
import { readRows, typeOf } from './rows.ts';

const FORMS = fileURLToPath(new URL('../../fixture/perf-data-forms/', import.meta.url));
const form = (name: string): Buffer => readFileSync(`${FORMS}${name}`);

interface Rows {
  readonly events: readonly string[];
  readonly rejected: number;
  readonly reasons: readonly string[];
}

/** Type, time, place and arguments of each row, without where in the file it was. */
function rowsOf(source: ByteSource): Rows {
  const reader = perfData.open(source);
  const rows = new EventBatch();
  for (const _ of reader.read({ rows, endRound: () => undefined, releaseBefore: () => undefined }));
  const events = Array.from({ length: rows.length }, (_, i) =>
    [
      rows.at[i] + Number((reader.base ?? 0n) % 1_000_000_000_000_000n),
      rows.type[i],
      rows.cpu[i],
      rows.pid[i],
      rows.tid[i],
      ...rows.args.map((column) => column[i]),
    ].join(' '),
  );
  return { events, rejected: reader.totals.rejected, reasons: reader.totals.rejections.map(({ reason }) => reason) };
}

/** The records of a piped file: type, offset, size with any payload behind. */
function* recordsOf(file: Buffer): Generator<{ type: number; at: number; size: number }> {
  for (let at = 16; at + 8 <= file.length; ) {
    const type = file.readUInt32LE(at);
    const size = file.readUInt16LE(at + 6) + (type === 66 ? (file.readUInt32LE(at + 8) + 7) & ~7 : 0);
    yield { type, at, size };
    at += size;
  }
}

/** As perf 6.16 and later write it: the size in the record, padding to 8; `cut` bytes of compressed data a record. */
function asCompressed2(file: Buffer, cut: number): Buffer {
  const pieces: Buffer[] = [file.subarray(0, 16)];
  for (const { type, at, size } of recordsOf(file)) {
    if (type !== 81) {
      pieces.push(file.subarray(at, at + size));
      continue;
    }
    for (let from = at + 8; from < at + size; from += cut) {
      const data = file.subarray(from, Math.min(from + cut, at + size));
      const record = Buffer.alloc((16 + data.length + 7) & ~7);
      record.writeUInt32LE(83, 0);
      record.writeUInt16LE(record.length & 0xffff, 6); // overflows, as in perf
      record.writeBigUInt64LE(BigInt(data.length), 8);
      data.copy(record, 16);
      pieces.push(record);
    }
  }
  return Buffer.concat(pieces);
}

const plain = rowsOf(memorySource(form('pipe-zstd.data')));

describe('compressed records', () => {
  it('are there', () => {
    expect([...recordsOf(form('pipe-zstd.data'))].filter(({ type }) => type === 81).length).toBeGreaterThan(1);
    expect(plain.events.length).toBeGreaterThan(1000);
    expect(plain.rejected).toBe(0);
  });

  it.each([1, 7, 100, 4096, 65_520, 1 << 20])('COMPRESSED2 with %i bytes each: records straddle the pieces', (cut) => {
    expect(rowsOf(memorySource(asCompressed2(form('pipe-zstd.data'), cut)))).toEqual(plain);
  });

  it('give what comes before a damaged place, and count the rest', () => {
    const file = form('pipe-zstd.data');
    const compressed = [...recordsOf(file)].filter(({ type }) => type === 81);
    const second = compressed[1];
    file.fill(0xff, second.at + 8, second.at + 40);
    const { events, rejected, reasons } = rowsOf(memorySource(file));
    expect(events.length).toBeGreaterThan(100);
    expect(events.length).toBeLessThan(plain.events.length);
    expect(rejected).toBeGreaterThan(0);
    expect(reasons.join()).toMatch(/cannot be unpacked|holds no records/);
    const before = new Set(plain.events);
    expect(events.filter((event) => !before.has(event)).length).toBeLessThanOrEqual(1);
  });

  it('that grow beyond all measure end with a reason', () => {
    const file = form('pipe-zstd.data');
    const first = [...recordsOf(file)].find(({ type }) => type === 81);
    if (first === undefined) throw new Error('no compressed record');
    // a frame of RLE blocks: 128 KiB from 4 bytes each
    const blocks = Buffer.alloc(4 * 16000);
    for (let at = 0; at < blocks.length; at += 4) blocks.writeUIntLE((131072 << 3) | 2, at, 3);
    const frame = Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38]), blocks]);
    const record = Buffer.alloc(8 + frame.length);
    record.writeUInt32LE(81, 0);
    record.writeUInt16LE(record.length, 6);
    frame.copy(record, 8);
    const { rejected, reasons } = rowsOf(memorySource(Buffer.concat([file.subarray(0, first.at), record])));
    expect(rejected).toBeGreaterThan(0);
    expect(reasons.join()).toMatch(/beyond all measure/);
  });
});

describe('a pipe', () => {
  it('cut anywhere gives the events before the cut', () => {
    const file = form('pipe.data');
    const samples = [...recordsOf(file)].filter(({ type }) => type === 9);
    const whole = rowsOf(memorySource(file)).events;
    for (const k of [1, 50, 500, samples.length - 1]) {
      const { events, rejected } = rowsOf(memorySource(file.subarray(0, samples[k].at + 10)));
      expect(rejected).toBe(1);
      expect(events).toEqual(whole.slice(0, events.length));
      expect(events.length).toBeGreaterThanOrEqual(k);
    }
  });
});

describe('overwritten rings', () => {
  const lost = readRows(form('overwrite.data')).lines.filter((line) => typeOf(line) === 'lost_unknown');

  it('say that the beginning of each processor but the first is missing', () => {
    expect(readRows(form('overwrite.data')).lines.length).toBeGreaterThan(100);
    expect(lost).toHaveLength(1);
  });

  it('are a gap of that processor in the report', async () =>
    withStoreAsync(async (store) => {
      await takeAny(store, `${FORMS}overwrite.data`);
      const gaps = store.db.prepare('SELECT kind, cpu, from_ns, to_ns, count FROM gaps').all();
      expect(gaps).toEqual([{ kind: 'lost', cpu: 1, from_ns: 0, to_ns: expect.any(Number), count: null }]);
      const { captures } = reportOn(store);
      expect(captures[0].out_of_order).toBe(0);
      expect(captures[0].lost).toEqual({ count: null, gaps: 1 });
    }));

  group('by perf script', ['perf'], () => {
    it('at the time of the first record of each processor', () => {
      const printed = execFileSync('perf', ['script', '-f', '-i', `${FORMS}overwrite.data`, '--ns', '-F', 'cpu,time'], {
        encoding: 'latin1',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const starts = new Map<number, bigint>();
      for (const [, cpu, seconds, ns] of printed.matchAll(/\[(\d+)\] +(\d+)\.(\d{9}):/g)) {
        const at = BigInt(seconds) * 1_000_000_000n + BigInt(ns);
        const start = starts.get(Number(cpu));
        if (start === undefined || at < start) starts.set(Number(cpu), at);
      }
      const first = [...starts.values()].reduce((a, b) => (a < b ? a : b));
      expect(lost).toEqual(
        [...starts].filter(([, at]) => at > first).map(([cpu, at]) => `lost_unknown ${at} ${cpu} -1 -1`),
      );
    });
  });
});
