// What must hold of every replay: longer queues refuse no more, slower service waits no less, same seed same bytes.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resampled } from '../../../replay/what-if/bootstrap.ts';
import { fires } from '../../../replay/what-if/client-retries.ts';
import { EventHeap } from '../../../replay/what-if/event-heap.ts';
import { GridError, parseRange } from '../../../replay/what-if/grid.ts';
import { prepare } from '../../../replay/what-if/prepared.ts';
import { settingsOf } from '../../../replay/what-if/settings.ts';
import { Replay } from '../../../replay/what-if/simulate.ts';
import { meets, parseTarget, TargetError } from '../../../replay/what-if/target.ts';
import { acceptorOf, workloadOf } from './made.ts';

const gaps = fc.array(fc.integer({ min: 1, max: 4000 }), { minLength: 1, maxLength: 150 });
const service = fc.array(fc.integer({ min: 1, max: 8000 }), { minLength: 1, maxLength: 20 });
const arrivalsOf = (us: readonly number[]): number[] => {
  let at = 0;
  return us.map((gap) => {
    at += gap * 1000;
    return at;
  });
};
const ONCE = { initial_ms: 1000, linear: 0, retries: 0, wheel: null, timeout_ns: 1e6 };

describe('open clients that come once', () => {
  it('are refused no more often by a longer queue', () => {
    fc.assert(
      fc.property(gaps, service, fc.integer({ min: 0, max: 20 }), (us, busy, backlog) => {
        const workload = workloadOf(backlog, { arrivals_ns: arrivalsOf(us), retry: ONCE }, [
          acceptorOf(busy.map((ns) => ns * 1000)),
        ]);
        const prepared = prepare(workload);
        const own = settingsOf(workload);
        const refused = [0, 1, 5, 50].map(
          (more) => new Replay(prepared, { ...own, backlog: backlog + more }).run().overflows ?? 0,
        );
        for (let k = 1; k < refused.length; k++) expect(refused[k]).toBeLessThanOrEqual(refused[k - 1]);
      }),
      { numRuns: 200 },
    );
  });

  it('wait no less where service is slower and nobody is refused', () => {
    fc.assert(
      fc.property(gaps, service, (us, busy) => {
        const workload = workloadOf(4000, { arrivals_ns: arrivalsOf(us) }, [acceptorOf(busy.map((ns) => ns * 1000))]);
        const prepared = prepare(workload);
        const sum = (scale: number): number => {
          const replay = new Replay(prepared, { ...settingsOf(workload), service_scale: scale });
          const { accepted } = replay.run();
          return replay.counts.waits.subarray(0, accepted).reduce((total, wait) => total + wait, 0);
        };
        expect(sum(1.5)).toBeGreaterThanOrEqual(sum(1));
        expect(sum(1)).toBeGreaterThanOrEqual(sum(0.5));
      }),
      { numRuns: 200 },
    );
  });

  it('are all accounted for, whatever the settings', () => {
    fc.assert(
      fc.property(
        gaps,
        service,
        fc.record({
          backlog: fc.integer({ min: -1, max: 10 }),
          somaxconn: fc.integer({ min: 0, max: 100 }),
          tcp_syncookies: fc.integer({ min: 0, max: 2 }),
          tcp_abort_on_overflow: fc.integer({ min: 0, max: 1 }),
          acceptors: fc.integer({ min: 1, max: 5 }),
          members: fc.integer({ min: 1, max: 4 }),
          rate: fc.constantFrom(0.5, 1, 3),
        }),
        fc.boolean(),
        (us, busy, settings, speaks) => {
          const workload = workloadOf(5, { arrivals_ns: arrivalsOf(us), handshake_ns: 30_000, speaks_first: speaks }, [
            acceptorOf(busy.map((ns) => ns * 1000)),
          ]);
          const outcome = new Replay(prepare(workload), { ...settingsOf(workload), ...settings }).run();
          expect(outcome.arrivals).toBe(us.length);
          expect(outcome.enqueued + (outcome.gave_up ?? 0)).toBe(us.length);
          // a member without an acceptor keeps what it has
          if (settings.acceptors >= settings.members) expect(outcome.accepted).toBe(outcome.enqueued);
          expect(outcome.depth.max).toBeLessThanOrEqual(outcome.capacity);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('are drawn anew the same way by the same seed', () => {
    fc.assert(
      fc.property(gaps, fc.integer({ min: 0, max: 1000 }), (us, seed) => {
        const prepared = prepare(workloadOf(3, { arrivals_ns: arrivalsOf(us) }, [acceptorOf([1e6])]));
        const [one, other] = [resampled(prepared, seed), resampled(prepared, seed)];
        expect(one.arrivals).toEqual(other.arrivals);
        expect(one.arrivals.length).toBe(us.length);
        for (let k = 1; k < us.length; k++) expect(one.arrivals[k]).toBeGreaterThanOrEqual(one.arrivals[k - 1]);
      }),
    );
  });
});

describe('the heap of events', () => {
  it('gives them in order of time, then of planning', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.integer({ min: 0, max: 20 })), { maxLength: 300 }), (steps) => {
        const heap = new EventHeap(1);
        const naive: { at: number; who: number }[] = [];
        steps.forEach((at, who) => {
          if (at !== null) {
            heap.push(at, 0, who);
            naive.push({ at, who });
            return;
          }
          naive.sort((a, b) => a.at - b.at || a.who - b.who);
          const first = naive.shift();
          expect(heap.next).toBe(first?.at ?? Number.POSITIVE_INFINITY);
          if (first === undefined) return;
          expect(heap.who).toBe(first.who);
          heap.pop();
        });
      }),
    );
  });
});

describe('timers of the wheel', () => {
  // kernel/time/timer.c: 64 buckets a level, each level eight times as coarse, rounded up
  it.each([
    [1, 2],
    [62, 63],
    [63, 64],
    [250, 256],
    [500, 504],
    [504, 512],
    [505, 512],
    [1000, 1024],
  ])('%i ticks from 0 fire at %i', (delay, at) => {
    expect(fires({ tick_ns: 1, phase_ns: 0 }, 0, delay)).toBe(at);
  });

  it('never fire early, nor later than an eighth and a tick', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), fc.integer({ min: 1, max: 30_000 }), (now, ticks) => {
        const at = fires({ tick_ns: 4, phase_ns: 1 }, now, ticks * 4);
        expect(at).toBeGreaterThan(now + ticks * 4 - 4);
        expect(at).toBeLessThanOrEqual(now + ticks * 4 * 1.126 + 8);
      }),
    );
  });
});

describe('words on the command line', () => {
  it('ranges', () => {
    expect(parseRange('16..100', 'doubled')).toEqual([16, 32, 64, 100]);
    expect(parseRange('1..4', 'each')).toEqual([1, 2, 3, 4]);
    expect(parseRange('4,8,511', 'doubled')).toEqual([4, 8, 511]);
    for (const text of ['', 'a', '4..2', '1..', '1..99999999999', '1.5'])
      expect(() => parseRange(text, 'each'), text).toThrow(GridError);
  });

  it('targets', () => {
    const outcome = new Replay(
      prepare(workloadOf(3, { arrivals_ns: [1] }, [acceptorOf([1])])),
      settingsOf(workloadOf(3, {}, [])),
    ).run();
    expect(meets(outcome, parseTarget('overflows=0,wait_p99<5ms'))).toBe(true);
    expect(meets(outcome, parseTarget('depth_max>=2'))).toBe(false);
    for (const text of ['', 'overflows', 'wait_p99<5', 'overflows<5ms', 'speed=1', 'wait_p98<5ms'])
      expect(() => parseTarget(text), text).toThrow(TargetError);
  });
});
