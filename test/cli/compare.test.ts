// acceptq compare on recordings of which it is known what changed: made by the rules of a queue, and real ones.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as Schema from 'effect/Schema';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseGate } from '../../core/compare/gate.ts';
import type { Comparison } from '../../core/compare/model.ts';
import { ComparisonSchema } from '../../core/compare/schema.ts';
import { seeded } from '../../core/stats/block-bootstrap.ts';
import { perfDataOf } from '../support/fixtures.ts';
import { type MadeCapture, madeCapture } from '../support/made-capture.ts';
import { acceptq } from '../support/run.ts';

const directory = mkdtempSync(join(tmpdir(), 'acceptq-compare-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const path = (name: string): string => join(directory, name);

/** Clients by chance, 1000 a second; a connection takes its acceptor `ms` on average. */
function made(name: string, seed: number, ms: number, backlog: number): MadeCapture {
  const random = seeded(seed);
  let at = 0;
  const arrivals = Array.from({ length: 1500 }, () => {
    at += Math.ceil(-1e6 * Math.log(1 - random()));
    return at;
  });
  const service = Array.from({ length: 1499 }, () => Math.ceil(-ms * 1e6 * Math.log(1 - random())) + 2);
  const capture = madeCapture({ backlog, arrivals, service, wake: 10_000, drops: true });
  writeFileSync(`${path(name)}.json`, capture.text);
  expect(acceptq(['ingest', `${path(name)}.json`, '--db', path(name)]).status).toBe(0);
  return capture;
}

const compared = (a: string, b: string, ...args: string[]) => acceptq(['compare', path(a), path(b), ...args]);
const json = (a: string, b: string, ...args: string[]): Comparison => {
  const value = JSON.parse(compared(a, b, '--json', ...args).stdout);
  Schema.decodeUnknownSync(ComparisonSchema)(value);
  return value as Comparison;
};
const changeOf = ([place]: Comparison['places'], figure: string): string | undefined =>
  [...place.counts, ...place.waits].find((change) => change.figure === figure)?.change;

let base: MadeCapture;
let slow: MadeCapture;
let small: MadeCapture;
beforeAll(() => {
  base = made('base', 11, 0.5, 128);
  made('again', 12, 0.5, 128);
  slow = made('slow', 13, 0.8, 128);
  small = made('small', 14, 0.8, 2);
});

it('finds nothing where nothing changed, and the gate lets it pass', () => {
  const { status, stdout } = compared('base', 'again', '--fail-on', 'overflows>0,wait_p50>+20%', '--beyond-noise');
  expect([status, stdout]).toEqual([
    0,
    expect.stringMatching(/^127\.0\.0\.1:8080: nothing measured differs by more than noise/),
  ]);
  const same = json('base', 'base');
  expect(
    same.places[0].waits.map(({ difference }) => (difference?.low ?? 1) <= 0 && (difference?.high ?? -1) >= 0),
  ).toEqual(Array(4).fill(true));
  expect(same.places[0].settings).toEqual([]);
});

it('finds longer waits, with the figures of the two queues', () => {
  const comparison = json('base', 'slow', '--fail-on', 'wait_p50>+20%');
  const p50 = (waits: readonly number[]): number => [...waits].sort((a, b) => a - b)[Math.ceil(waits.length / 2) - 1];
  const wait = comparison.places[0].waits[0];
  expect([wait.before, wait.after, wait.change]).toEqual([p50(base.waits), p50(slow.waits), 'more']);
  expect(changeOf(comparison.places, 'overflows')).toBe('same');
  expect(changeOf(comparison.places, 'enqueued')).toBe('same');
  expect(comparison.gate).toMatchObject([{ outcome: 'failed', threshold: p50(base.waits) * 1.2 }]);
  expect(compared('base', 'slow', '--fail-on', 'wait_p50>+20%', '--beyond-noise').status).toBe(1);
  expect(compared('slow', 'base', '--fail-on', 'wait_p50>+20%').status).toBe(0);
});

it('finds overflows and the smaller backlog that they come from', () => {
  const comparison = json('slow', 'small');
  expect(changeOf(comparison.places, 'overflows')).toBe('more');
  // one refusal may count twice in sk_drops, so that half of it is sure; the last ones no reading shows
  const { after } = comparison.places[0].counts[0];
  expect(after).toBeGreaterThan(small.refused / 2 - 3);
  expect(after).toBeLessThanOrEqual(small.refused / 2 + 1);
  expect(comparison.places[0].settings).toEqual([
    { what: 'backlog requested', before: 128, after: 2 },
    { what: 'backlog effective', before: 128, after: 2 },
  ]);
  const { status, stdout } = compared('slow', 'small', '--fail-on', 'overflows>0');
  expect(status).toBe(1);
  expect(stdout).toMatch(/gate: failed: overflows>0 at 127\.0\.0\.1:8080/);
});

it('takes captures of different recorders; what is not known fails the gate', () => {
  const { status, stdout } = acceptq([
    'compare',
    perfDataOf('node-clamped'),
    `${path('base')}.json`,
    '--json',
    '--fail-on',
    'wait_p99>+50%,overflows>0',
  ]);
  expect(status).toBe(0);
  const { places } = JSON.parse(stdout) as Comparison;
  expect(places[0].settings).toContainEqual({ what: 'backlog effective', before: 16, after: 128 });
  expect(places[0].settings).toContainEqual({ what: 'acceptor names', before: 'node', after: 'server' });
  const strace = acceptq(['compare', path('base'), 'test/fixture/text/strace/f-ttt.txt', '--fail-on', 'overflows>0']);
  expect(strace.status).toBe(1);
  expect(strace.stdout).toMatch(/nothing could be compared|cannot be decided/);
});

describe('conditions', () => {
  it('are read, or it is said what they look like', () => {
    expect(parseGate('overflows>0, wait_p99>+20%,depth_max<=-3,wait_max>1.5ms', false).conditions).toMatchObject([
      { figure: 'overflows', of: 'after', value: 0 },
      { figure: 'wait_p99', of: 'share', value: 0.2 },
      { figure: 'depth_max', of: 'growth', value: -3, operator: '<=' },
      { figure: 'wait_max', of: 'after', value: 1.5e6 },
    ]);
    for (const text of [
      '',
      'overflows',
      'overflow>0',
      'wait_p99>20%',
      'wait_p99>5',
      'overflows>5ms',
      'wait_p99>+20%x',
    ]) {
      expect(() => parseGate(text, false)).toThrow(/not a condition: /);
    }
    const { status, stderr } = compared('base', 'base', '--fail-on', 'x>\u001b[31m');
    expect([status, stderr]).toEqual([2, expect.stringMatching(/--fail-on: not a condition: x>\\x1b\[31m/)]);
  });
});
