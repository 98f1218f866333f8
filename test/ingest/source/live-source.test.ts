// A stream in pieces of any size gives the rows that the same bytes give as a file; time is the test's own.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NumberedBatch } from '../../../core/event/numbered-batch.ts';
import type { ByteSource } from '../../../ingest/format/format.ts';
import { sniff } from '../../../ingest/format/index.ts';
import { Pipeline } from '../../../ingest/pipeline.ts';
import { openStream } from '../../../ingest/source/live-open.ts';
import { type Arrivals, LiveSource, TICK_MS } from '../../../ingest/source/live-source.ts';

const FIXTURE = fileURLToPath(new URL('../../fixture/', import.meta.url));

/** Pieces one after the other; null is a pause in which nothing comes. Each costs `step` milliseconds, a pause what is waited for. */
function arrivalsOf(pieces: readonly (Uint8Array | null)[], step: number): Arrivals {
  let clock = 0;
  let next = 0;
  return {
    now: () => clock,
    next(milliseconds) {
      if (next === pieces.length) return 'end';
      const piece = pieces[next++];
      clock += piece === null ? milliseconds : step;
      return piece;
    },
  };
}

const BASES = { address: 0, endpoint: 0, string: 0, task: 0, position: 0 };

interface Rows {
  readonly rows: readonly string[];
  /** Length of each batch. */
  readonly batches: readonly number[];
  readonly outOfOrder: number;
  readonly rejected: number;
}

/** All rows of a source as text, with what interned numbers stand for. */
function rowsOf(source: ByteSource, live: LiveSource | null): Rows {
  const { reader, kind } = live === null ? { reader: sniff(source).open(source), kind: 'lines' } : openStream(live, 1);
  const memory = NumberedBatch.of(512);
  const rows: string[] = [];
  const batches: number[] = [];
  const pipeline = new Pipeline(source, reader, BASES, {
    next: () => {
      memory.clear();
      return memory;
    },
    give: ({ batch }) => {
      batches.push(batch.length);
      for (let row = 0; row < batch.length; row++)
        rows.push(
          [batch.at[row], batch.type[row], batch.cpu[row], batch.tid[row], batch.source[row]]
            .concat(batch.args.map((column) => column[row]))
            .join(' '),
        );
    },
  });
  if (live !== null) live.onTick = (quiet) => pipeline.tick(quiet, kind === 'records');
  const run = pipeline.run();
  for (;;) {
    const step = run.next();
    if (!step.done) continue;
    const { rejected, outOfOrder } = step.value.end.totals;
    return { rows, batches, rejected, outOfOrder };
  }
}

const fileOf = (bytes: Uint8Array): ByteSource => ({
  name: 'file',
  size: bytes.length,
  read: (offset, length) => new Uint8Array(bytes.subarray(offset, offset + length)),
});

const STREAMS = [
  'perf-data-forms/pipe.data',
  'perf-data-forms/pipe-zstd.data',
  'text/perf-script/ns.txt',
  'text/tracefs/default.txt',
  'text/trace-cmd/default.txt',
  'text/strace/f-ttt-T-yy-o.txt',
  'text/strace/f-r-y.txt',
];

/** Splits at these shares of what is left. */
function split(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (let k = 0; at < bytes.length; k++) {
    const size = Math.max(1, sizes[k % sizes.length]);
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

describe.each(STREAMS)('%s', (path) => {
  const bytes = new Uint8Array(readFileSync(join(FIXTURE, path)));
  const whole = rowsOf(fileOf(bytes), null);
  const size = fc.oneof(fc.integer({ min: 100, max: 5000 }), fc.integer({ min: 4000, max: 70_000 }));

  it('in pieces of any size, without a pause: the same rows in the same order', () => {
    expect(whole.rows.length).toBeGreaterThan(10);
    fc.assert(
      fc.property(fc.array(size, { minLength: 1, maxLength: 5 }), (sizes) => {
        // the beginning may be looked at when little of it has come: of a text without a header more is known with more lines
        const live = new LiveSource('stream', arrivalsOf(split(bytes, [60_000, ...sizes]), 0));
        const { rows, outOfOrder, rejected } = rowsOf(live, live);
        expect(rows).toEqual(whole.rows);
        expect([outOfOrder, rejected]).toEqual([whole.outOfOrder, whole.rejected]);
      }),
      { numRuns: 15 },
    );
  });

  it('with pauses: the same rows, given while it goes on', () => {
    fc.assert(
      fc.property(fc.array(size, { minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 400 }), (sizes, step) => {
        const pieces = split(bytes, [60_000, ...sizes]).flatMap((piece, k) => (k % 3 === 2 ? [piece, null] : [piece]));
        const live = new LiveSource('stream', arrivalsOf(pieces, step));
        const { rows, rejected } = rowsOf(live, live);
        expect([...rows].sort()).toEqual([...whole.rows].sort());
        expect(rejected).toBe(whole.rejected);
      }),
      { numRuns: 15 },
    );
  });
});

describe('a text that pauses', () => {
  const line = (k: number): Uint8Array =>
    Buffer.from(`   nginx-4711    [000] .....   100.${String(k).padStart(6, '0')}: sys_close(fd: ${k})\n`);

  it('is given at the second tick after it came, however slowly it comes', () => {
    const pieces = Array.from({ length: 40 }, (_, k) => line(k)).flatMap((piece) => [piece, null]);
    const arrivals = arrivalsOf(pieces, 0);
    const live = new LiveSource('stream', arrivals);
    const cameAt: number[] = [];
    const delays: number[] = [];
    const { reader } = openStream(live, 1);
    const memory = NumberedBatch.of(512);
    const pipeline = new Pipeline(live, reader, BASES, {
      next: () => {
        memory.clear();
        return memory;
      },
      give: ({ batch }) => {
        for (let row = 0; row < batch.length; row++) delays.push(arrivals.now() - cameAt[delays.length]);
      },
    });
    live.onTick = (quiet) => pipeline.tick(quiet, false);
    // when a row is decoded it has come
    const push = live.read.bind(live);
    live.read = (offset, length, least) => {
      const found = push(offset, length, least);
      for (let newlines = found.filter((byte) => byte === 10).length; newlines > 0; newlines--)
        cameAt.push(arrivals.now());
      return found;
    };
    const run = pipeline.run();
    while (!run.next().done);
    expect(delays).toHaveLength(40);
    expect(Math.max(...delays)).toBeLessThanOrEqual(2 * TICK_MS);
  });
});
