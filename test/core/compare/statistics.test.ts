// The tests that compare rests on: against published bounds, sums by hand, and series of which it is known whether they differ.
import { describe, expect, it } from 'vitest';
import { drawnQuantiles, seeded } from '../../../core/stats/block-bootstrap.ts';
import { dispersion, poissonBounds, sameRate } from '../../../core/stats/poisson.ts';

describe('bounds of a Poisson mean', () => {
  it('are those of the tables (Garwood 1936; 95 %)', () => {
    for (const [count, low, high] of [
      [0, 0, 3.689],
      [1, 0.0253, 5.572],
      [5, 1.623, 11.668],
      [10, 4.795, 18.39],
      [50, 37.11, 65.92],
      [100, 81.36, 121.63],
    ]) {
      const found = poissonBounds(count, 0.95);
      expect(found.low).toBeCloseTo(low, 2);
      expect(found.high).toBeCloseTo(high, 2);
    }
  });

  it('leave 0.5 % beyond each at 99 %, summed term by term', () => {
    const atMost = (count: number, mean: number): number => {
      let term = Math.exp(-mean);
      let sum = term;
      for (let k = 1; k <= count; k++) {
        term *= mean / k;
        sum += term;
      }
      return sum;
    };
    for (const count of [0, 1, 7, 43, 300]) {
      const { low, high } = poissonBounds(count, 0.99);
      expect(atMost(count, high)).toBeCloseTo(0.005, 8);
      if (count > 0) expect(1 - atMost(count - 1, low)).toBeCloseTo(0.005, 8);
    }
  });
});

it('two counts: the probability is the sum over the binomial, term by term', () => {
  const binomial = (n: number, p: number): number[] => {
    const terms = [(1 - p) ** n];
    for (let k = 1; k <= n; k++) terms.push((terms[k - 1] * (n - k + 1) * p) / (k * (1 - p)));
    return terms;
  };
  for (const [before, after, share] of [
    [0, 1, 0.5],
    [3, 12, 0.5],
    [12, 3, 0.5],
    [20, 60, 0.7],
    [7, 0, 0.1],
    [100, 140, 0.5],
  ]) {
    const terms = binomial(before + after, share);
    const sum = (from: number, to: number): number => terms.slice(from, to + 1).reduce((a, b) => a + b, 0);
    const expected = Math.min(1, 2 * Math.min(sum(0, after), sum(after, before + after)));
    expect(sameRate(before, after, share)).toBeCloseTo(expected, 10);
  }
  expect(sameRate(0, 0, 0.5)).toBe(1);
});

it('tells bursts from what comes evenly or by chance', () => {
  const random = seeded(7);
  const chance = Float64Array.from({ length: 2000 }, () => random() * 1000);
  expect(dispersion(chance, 0, 1000)).toBeGreaterThan(0.3);
  expect(dispersion(chance, 0, 1000)).toBeLessThan(2.2);
  expect(
    dispersion(
      Float64Array.from({ length: 2000 }, (_, k) => k / 2),
      0,
      1000,
    ),
  ).toBeCloseTo(0, 10);
  // 40 in one of 20 stretches: mean 2, variance (38² + 19·2²) / 19 = 80
  expect(dispersion(new Float64Array(40).fill(500), 0, 1000)).toBeCloseTo(40, 10);
});

/** Waits of an M/M/1 queue, by Lindley's recursion. */
function waits(count: number, load: number, random: () => number): Float64Array {
  let wait = 0;
  return Float64Array.from({ length: count }, () => {
    wait = Math.max(0, wait - load * Math.log(1 - random()) + Math.log(1 - random()));
    return wait;
  });
}

it('drawn quantiles differ where the queue does, and seldom where it does not', () => {
  const differs = (a: Float64Array, b: Float64Array): boolean => {
    const [x] = drawnQuantiles(a, [0.5], 300, seeded(1));
    const [y] = drawnQuantiles(b, [0.5], 300, seeded(2));
    const differences = x.map((value, k) => y[k] - value).sort();
    return differences[1] > 0 || differences[298] < 0;
  };
  let same = 0;
  let other = 0;
  for (let run = 0; run < 60; run++) {
    const random = seeded(1000 + run);
    const base = waits(2500, 0.6, random);
    if (differs(base, waits(2500, 0.6, random))) same++;
    if (differs(base, waits(2500, 0.8, random))) other++;
  }
  expect(same).toBeLessThanOrEqual(4); // 1 % by intent; blocks of √n are a little short for a queue
  expect(other).toBeGreaterThanOrEqual(57);
});

it('draws what is there: all of a constant series, and quantiles in order', () => {
  const [p50, p99] = drawnQuantiles(new Float64Array(50).fill(3), [0.5, 0.99], 20, seeded(3));
  expect([...new Set([...p50, ...p99])]).toEqual([3]);
  const mixed = drawnQuantiles(waits(400, 0.7, seeded(5)), [0.5, 0.9, 0.99], 50, seeded(4));
  for (let k = 0; k < 50; k++) expect(mixed[0][k] <= mixed[1][k] && mixed[1][k] <= mixed[2][k]).toBe(true);
});
