// A replay as curves of a report: what the Schema of reports takes, each setting on the curve of what it differs in.
import * as Schema from 'effect/Schema';
import { beforeAll, expect, it } from 'vitest';
import type { ReplayFound } from '../../../cli/render/replay-text.ts';
import { curvesOf } from '../../../cli/render/what-if-curves.ts';
import { ReportSchema } from '../../../core/report/schema.ts';
import type { Outcome, Workload } from '../../../replay/workload/workload.ts';
import { perfDataOf } from '../../support/fixtures.ts';
import { acceptq } from '../../support/run.ts';

const CAPTURE = perfDataOf('node-clamped');
const json = (...args: string[]) => JSON.parse(acceptq(args).stdout);

let workload: Workload;
let report: object;
beforeAll(() => {
  workload = json('export', CAPTURE, '--to', 'workload');
  report = json('analyze', CAPTURE, '--json');
});

/** As the command has it in hand, from what it prints. */
function found(...args: string[]): ReplayFound {
  const printed = json('replay', CAPTURE, '--resamples', '0', '--json', ...args);
  const scenarios = printed.scenarios.map((one: Outcome & { settings: never; meets_target: boolean }) => ({
    settings: one.settings,
    outcome: one,
    meets: one.meets_target,
  }));
  const same = JSON.stringify(printed.recommendation?.settings);
  const settings = scenarios.find((one: { settings: unknown }) => JSON.stringify(one.settings) === same)?.settings;
  const recommendation = printed.recommendation === null ? null : { ...printed.recommendation, settings };
  return { ...printed, workload, scenarios, recommendation, instead: [] };
}

it('is what the Schema of reports takes, also as older reports have it', () => {
  const decode = Schema.decodeUnknownSync(ReportSchema);
  const curves = curvesOf(found(), 1);
  expect(decode({ ...report, what_if: curves }).what_if).toHaveLength(1);
  const old = [{ listener: 1, points: [{ backlog: 1, overflows: 2, wait_p99_ns: null }], note: null }];
  expect(decode({ ...report, what_if: old }).what_if).toHaveLength(1);
  expect(decode(report).what_if).toBeUndefined();
});

it('has a curve for each of what was tried beside the backlog', () => {
  const variants = (...args: string[]) => curvesOf(found(...args), 1).map(({ variant }) => variant);
  expect(variants()).toEqual([undefined]);
  expect(variants('--no-stalls', '--rate', '2')).toEqual(['clients × 2, without the recorded stalls']);
  expect(variants('--backlog', '16,64', '--set-somaxconn', '16,128')).toEqual([
    'net.core.somaxconn = 128', // that of the recommendation first
    undefined,
  ]);
});

it('is ascending, has no backlog twice, and one below 0 as long as somaxconn lets it be', () => {
  const [{ points, captured }] = curvesOf(found('--backlog', '64,8,-1,8'), 1);
  expect(points.map(({ backlog }) => backlog)).toEqual([8, 16, 64]);
  // listen() asked for 511 where somaxconn was 16
  expect(captured).toMatchObject({ backlog: 16, overflows: 43, capacity: 17 });
});
