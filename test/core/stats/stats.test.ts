// Quantiles and concurrency against definitions that are slow and obvious.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { peakConcurrency } from '../../../core/stats/concurrency.ts';
import { quantile, weightedMean, weightedQuantile } from '../../../core/stats/quantile.ts';

describe('quantile', () => {
  it('is the smallest value that enough of the sample does not exceed', () => {
    const sample = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(sample, fc.integer({ min: 0, max: 100 }), (values, percent) => {
        const q = percent / 100;
        const sorted = Float64Array.from(values).sort();
        const found = quantile(sorted, q) as number;
        const reached = (limit: number): boolean =>
          values.filter((value) => value <= limit).length >= q * values.length - 1e-9;
        expect(reached(found)).toBe(true);
        expect(values.filter((value) => value < found).every((value) => !reached(value) || q === 0)).toBe(true);
      }),
    );
    expect(quantile(new Float64Array(0), 0.5)).toBeNull();
  });
});

describe('weighted', () => {
  it('is as if every value stood there as often as it weighs', () => {
    const entries = fc.uniqueArray(fc.tuple(fc.nat(20), fc.nat(9)), {
      selector: ([value]) => value,
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(entries, (pairs) => {
        const list = pairs.map(([value, weight]) => ({ value, weight })).sort((a, b) => a.value - b.value);
        const spread = Float64Array.from(list.flatMap(({ value, weight }) => Array<number>(weight).fill(value)));
        if (spread.length === 0) {
          expect(weightedQuantile(list, 0.5)).toBeNull();
          expect(weightedMean(list)).toBeNull();
          return;
        }
        for (const q of [0.1, 0.5, 0.9, 0.99])
          expect(
            weightedQuantile(
              list.filter(({ weight }) => weight > 0),
              q,
            ),
          ).toBe(quantile(spread, q));
        expect(weightedMean(list)).toBeCloseTo(spread.reduce((sum, value) => sum + value, 0) / spread.length, 9);
      }),
    );
  });
});

describe('peakConcurrency', () => {
  it('is the most intervals that contain one instant', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(40), fc.nat(10)), { maxLength: 30 }), (pairs) => {
        const intervals = pairs.map(([start, length]) => [start, start + length + 1]);
        let most = 0;
        for (let t = 0; t < 60; t++)
          most = Math.max(most, intervals.filter(([start, end]) => start <= t && t < end).length);
        const { peak } = peakConcurrency(
          Float64Array.from(intervals, ([start]) => start),
          Float64Array.from(intervals, ([, end]) => end),
        );
        expect(peak).toBe(most);
      }),
    );
  });
});
