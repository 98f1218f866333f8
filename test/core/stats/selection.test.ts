// Quantiles by selection against quantiles of the sorted sample.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { quantile } from '../../../core/stats/quantile.ts';
import { selectQuantiles } from '../../../core/stats/selection.ts';

it('are those of the sorted sample, also of sorted, equal and few values', () => {
  const values = fc.oneof(
    fc.array(fc.double({ noNaN: true }), { maxLength: 300 }),
    fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 300 }),
    fc.array(fc.nat(), { maxLength: 300 }).map((list) => list.sort((a, b) => a - b)),
  );
  const quantiles = [0, 0.1, 0.5, 0.5, 0.9, 0.99, 0.999, 1];
  fc.assert(
    fc.property(values, (list) => {
      const sorted = Float64Array.from(list).sort();
      const found = selectQuantiles(Float64Array.from(list), quantiles);
      // -0 and 0 are one value to whoever reads it
      expect(found.map((value) => (value === 0 ? 0 : value))).toEqual(
        quantiles.map((q) => {
          const value = quantile(sorted, q);
          return value === 0 ? 0 : value;
        }),
      );
    }),
    { numRuns: 1000 },
  );
});
