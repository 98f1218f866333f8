// A workload taken from a capture and replayed under its own settings: exactly what was there, where the capture was made by the rules.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as Schema from 'effect/Schema';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readLog } from '../../../core/store/log-reader.ts';
import type { Store } from '../../../core/store/store.ts';
import { readListenerSource, workloadReport } from '../../../core/store/workload-input.ts';
import { prepare } from '../../../replay/what-if/prepared.ts';
import { settingsOf } from '../../../replay/what-if/settings.ts';
import { Replay } from '../../../replay/what-if/simulate.ts';
import { anonymized } from '../../../replay/workload/anonymize.ts';
import { extractWorkload } from '../../../replay/workload/extract.ts';
import type { Workload } from '../../../replay/workload/workload.ts';
import { WorkloadSchema } from '../../../replay/workload/workload-schema.ts';
import { perfDataOf, take, takeAny, withStore, withStoreAsync } from '../../support/fixtures.ts';
import { madeCapture } from '../../support/made-capture.ts';
import { ROOT } from '../../support/run.ts';

function workloadIn(store: Store, id?: number): Workload {
  const report = workloadReport(store.db, 'test');
  const listener = report.listeners.find((one) => (id === undefined ? one.enqueued > 0 : one.id === id));
  if (listener === undefined) throw new Error('no listener with arrivals');
  return extractWorkload(readListenerSource(store.db, report, listener.id), readLog(store.db, listener.capture));
}

const load = fc.record({
  backlog: fc.integer({ min: 1, max: 12 }),
  gaps: fc.array(fc.integer({ min: 50_000, max: 4_000_000 }), { minLength: 30, maxLength: 120 }),
  service: fc.array(fc.integer({ min: 100_000, max: 6_000_000 }), { minLength: 3, maxLength: 10 }),
});

describe('captures made by the rules', () => {
  it('are replayed exactly: arrivals, refusals, each wait, the longest queue', () => {
    fc.assert(
      fc.property(load, ({ backlog, gaps, service }) =>
        withStore((store, directory) => {
          let at = 5_000_000;
          // instants that are nobody else's, so that no tie has to be broken
          const arrivals = gaps.map((gap, k) => {
            at += gap + 17 * k + 1;
            return at;
          });
          const made = madeCapture({ backlog, arrivals, service: service.map((ns, k) => ns + 13 * k), wake: 30_000 });
          const path = join(directory, 'made.json');
          writeFileSync(path, made.text);
          take(store, path);
          const workload = workloadIn(store);
          expect(workload.clients).toMatchObject({ mode: 'open', source: 'syn', bias: null });
          const replay = new Replay(prepare(workload), settingsOf(workload));
          const outcome = replay.run();
          expect(outcome.arrivals).toBe(arrivals.length);
          expect(outcome.enqueued).toBe(made.enqueued);
          expect(outcome.overflows).toBe(made.refused);
          expect(outcome.depth.max).toBe(made.deepest);
          const waits = [...replay.counts.waits.subarray(0, outcome.accepted)].sort((a, b) => a - b);
          expect(waits).toEqual([...made.waits].sort((a, b) => a - b));
        }),
      ),
      { numRuns: 25 },
    );
  });
});

/** Recorded loads and how far their replay may be off: counts in connections, waits by a share or nanoseconds. */
const RECORDED = [
  ['node-clamped', 2, 0.15],
  ['acceptload-stall', 2, 0.25],
  ['acceptload-overflow', 2, 0.25],
  ['ipv6-dual', 3, 0.25],
  ['per-task', 0, 0.1],
] as const;

describe('recorded captures', () => {
  it.each(RECORDED)('%s: counts within %i, waits within %f', (name, counts, share) => {
    withStore((store) => {
      take(store, perfDataOf(name));
      const workload = workloadIn(store);
      const { recorded } = workload;
      if (recorded === null) throw new Error('a capture has figures of its own');
      const outcome = new Replay(prepare(workload), settingsOf(workload)).run();
      expect(outcome.capacity).toBe(recorded.capacity);
      expect(Math.abs(outcome.enqueued - recorded.enqueued)).toBeLessThanOrEqual(counts);
      expect(Math.abs(outcome.depth.max - recorded.depth.max)).toBeLessThanOrEqual(1);
      for (const q of ['p50', 'p99'] as const) {
        const [was, is] = [recorded.wait_ns[q] ?? 0, outcome.wait_ns[q] ?? 0];
        expect(Math.abs(is - was), `${q}: ${was} became ${is}`).toBeLessThanOrEqual(Math.max(2e6, was * share));
      }
    });
  });

  it('of an event loop that accepts without trying in vain, in bursts: no stalls, and what a longer queue came to', async () => {
    const recording = (name: string): string => join(ROOT, `test/fixture/documents/${name}.json.xz`);
    const figures = (path: string): Promise<Workload> =>
      withStoreAsync(async (store) => {
        await takeAny(store, path);
        return workloadIn(store);
      });
    const workload = await figures(recording('before'));
    expect(workload.acceptors.flatMap(({ stalls }) => stalls)).toEqual([]);
    const played = (somaxconn: number) => new Replay(prepare(workload), { ...settingsOf(workload), somaxconn }).run();
    const [was, is] = [workload.recorded, played(16)];
    if (was === null) throw new Error('a capture has figures of its own');
    for (const q of ['p50', 'p99'] as const)
      expect(Math.abs((is.wait_ns[q] ?? 0) - (was.wait_ns[q] ?? 0)) / (was.wait_ns[q] ?? 0), q).toBeLessThan(0.25);
    const [real, told] = [(await figures(recording('after'))).recorded, played(4096)];
    expect([told.overflows, told.accepted]).toEqual([0, real?.accepted]);
    expect(Math.abs(told.depth.max - (real?.depth.max ?? 0))).toBeLessThanOrEqual(6);
  });

  it('tell closed clients from open ones, and what they wait for', () => {
    const loopOf = (name: string) =>
      withStore((store) => {
        take(store, perfDataOf(name));
        const { mode, follows, slots } = workloadIn(store).clients;
        return [mode, follows, slots.length];
      });
    // what the loads were started with: see test/fixture/record/all.sh
    expect(loopOf('node-clamped')).toEqual(['closed', 'response', 60]);
    expect(loopOf('python-http')).toEqual(['closed', 'response', 12]);
    expect(loopOf('acceptload-burst')).toEqual(['closed', 'connected', 10]);
    expect(loopOf('acceptload-stall')).toEqual(['closed', 'connected', 6]);
  });
});

describe('a workload file', () => {
  it('goes out and comes back, whole and by its Schema', () => {
    withStore((store) => {
      take(store, perfDataOf('node-clamped'));
      const workload = workloadIn(store);
      const back = Schema.decodeUnknownSync(WorkloadSchema)(JSON.parse(JSON.stringify(workload)));
      expect(back).toEqual(workload);
    });
  });

  it('says nothing of whose it is when it is anonymous, and replays the same', () => {
    withStore((store) => {
      take(store, perfDataOf('node-clamped'));
      const workload = workloadIn(store);
      const other = anonymized(workload);
      const text = JSON.stringify(other);
      for (const secret of ['127.0.0.1', '8080', 'node', workload.origin?.capture ?? 'x', 'fc-v'])
        expect(text).not.toContain(secret);
      expect(new Replay(prepare(other), settingsOf(other)).run()).toEqual(
        new Replay(prepare(workload), settingsOf(workload)).run(),
      );
    });
  });
});
