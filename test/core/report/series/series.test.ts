// The charts' data: bounded, and the same as what the kernel counted or a plain second way of counting gives.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ConnectionColumns, ListenerInput } from '../../../../core/report/input.ts';
import { BINS, binOf, binStart, durationGrid } from '../../../../core/report/series/durations.ts';
import { listenerSeries } from '../../../../core/report/series/listener-series.ts';
import { marksOf } from '../../../../core/report/series/marks.ts';
import type { ListenerSeries } from '../../../../core/report/series/model.ts';
import { type QueueChanges, queueChanges } from '../../../../core/report/series/queue-changes.ts';
import { depthIn } from '../../../../core/report/series/reading.ts';
import { stepSeries } from '../../../../core/report/series/steps.ts';
import { readReportInput } from '../../../../core/store/report-input.ts';
import { type Life, readAccount, readCounters } from '../../../support/account.ts';
import { PERF_DATA, perfDataOf, reportOn, take, withStore } from '../../../support/fixtures.ts';

const SIZE = { steps: 4000, columns: 800, lanes: 240 };

/** The series of a recording's only listener, and what its report says. */
const recorded = (name: string, size = SIZE) =>
  withStore((store) => {
    take(store, perfDataOf(name));
    const [input] = readReportInput(store.db);
    const [listener] = reportOn(store).listeners;
    return {
      listener,
      input: input.listeners[0],
      series: listenerSeries(input.listeners[0], listener, input.capture.duration_ns, size),
    };
  });

const lifeOf = (name: string): Life => readAccount(`${PERF_DATA}/${name}`).lives[0];
const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);

describe('the length over time', () => {
  it.each(['node-clamped', 'nginx-ab', 'acceptload-overflow', 'acceptload-stall'])(
    '%s: at each arrival as the kernel had it, and never longer',
    (name) => {
      const { series } = recorded(name);
      const depth = series.depth as NonNullable<ListenerSeries['depth']>;
      expect(depth.exact).toBe(true);
      const atArrivals = depth.max.filter((_, k) => depth.up[k] === 1);
      const kernel = lifeOf(name).queued.map(({ ackBacklog }) => ackBacklog);
      expect(atArrivals).toHaveLength(kernel.length);
      expect(Math.max(...depth.max)).toBe(Math.max(...kernel));
      // an accept() under way can make it one more or less
      expect(atArrivals.filter((length, k) => Math.abs(length - kernel[k]) > 1)).toEqual([]);
      const same = atArrivals.filter((length, k) => length === kernel[k]).length;
      expect(same / kernel.length).toBeGreaterThan(0.9);
    },
  );

  /** A queue with arrivals and departures at random, and its length after each by counting. */
  const changes = fc
    .array(fc.record({ wait: fc.integer({ min: 0, max: 1000 }), enters: fc.boolean() }), {
      minLength: 1,
      maxLength: 300,
    })
    .map((steps): QueueChanges => {
      let now = 0;
      let length = 0;
      const rows = steps.map(({ wait, enters }) => {
        now += wait;
        const up = enters || length === 0;
        length += up ? 1 : -1;
        return { at: now, depth: length, up };
      });
      return {
        at: Float64Array.from(rows, ({ at }) => at),
        depth: Float64Array.from(rows, ({ depth }) => depth),
        entered: Uint8Array.from(rows, ({ up }) => (up ? 1 : 0)),
        initial: 0,
      };
    });

  it('in buckets: least, greatest, mean and flows are those of the changes in each', () => {
    fc.assert(
      fc.property(changes, fc.integer({ min: 1, max: 400 }), (all, most) => {
        const to = all.at[all.at.length - 1] + 1000;
        const series = stepSeries(all, 0, to, most);
        expect(series.exact).toBe(all.at.length <= most);
        expect(series.t.length).toBeLessThanOrEqual(1 + Math.min(all.at.length, most * 2 + 1));
        expect(sum(series.up)).toBe(all.entered.filter((up) => up === 1).length);
        expect(sum(series.up) + sum(series.down)).toBe(all.at.length);
        let first = 0;
        series.t.forEach((start, bucket) => {
          const inside = series.up[bucket] + series.down[bucket];
          if (bucket > 0) {
            const lengths = [...all.depth.subarray(first, first + inside)];
            expect(start).toBe(all.at[first]);
            expect(series.max[bucket]).toBe(Math.max(...lengths));
            if (!series.exact) {
              expect(series.min[bucket]).toBe(Math.min(...lengths));
              expect(series.last[bucket]).toBe(all.at[first + inside - 1]);
              // the mean by looking at each nanosecond
              const end = series.t[bucket + 1] ?? to;
              let area = 0;
              let k = first;
              for (let ns = start; ns < end; ns++) {
                while (k + 1 < first + inside && all.at[k + 1] <= ns) k++;
                area += all.depth[k];
              }
              if (end > start) expect(series.mean[bucket]).toBeCloseTo(area / (end - start), 1);
            }
          }
          first += inside;
        });
      }),
      { numRuns: 60 },
    );
  });

  it('does not blur a burst into the silence after it', () => {
    const at = Float64Array.from({ length: 1000 }, (_, k) => (k < 500 ? 100 + k : 1e6 + k));
    const entered = Uint8Array.from(at, (_, k) => (k % 2 === 0 ? 1 : 0));
    const depth = Float64Array.from(entered);
    const series = stepSeries({ at, depth, entered, initial: 0 }, 0, 2e6, 20);
    const { t, last } = series;
    const across = t.filter((start, k) => k > 0 && start < 5e5 && last[k] > 5e5);
    expect(across).toEqual([]);
    // the last change of the burst left nobody in the queue: so it is in the silence, and after the other one
    expect(depthIn(series, 1000, 9e5)).toEqual({ min: 0, max: 0, mean: 0 });
    expect(depthIn(series, 1.1e6, 1.9e6)).toEqual({ min: 0, max: 0, mean: 0 });
    expect(depthIn(series, 200, 300)).toMatchObject({ min: 0, max: 1 });
  });
});

describe('durations', () => {
  it('are in the bin whose edges enclose them', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e12, noNaN: true }), (ns) => {
        const bin = binOf(ns);
        let naive = 0;
        while (naive + 1 < BINS && binStart(naive + 1) <= ns * (1 + 1e-12)) naive++;
        expect(Math.abs(bin - naive)).toBeLessThanOrEqual(Math.abs(binStart(naive) / ns - 1) < 1e-9 ? 1 : 0);
      }),
    );
  });

  it('lose none, however few columns there are', () => {
    const at = Float64Array.from({ length: 12345 }, (_, k) => k * 10);
    const ns = at.map((time) => (time * 7919) % 1e8);
    for (const most of [1, 7, 800, 20000]) {
      const grid = durationGrid(at, ns, most) as NonNullable<ListenerSeries['waits']>;
      expect(grid.t.length).toBeLessThanOrEqual(most * 1.5 + 1);
      const counted = new Map<number, number>();
      for (const cells of grid.cells)
        for (let i = 0; i < cells.length; i += 2) counted.set(cells[i], (counted.get(cells[i]) ?? 0) + cells[i + 1]);
      const expected = new Map<number, number>();
      for (const value of ns) expected.set(binOf(value), (expected.get(binOf(value)) ?? 0) + 1);
      expect([...counted].sort()).toEqual([...expected].sort());
    }
  });

  it('of a recording: as many waits as the kernel saw accepted', () => {
    expect(recorded('nginx-ab').series.waits?.count).toBe(lifeOf('nginx-ab').accepted.length);
  });
});

describe('marks', () => {
  it('keep count, order and ends', () => {
    const times = Float64Array.from({ length: 1001 }, (_, k) => k * k);
    const { t, to, n } = marksOf(times, 10);
    expect(t.length).toBeLessThanOrEqual(16);
    expect(sum(n)).toBe(1001);
    expect([t[0], to[to.length - 1]]).toEqual([0, 1_000_000]);
    expect(marksOf([], 10)).toEqual({ t: [], to: [], n: [] });
  });

  it('do not reach over a silence: nobody accepts in a stall', () => {
    const { series } = recorded('node-clamped', { ...SIZE, lanes: 24, columns: 24 });
    const [[from, to]] = series.stalls;
    const within = (t: readonly number[], ends: readonly number[]): number[] =>
      t.filter((start, k) => start < from + 1e6 && ends[k] > to - 1e6);
    expect(to - from).toBeGreaterThan(0.29e9); // the event loop is blocked for 300 ms
    for (const { marks } of series.lanes) expect(within(marks.t, marks.to)).toEqual([]);
    expect(within(series.waits?.t ?? [], series.waits?.to ?? [])).toEqual([]);
  });

  it('of a recording: the overflows that the kernel counted, and who accepted', () => {
    const { series } = recorded('node-clamped');
    expect(sum(series.overflows.n)).toBe(readCounters(`${PERF_DATA}/node-clamped`).get('ListenOverflows'));
    const tids = lifeOf('nginx-ab').accepted.map(({ tid }) => tid);
    for (const lane of recorded('nginx-ab').series.lanes) {
      const tid = Number(lane.label.split(' ').at(-1));
      expect(sum(lane.marks.n)).toBe(tids.filter((other) => other === tid).length);
    }
  });
});

it('finds the stalls that the fold found as the events came', () => {
  for (const name of ['acceptload-stall', 'node-clamped']) {
    const { series, listener } = recorded(name);
    expect(series.stalls).toHaveLength(listener.pauses.count);
    const longest = Math.max(...series.stalls.map(([from, to]) => to - from));
    expect(Math.abs(longest - listener.pauses.longest_ns)).toBeLessThan(1e6); // accept() returns a little after the dequeue
  }
});

it('tells what sending a SYN again cost: a second at least each', () => {
  const { series, input } = recorded('acceptload-overflow');
  const again = [...input.connections.syns].filter((syns) => syns > 1).length;
  expect(again).toBeGreaterThan(0);
  expect(series.late.count).toBe(again);
  expect(series.late.total_ns).toBeGreaterThan(again * 0.99e9);
  expect(series.late.longest_ns).toBeLessThan(series.late.total_ns + 1);
});

describe('what the capture does not have', () => {
  const columns = (enqueued: number[], dequeued: number[], gone: number[] = []): ConnectionColumns => {
    const nan = (): Float64Array => new Float64Array(enqueued.length).fill(Number.NaN);
    return {
      enqueued: Float64Array.from(enqueued),
      dequeued: Float64Array.from(dequeued),
      syn: nan(),
      syns: nan(),
      accepted: new Uint8Array(enqueued.length).fill(1),
      depth: nan(),
      tid: nan(),
      gone: Uint8Array.from(enqueued, (_, k) => gone[k] ?? 0),
    };
  };
  const lengths = (connections: ConnectionColumns, unseen: number): number[][] => {
    const { at, depth, initial } = queueChanges({ connections, unseen_arrivals: unseen } as ListenerInput);
    return [[0, initial], ...[...at].map((time, k) => [time, depth[k]])];
  };

  it('was in the queue before it: from the beginning', () => {
    expect(lengths(columns([Number.NaN, Number.NaN, 5], [3, 8, 9]), 0)).toEqual([
      [0, 2],
      [3, 1],
      [5, 2],
      [8, 1],
      [9, 0],
    ]);
  });

  it('is left out where its arrival was lost, or its departure', () => {
    expect(lengths(columns([Number.NaN, 5], [3, 9]), 1)).toEqual([
      [0, 0],
      [5, 1],
      [9, 0],
    ]);
    expect(lengths(columns([1, 5], [Number.NaN, 9], [1]), 0)).toEqual([
      [0, 0],
      [5, 1],
      [9, 0],
    ]);
  });

  it('stays in the queue when the capture ends before it left', () => {
    expect(lengths(columns([1, 5], [Number.NaN, 9]), 0)).toEqual([
      [0, 0],
      [1, 1],
      [5, 2],
      [9, 1],
    ]);
  });
});
