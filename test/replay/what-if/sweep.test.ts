// A sweep plays fewer replays than it has settings, in memory that is used again: neither may change an outcome.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Agenda } from '../../../replay/what-if/agenda.ts';
import { prepare } from '../../../replay/what-if/prepared.ts';
import { type Settings, settingsOf } from '../../../replay/what-if/settings.ts';
import { Replay } from '../../../replay/what-if/simulate.ts';
import { sweep } from '../../../replay/what-if/sweep.ts';
import { SweepPlan, type Task } from '../../../replay/what-if/sweep-plan.ts';
import type { Workload } from '../../../replay/workload/workload.ts';
import { acceptorOf, workloadOf } from './made.ts';

const us = (most: number) => fc.integer({ min: 1, max: most }).map((value) => value * 1000);

const clients = fc.record({
  handshake_ns: fc.constantFrom(0, 50_000, 3_000_000),
  speaks_first: fc.boolean(),
  resets: fc.boolean(),
  stop_ns: fc.constantFrom(null, 80e6, 2e9),
});

const open = fc.array(us(3000), { minLength: 1, maxLength: 80 }).map((gaps) => {
  let at = 0;
  return { mode: 'open' as const, follows: null, arrivals_ns: gaps.map((gap) => (at += gap)) };
});

const closed = fc
  .record({
    follows: fc.constantFrom('connected' as const, 'response' as const),
    slots: fc.array(fc.record({ first_ns: us(5000), think_ns: fc.array(us(4000), { maxLength: 12 }) }), {
      minLength: 1,
      maxLength: 8,
    }),
  })
  .map(({ follows, slots }) => ({
    mode: 'closed' as const,
    follows,
    slots: slots.map((slot) => ({ ...slot, members: [] })).sort((a, b) => a.first_ns - b.first_ns),
  }));

const workloads = fc
  .record({ clients, loop: fc.oneof(open, closed), service: fc.array(us(6000), { minLength: 1, maxLength: 9 }) })
  .map(({ clients, loop, service }) => workloadOf(5, { ...clients, ...loop }, [acceptorOf(service, [20_000])]));

/** One family of settings or two; the profiles are one of each rule for a full SYN queue. */
const settings = fc.record({
  backlogs: fc.uniqueArray(fc.integer({ min: 0, max: 60 }), { minLength: 2, maxLength: 8 }),
  somaxconn: fc.constantFrom(20, 4096),
  tcp_syncookies: fc.integer({ min: 0, max: 2 }),
  tcp_max_syn_backlog: fc.constantFrom(16, 1024),
  acceptors: fc.uniqueArray(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 2 }),
  members: fc.integer({ min: 1, max: 2 }),
  rate: fc.constantFrom(0.7, 1, 3),
  kernel: fc.constantFrom('3.10', '5.10', '6.18'),
});

function tasksOf(workload: Workload, knobs: typeof settings extends fc.Arbitrary<infer T> ? T : never): Task[] {
  const { backlogs, acceptors, ...rest } = knobs;
  const all = backlogs.flatMap((backlog) =>
    acceptors.map((count): Settings => ({ ...settingsOf(workload), ...rest, backlog, acceptors: count })),
  );
  return all.map((one) => ({ settings: one, seed: null }));
}

describe('a sweep', () => {
  it('gives what each of its settings gives when it is played alone', async () => {
    let tasksInAll = 0;
    let playedInAll = 0;
    await fc.assert(
      fc.asyncProperty(workloads, settings, async (workload, knobs) => {
        const tasks = tasksOf(workload, knobs);
        const steps: number[] = [];
        const outcomes = await sweep(workload, tasks, (done) => steps.push(done));
        const alone = tasks.map((task) => new Replay(prepare(workload), task.settings).run());
        expect(outcomes).toEqual(alone);
        expect(steps[steps.length - 1]).toBe(tasks.length);
        tasksInAll += tasks.length;
        playedInAll += steps.length;
      }),
      { numRuns: 250 },
    );
    // or nothing would be shown of those that stand for others
    expect(playedInAll).toBeLessThan(tasksInAll * 0.9);
  });

  it('plays one setting for all that nobody meets, and each that somebody does', async () => {
    // twenty at once, before the acceptor begins: a queue of 20 if there is room
    const workload = workloadOf(64, { arrivals_ns: Array.from({ length: 20 }, (_, k) => 1000 * k) }, [
      { ...acceptorOf([1e9]), ready_ns: 1e6 },
    ]);
    const played: number[] = [];
    const backlogs = [10, 18, 19, 20, 30, 64];
    const tasks = backlogs.map((backlog) => ({ settings: { ...settingsOf(workload), backlog }, seed: null }));
    const outcomes = await sweep(workload, tasks, (done) => played.push(done));
    expect(outcomes.map(({ capacity }) => capacity)).toEqual([11, 19, 20, 21, 31, 65]);
    expect(outcomes.map(({ depth }) => depth.max)).toEqual([11, 19, 20, 20, 20, 20]);
    // 64 stands for 30 and 20; at 19 the twentieth still gets in, but the queue is full when it has
    expect(played).toEqual([3, 4, 5, 6]);
  });

  it('deals each task out once, whoever is done first', () => {
    fc.assert(
      fc.property(workloads, settings, fc.array(fc.nat(3), { maxLength: 40 }), (workload, knobs, order) => {
        const tasks = tasksOf(workload, knobs);
        const plan = new SweepPlan(tasks);
        const given: number[] = [];
        const underWay: number[] = [];
        for (let step = 0; ; step++) {
          while (underWay.length < 3) {
            const index = plan.next();
            if (index === null) break;
            given.push(index);
            underWay.push(index);
          }
          if (underWay.length === 0) break;
          const [index] = underWay.splice((order[step] ?? 0) % underWay.length, 1);
          const replay = new Replay(prepare(workload), tasks[index].settings);
          const outcome = replay.run();
          plan.played(index, { outcome, mostRequests: replay.mostRequests });
        }
        expect(new Set(given).size).toBe(given.length);
        expect(plan.done).toBe(tasks.length);
        expect(plan.outcomes).toEqual(tasks.map(({ settings: one }) => new Replay(prepare(workload), one).run()));
      }),
      { numRuns: 60 },
    );
  });
});

describe('the agenda', () => {
  it('gives events in order of time, then of planning, in a lane or out of order', () => {
    const step = fc.option(fc.record({ at: fc.integer({ min: 0, max: 30 }), lane: fc.integer({ min: -1, max: 3 }) }), {
      freq: 3,
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
        const agenda = new Agenda([10, 11, 12, 13]);
        const naive: { at: number; kind: number; who: number }[] = [];
        steps.forEach((planned, who) => {
          if (planned !== null) {
            const { at, lane } = planned;
            if (lane < 0) agenda.push(at, 9, who);
            else agenda.pushInto(lane, at, who);
            naive.push({ at, kind: lane < 0 ? 9 : 10 + lane, who });
            return;
          }
          naive.sort((a, b) => a.at - b.at || a.who - b.who);
          const first = naive.shift();
          expect(agenda.next).toBe(first?.at ?? Number.POSITIVE_INFINITY);
          if (first === undefined) return;
          expect([agenda.kind, agenda.who]).toEqual([first.kind, first.who]);
          agenda.pop();
        });
      }),
      { numRuns: 300 },
    );
  });
});
