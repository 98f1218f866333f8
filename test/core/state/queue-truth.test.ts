// Queue contents at an instant against the kernel's own account of the same load: bpftrace saw each connection enter and leave each queue.
import { describe, expect, it } from 'vitest';
import { readState } from '../../../core/store/read-state.ts';
import type { Connection } from '../../../core/store/store.ts';
import { readAccount } from '../../support/account.ts';
import { CASES, perfDataOf, take, withStore } from '../../support/fixtures.ts';

/** perf did not record everything in these. */
const INCOMPLETE = new Set(['lost', 'per-task-overflow']);
/** Nothing enters or leaves a queue so long on both sides of an instant: longer than a probe's stamp and the event itself are apart. */
const QUIET_NS = 150_000;
const INSTANTS = 25;

interface Change {
  readonly at: number;
  readonly sk: string;
  readonly child: string;
  readonly enters: boolean;
}

/** Kernel's times on the capture's clock: the two clocks are apart by what they say of the same arrival. */
function changesOf(db: Connection, name: string): Change[] {
  const { lives } = readAccount(perfDataOf(name).replace(/perf\.data$/, ''));
  const arrivals = db
    .prepare(
      `SELECT a.address AS child, c.enqueued_at_ns AS at FROM connections c JOIN addresses a ON a.id = c.sk
       WHERE c.enqueued_at_ns IS NOT NULL ORDER BY c.enqueued_at_ns, c.id`,
    )
    .all() as { child: string; at: number }[];
  const [first] = lives.flatMap(({ queued }) => queued).sort((a, b) => (a.at < b.at ? -1 : 1));
  const same = arrivals.find(({ child }) => child === first.child) as { at: number };
  const ours = (at: bigint): number => Number(at - first.at) + same.at;
  const changes = lives.flatMap(({ sk, queued, accepted }) => [
    ...queued.map(({ at, child }) => ({ at: ours(at), sk, child, enters: true })),
    ...accepted.map(({ at, child }) => ({ at: ours(at), sk, child, enters: false })),
  ]);
  return changes.sort((a, b) => a.at - b.at);
}

/** Instants in the middle of quiet stretches, with what was in each queue then: first in, first out, and nothing else. */
function quietInstants(changes: readonly Change[]): { at: number; queues: Map<string, string[]> }[] {
  const queues = new Map<string, string[]>();
  const found: { at: number; queues: Map<string, string[]> }[] = [];
  changes.forEach(({ at, sk, child, enters }, k) => {
    const queue = queues.get(sk) ?? [];
    if (enters) queue.push(child);
    else if (queue.includes(child)) queue.splice(queue.indexOf(child), 1);
    queues.set(sk, queue);
    const next = changes[k + 1]?.at ?? at;
    if (next - at > 2 * QUIET_NS)
      found.push({ at: Math.floor((at + next) / 2), queues: new Map([...queues].map(([of, all]) => [of, [...all]])) });
  });
  return found;
}

let someWaited = 0;

describe('queue contents at an instant are the kernel’s', () => {
  it.each(CASES.filter((name) => name !== 'listen-errors'))('%s', (name) => {
    withStore((store) => {
      const { db } = store;
      const capture = take(store, perfDataOf(name));
      const instants = quietInstants(changesOf(db, name));
      expect(instants.length, 'instants at which nothing happens').toBeGreaterThan(3);
      const step = Math.max(1, Math.floor(instants.length / INSTANTS));
      let compared = 0;
      let waiting = 0;
      let differ = 0;
      // the fullest are the ones worth looking at
      const full = [...instants].sort(
        (a, b) => [...b.queues.values()].flat().length - [...a.queues.values()].flat().length,
      );
      for (const { at, queues } of [...instants.filter((_, k) => k % step === 0), ...full.slice(0, INSTANTS)]) {
        const state = readState(db, capture, { at }, 'test');
        const seen = new Map(
          state?.listeners.map(({ id, accept_queue: queue }) => [
            db
              .prepare('SELECT a.address FROM listeners l JOIN addresses a ON a.id = l.sk WHERE l.id = ?')
              .pluck()
              .get(id),
            queue,
          ]),
        );
        for (const [sk, children] of queues) {
          const queue = seen.get(sk);
          if (queue === undefined) {
            expect(children, `${sk} is closed`).toEqual([]);
            continue;
          }
          compared++;
          waiting += children.length;
          if (INCOMPLETE.has(name) && queue.bound !== 'exact') continue;
          if (JSON.stringify(queue.waiting.map((one) => one.sk)) !== JSON.stringify(children)) differ++;
          expect(queue.low).toBeLessThanOrEqual(children.length);
          if (queue.high !== null) expect(queue.high).toBeGreaterThanOrEqual(children.length);
        }
      }
      expect(compared).toBeGreaterThan(3);
      expect(differ, `of ${compared} queues with ${waiting} connections`).toBe(0);
      someWaited += waiting;
    });
  });

  it('saw queues with connections in them', () => expect(someWaited).toBeGreaterThan(1000));
});
