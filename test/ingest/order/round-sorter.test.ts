// The sorter by rounds: sorted, stable, complete and no earlier or later than the recorder's promise allows.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BEFORE_START } from '../../../ingest/format/format.ts';
import { RoundSorter } from '../../../ingest/order/round-sorter.ts';
import { byRow } from '../../support/by-row.ts';

const SEED = { seed: 20260102, numRuns: 500 };

/** A row is told from the others by its number in the file. */
interface Row {
  readonly at: number;
  readonly number: number;
}

interface Out {
  readonly rows: Row[];
  readonly sorter: RoundSorter;
  push(row: Row): void;
}

function collect(maxWaiting?: number): Out {
  const rows: Row[] = [];
  const sorter = new RoundSorter(
    byRow((batch, row) => {
      rows.push({ at: batch.at[row], number: batch.source[row] });
    }),
    maxWaiting,
  );
  return { rows, sorter, push: ({ at, number }) => sorter.rows.push(at, 0, 0, 1, 1, number) };
}

/** What any correct sorter gives: by time, and in file order where times are equal. */
const sorted = (rows: readonly Row[]): Row[] => [...rows].sort((a, b) => a.at - b.at || a.number - b.number);

const stepsBack = (rows: readonly Row[]): number => {
  let newest = Number.NEGATIVE_INFINITY;
  let count = 0;
  for (const { at } of rows) {
    if (at < newest) count++;
    else newest = at;
  }
  return count;
};

/**
 * A recording as perf makes it: in each round the buffers are drained one after the other, each at its own moment, of all
 * that was written to it until then.
 */
const recording = fc
  .record({
    cpus: fc.array(fc.array(fc.nat(200), { maxLength: 30 }), { minLength: 1, maxLength: 4 }),
    pauses: fc.array(fc.array(fc.integer({ min: 1, max: 25 }), { minLength: 4, maxLength: 4 }), {
      minLength: 1,
      maxLength: 8,
    }),
  })
  .map(({ cpus, pauses }) => {
    const streams = cpus.map((times) => times.sort((a, b) => a - b));
    const drained = cpus.map(() => 0);
    const rounds: Row[][] = [];
    let now = 0;
    let number = 0;
    const drain = (round: Row[], cpu: number, until: number): void => {
      for (; drained[cpu] < streams[cpu].length && streams[cpu][drained[cpu]] <= until; drained[cpu]++)
        round.push({ at: streams[cpu][drained[cpu]], number: number++ });
    };
    for (const pause of pauses) {
      const round: Row[] = [];
      for (let cpu = 0; cpu < cpus.length; cpu++) {
        now += pause[cpu];
        drain(round, cpu, now);
      }
      rounds.push(round);
    }
    const last: Row[] = [];
    for (let cpu = 0; cpu < cpus.length; cpu++) drain(last, cpu, Number.POSITIVE_INFINITY);
    return [...rounds, last];
  });

describe('a recording that keeps the promise of rounds', () => {
  it('comes out sorted, stable and complete', () => {
    fc.assert(
      fc.property(recording, (rounds) => {
        const { rows, sorter, push } = collect();
        for (const round of rounds) {
          for (const row of round) push(row);
          sorter.endRound();
        }
        sorter.finish();
        expect(rows).toEqual(sorted(rounds.flat()));
        expect(sorter.outOfOrder).toBe(0);
        expect(sorter.rows.length).toBe(0);
      }),
      SEED,
    );
  });

  it('is released at the end of a round up to the newest row of the rounds before it, no more and no less', () => {
    fc.assert(
      fc.property(recording, (rounds) => {
        const { rows, sorter, push } = collect();
        let newestBefore = Number.NEGATIVE_INFINITY;
        const seen: Row[] = [];
        for (const round of rounds) {
          const already = rows.length;
          for (const row of round) push(row);
          expect(rows.length).toBe(already); // nothing within a round
          seen.push(...round);
          sorter.endRound();
          expect(rows).toEqual(sorted(seen).filter(({ at }) => at <= newestBefore));
          newestBefore = Math.max(newestBefore, ...round.map(({ at }) => at));
        }
      }),
      SEED,
    );
  });

  it('needs both rounds: the latest possible row is older than the newest of the round before', () => {
    const { rows, sorter, push } = collect();
    push({ at: 10, number: 0 }); // first buffer, drained at 10
    push({ at: 19, number: 1 }); // second buffer, drained at 20
    sorter.endRound();
    expect(rows).toEqual([]);
    push({ at: 11, number: 2 }); // first buffer again: written just after it was drained
    push({ at: 30, number: 3 });
    sorter.endRound();
    expect(rows.map(({ at }) => at)).toEqual([10, 11, 19]);
    expect(sorter.outOfOrder).toBe(0);
  });
});

describe('any input', () => {
  const times = fc.array(fc.oneof(fc.nat(50), fc.constant(BEFORE_START)), { maxLength: 200 });

  it('comes out complete, and every step back is counted', () => {
    fc.assert(
      fc.property(
        times,
        fc.array(fc.nat(200), { maxLength: 10 }),
        fc.integer({ min: 1, max: 40 }),
        (all, ends, max) => {
          const { rows, sorter, push } = collect(max);
          all.forEach((at, number) => {
            push({ at, number });
            if (ends.includes(number)) sorter.endRound();
            else if (number % 5 === 0) sorter.relieve();
          });
          sorter.finish();
          expect([...rows].sort((a, b) => a.number - b.number)).toEqual(all.map((at, number) => ({ at, number })));
          expect(sorter.outOfOrder).toBe(stepsBack(rows));
        },
      ),
      SEED,
    );
  });

  it('is sorted as a whole where no round ever ends', () => {
    fc.assert(
      fc.property(times, (all) => {
        const { rows, sorter, push } = collect();
        all.forEach((at, number) => {
          push({ at, number });
        });
        sorter.relieve();
        sorter.finish();
        expect(rows).toEqual(sorted(all.map((at, number) => ({ at, number }))));
        expect(sorter.outOfOrder).toBe(0);
      }),
      SEED,
    );
  });

  it('puts what was true before the capture first, in file order', () => {
    const { rows, sorter, push } = collect();
    [5, BEFORE_START, 3, BEFORE_START].forEach((at, number) => {
      push({ at, number });
    });
    sorter.endRound();
    sorter.endRound();
    expect(rows.map(({ number }) => number)).toEqual([1, 3, 2, 0]);
    expect(sorter.outOfOrder).toBe(0);
  });
});

describe('memory', () => {
  it('is bounded without rounds, and sorted input stays sorted', () => {
    const { rows, sorter, push } = collect(100);
    for (let number = 0; number < 5000; number++) {
      push({ at: number, number });
      sorter.relieve();
      expect(sorter.rows.length).toBeLessThan(100);
    }
    expect(rows.length).toBeGreaterThan(4900);
    sorter.finish();
    expect(rows.map(({ number }) => number)).toEqual([...Array(5000).keys()]);
    expect(sorter.outOfOrder).toBe(0);
  });

  it('is bounded when all times are equal', () => {
    const { rows, sorter, push } = collect(10);
    for (let number = 0; number < 100; number++) {
      push({ at: 7, number });
      sorter.relieve();
      expect(sorter.rows.length).toBeLessThan(10);
    }
    sorter.finish();
    expect(rows.map(({ number }) => number)).toEqual([...Array(100).keys()]);
  });

  it('counts the rows that come too late for it', () => {
    const { rows, sorter, push } = collect(4);
    [10, 20, 30, 40].forEach((at, number) => {
      push({ at, number });
    });
    sorter.relieve(); // the older half has to go
    const gone = rows.map(({ at }) => at);
    expect(gone).toEqual([10, 20, 30]);
    push({ at: 5, number: 4 });
    push({ at: 29, number: 5 });
    push({ at: 35, number: 6 });
    sorter.finish();
    expect(rows.map(({ at }) => at)).toEqual([...gone, 5, 29, 35, 40]);
    expect(sorter.outOfOrder).toBe(2);
  });
});
