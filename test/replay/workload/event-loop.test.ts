// Event loops: the replay and what is read from a capture against a loop that is written down as it runs.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { prepare } from '../../../replay/what-if/prepared.ts';
import { settingsOf } from '../../../replay/what-if/settings.ts';
import { Replay } from '../../../replay/what-if/simulate.ts';
import type { QueueTimes } from '../../../replay/workload/acceptor-habits.ts';
import { loopHabitsOf, type Served } from '../../../replay/workload/loop-habits.ts';
import { acceptorOf, workloadOf } from '../what-if/made.ts';

const WAKE = 30_000;
/** A client that is refused does not come again. */
const ONCE = { initial_ms: 1000, linear: 0, retries: 0, wheel: null, timeout_ns: 1e6 };

interface Loop {
  readonly served: Served[];
  readonly queue: QueueTimes;
  readonly waits: number[];
  refused: number;
}

/** Each turn takes one connection; `ahead` loops then serve that of the turn before, others the one itself. */
function run(arrivals: readonly number[], service: readonly number[], backlog: number, ahead: boolean): Loop {
  const waiting: number[] = [];
  const enqueued: number[] = [];
  const served: { came: number; taken: number; ended: number }[] = [];
  const loop = { waits: [] as number[], refused: 0 };
  let held: number[] = [];
  let next = 0;
  let now = 0;
  const admit = (): void => {
    for (; next < arrivals.length && arrivals[next] <= now; next++) {
      if (waiting.length > backlog) loop.refused++;
      else {
        waiting.push(arrivals[next]);
        enqueued.push(arrivals[next]);
      }
    }
  };
  for (;;) {
    admit();
    const came = waiting.shift();
    if (came === undefined && held.length === 0) {
      if (next === arrivals.length) break;
      now = arrivals[next];
      admit();
      now += WAKE;
      continue;
    }
    const fresh: number[] = [];
    if (came !== undefined) {
      loop.waits.push(now - came);
      fresh.push(served.push({ came, taken: now, ended: Number.NaN }) - 1);
    }
    for (const k of ahead ? held : fresh) {
      // while it serves, the kernel lets others in
      now += service[k % service.length];
      admit();
      served[k].ended = now;
    }
    held = ahead ? fresh : [];
  }
  const dequeued = Float64Array.from(served, ({ taken }) => taken);
  return { ...loop, served, queue: { enqueued: Float64Array.from(enqueued), dequeued } };
}

const loads = fc
  .record({
    // more than one loop can serve at times, and less at others
    gaps: fc.array(fc.integer({ min: 1, max: 9000 }), { minLength: 60, maxLength: 200 }),
    service: fc.array(fc.integer({ min: 500, max: 9000 }), { minLength: 3, maxLength: 50 }),
    backlog: fc.integer({ min: 0, max: 30 }),
  })
  .map(({ gaps, service, backlog }) => {
    let at = 0;
    return {
      backlog,
      // instants that are nobody else's, so that no tie has to be broken
      arrivals: gaps.map((gap, k) => (at += gap * 1000 + 7 * k + 1)),
      service: service.map((us, k) => us * 1000 + 13 * k),
    };
  });

describe('an event loop that takes one connection a turn', () => {
  it('is replayed as it runs, whatever the backlog', () => {
    fc.assert(
      fc.property(loads, ({ arrivals, service, backlog }) => {
        const loop = run(arrivals, service, backlog, true);
        const workload = workloadOf(backlog, { arrivals_ns: arrivals, retry: ONCE }, [
          { ...acceptorOf(service, [WAKE]), ahead: 1 },
        ]);
        const replay = new Replay(prepare(workload), settingsOf(workload));
        const { overflows, accepted } = replay.run();
        expect(overflows).toBe(loop.refused);
        const waits = [...replay.counts.waits.subarray(0, accepted)].sort((a, b) => a - b);
        expect(waits).toEqual(loop.waits.sort((a, b) => a - b));
      }),
      { numRuns: 200 },
    );
  });

  it('is known by its connections ending after the next is taken; its times are those it had', () => {
    fc.assert(
      fc.property(loads, ({ arrivals, service }) => {
        const { served, queue } = run(arrivals, service, 1000, true);
        // enough of them must have been taken with two more behind them to tell
        fc.pre(served.filter(({ taken }, k) => queue.enqueued[k + 2] <= taken).length > 12);
        const acceptor = loopHabitsOf(served, [], queue, { name: 'loop', member: 0, start: 0 });
        expect(acceptor?.ahead).toBe(1);
        expect(acceptor?.service_ns).toEqual(served.map((_, k) => service[k % service.length]));
        expect(new Set(acceptor?.wake_ns)).toEqual(new Set(acceptor?.wake_ns.length === 0 ? [] : [WAKE]));
      }),
      { numRuns: 200 },
    );
  });

  it('is not what serves each connection before it takes the next', () => {
    fc.assert(
      fc.property(loads, ({ arrivals, service }) => {
        const { served, queue } = run(arrivals, service, 1000, false);
        expect(loopHabitsOf(served, [], queue, { name: 'serial', member: 0, start: 0 })).toBeNull();
      }),
      { numRuns: 200 },
    );
  });

  it('is not seen where connections outlive their service', () => {
    const arrivals = Array.from({ length: 50 }, (_, k) => 1000 * k);
    const { served, queue } = run(arrivals, [1e6], 1000, true);
    const kept = served.map((one) => ({ ...one, ended: Number.NaN }));
    expect(loopHabitsOf(served, [], queue, { name: 'loop', member: 0, start: 0 })).not.toBeNull();
    expect(loopHabitsOf(kept, [], queue, { name: 'loop', member: 0, start: 0 })).toBeNull();
  });
});
