// Faults put into recorded captures: each is found, or nobody could have told; and what recurs is found whatever a recorder may miss.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { EventBatch } from '../../../core/event/event-batch.ts';
import { eventCode } from '../../../core/event/event-type.ts';
import { kernelProfile } from '../../../core/kernel/profile.ts';
import { readLog } from '../../../core/store/log-reader.ts';
import { readValidationInput } from '../../../core/store/validation-input.ts';
import { type CaptureValidation, validateCapture } from '../../../replay/validate/validate-capture.ts';
import { takeAny, withStoreAsync } from '../../support/fixtures.ts';
import { EXCUSES } from './excuses.ts';
import { type Mutation, mutated, mutationsOf } from './mutations.ts';

const FIXTURE = fileURLToPath(new URL('../../fixture/', import.meta.url));
const CAPTURES = [
  'guests/6.1/bpftrace.json.xz',
  'guests/6.12/bpftrace.json.xz',
  'guests/7.2/bpftrace.json.xz',
  'one-load/bpftrace.json.xz',
  'perf-data/acceptload-overflow/perf.data',
  'perf-data/listen-errors/perf.data',
  'perf-data/nginx-small-backlog/perf.data',
];
/** Of each kind in each capture at most so many, evenly chosen. */
const MOST = 40;

interface Recorded {
  readonly rows: EventBatch;
  readonly validate: (rows: EventBatch, kernel?: string) => CaptureValidation;
}

const withCapture = <T>(path: string, use: (capture: Recorded) => T): Promise<T> =>
  withStoreAsync(async (store) => {
    const id = await takeAny(store, join(FIXTURE, path));
    const [input] = readValidationInput(store.db, id);
    const rows = new EventBatch();
    rows.position = 1;
    for (const batch of readLog(store.db, id)) for (let row = 0; row < batch.length; row++) rows.copyRow(batch, row);
    const profile = (kernel?: string) => (kernel === undefined ? null : kernelProfile(kernel));
    return use({ rows, validate: (changed, kernel) => validateCapture(input, [changed], profile(kernel)) });
  });

function sampled(mutations: readonly Mutation[]): Mutation[] {
  const byKind = new Map<string, Mutation[]>();
  for (const mutation of mutations) byKind.set(mutation.kind, [...(byKind.get(mutation.kind) ?? []), mutation]);
  return [...byKind.values()].flatMap((all) => {
    const step = Math.max(1, all.length / MOST);
    return Array.from({ length: Math.min(MOST, all.length) }, (_, k) => all[Math.floor(k * step)]);
  });
}

describe('one fault', () => {
  let made = 0;
  let found = 0;
  afterAll(() => {
    expect(made).toBeGreaterThanOrEqual(500);
    // most kinds have no excuse at all
    expect(found / made).toBeGreaterThan(0.6);
  });

  it.each(CAPTURES)('%s', async (path) => {
    await withCapture(path, ({ rows, validate }) => {
      expect(validate(rows).diverged, 'as it was recorded').toBe(0);
      const untold: string[] = [];
      for (const mutation of sampled(mutationsOf(rows))) {
        made++;
        if (validate(mutated(rows, mutation)).diverged > 0) found++;
        else if (!EXCUSES[mutation.kind]?.holds(rows, mutation)) untold.push(`${mutation.kind}: ${mutation.what}`);
      }
      expect(untold).toEqual([]);
    });
  });
});

describe('a fault that recurs', () => {
  const readings = eventCode('queue_sample');

  /** Drops every n-th of the rows that a kind of fault takes out. */
  const recurring = (rows: EventBatch, kind: Mutation['kind'], every: number): EventBatch => {
    const faults = mutationsOf(rows).filter((mutation) => mutation.kind === kind);
    const drop = new Set(faults.filter((_, k) => k % every === 0).flatMap((mutation) => [...mutation.drop]));
    return mutated(rows, { kind, what: '', drop, change: [], move: [] });
  };

  it.each(['guests/6.12/bpftrace.json.xz', 'guests/7.2/bpftrace.json.xz'])('%s', async (path) => {
    await withCapture(path, ({ rows, validate }) => {
      const rulesOf = (changed: EventBatch): string[] => [
        ...new Set(validate(changed).divergences.map(({ rule }) => rule)),
      ];
      expect(rulesOf(recurring(rows, 'wake-up-dropped', 4)), 'listeners are not woken').toContain('data_ready');
      const outOfNowhere = rulesOf(recurring(rows, 'arrival-dropped', 4));
      expect(
        outOfNowhere.some((rule) => rule === 'depth' || rule === 'accept_take'),
        'arrivals out of nowhere',
      ).toBe(true);
      expect(rulesOf(recurring(rows, 'state-dropped', 4)), 'handshakes that skip a state').toContain('state_edge');
    });
  });

  it('a reading of every queue that is one too many', async () => {
    await withCapture('guests/7.2/bpftrace.json.xz', ({ rows, validate }) => {
      const change = Array.from({ length: rows.length }, (_, row) => row)
        .filter((row) => rows.type[row] === readings)
        .map((row) => ({ row, arg: 1, value: rows.args[1][row] + 1 }));
      expect(change.length).toBeGreaterThan(20);
      const all = mutated(rows, { kind: 'depth', what: '', drop: new Set(), change, move: [] });
      expect(validate(all).diverged).toBeGreaterThan(0);
    });
  });
});

describe('the wrong profile', () => {
  it.each([
    ['guests/6.12/bpftrace.json.xz', '6.18', 'child_tuple'],
    ['guests/7.2/bpftrace.json.xz', '6.12', 'child_tuple'],
    ['one-load/bpftrace.json.xz', '5.10', 'syn_timer'],
  ])('%s under the rules of %s', async (path, kernel, rule) => {
    await withCapture(path, ({ rows, validate }) => {
      const counts = validate(rows, kernel).rules.find((counted) => counted.rule === rule);
      expect(counts?.diverged).toBeGreaterThan(0);
    });
  });

  it('releases with the same rules do not differ: nobody could tell 6.1 from 5.10 by a load without migration', async () => {
    await withCapture('guests/6.1/bpftrace.json.xz', ({ rows, validate }) => {
      expect(validate(rows, '5.10.223').diverged).toBe(0);
    });
  });
});
