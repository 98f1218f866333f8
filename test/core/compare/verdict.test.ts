// What a comparison comes to, on places whose answer is plain.
import { expect, it } from 'vitest';
import type { Change, CountChange, PlaceChange, WaitChange } from '../../../core/compare/model.ts';
import { judgedPlaces, mayBeTimes, overallOf, verdictOf } from '../../../core/compare/verdict.ts';

const count = (figure: CountChange['figure'], before: number | null, after: number | null, change: Change) =>
  ({ figure, before, after, bounds: ['exact', 'exact'], change }) as unknown as CountChange;
const wait = (figure: WaitChange['figure'], change: Change, before: number, low: number, high: number): WaitChange => ({
  figure,
  before,
  after: before,
  difference: { low, high },
  change,
});

interface Given {
  readonly overflows?: CountChange;
  readonly enqueued?: Change;
  readonly waits?: readonly WaitChange[];
}

const placeOf = ({ overflows = count('overflows', 0, 0, 'same'), enqueued = 'same', waits = [] }: Given): PlaceChange =>
  ({ place: 'x', counts: [overflows, count('enqueued', 10, 20, enqueued)], waits }) as unknown as PlaceChange;
const judgement = (given: Given): string => verdictOf(placeOf(given)).judgement;

const longer = wait('wait_p50', 'more', 100, 10, 90);
const shorter = wait('wait_p90', 'less', 100, -90, -10);
const unknown = count('overflows', null, null, 'unknown');

it('is worse by longer waits or more overflows, better by less, and by the load neither', () => {
  expect(judgement({ waits: [longer] })).toBe('worse');
  expect(judgement({ overflows: count('overflows', 1, 90, 'more') })).toBe('worse');
  expect(judgement({ waits: [shorter] })).toBe('better');
  expect(judgement({ waits: [longer, shorter] })).toBe('mixed');
  expect(judgement({ enqueued: 'more' })).toBe('same');
  expect(judgement({ enqueued: 'less', overflows: unknown })).toBe('unsure');
  expect(verdictOf(placeOf({ enqueued: 'more', waits: [longer] })).changed.map(({ figure }) => figure)).toEqual([
    'wait_p50',
    'enqueued',
  ]);
});

it('does not call noise what may as well be much: overflows on one side, or an interval that reaches beyond twice', () => {
  const same = wait('wait_p50', 'same', 100, -20, 99);
  const wide = wait('wait_p50', 'same', 100, -20, 100);
  expect([mayBeTimes(same), mayBeTimes(wide)]).toEqual([null, 2]);
  expect(judgement({ overflows: unknown, waits: [same] })).toBe('same');
  expect(judgement({ overflows: unknown, waits: [wide] })).toBe('unsure');
  const onlyAfter = count('overflows', 0, 117, 'same');
  expect(judgement({ overflows: onlyAfter })).toBe('unsure');
  expect(verdictOf(placeOf({ overflows: onlyAfter })).unsure).toEqual([onlyAfter]);
  expect(judgement({ overflows: count('overflows', 3, 4, 'same') })).toBe('same');
});

it('puts the worst place first, and is worse and better over all where one place is each', () => {
  const [worse, better, same] = [{ waits: [longer] }, { waits: [shorter] }, {}].map(placeOf);
  const judged = judgedPlaces([same, better, worse]);
  expect(judged.map(({ place }) => place)).toEqual([worse, better, same]);
  expect(overallOf(judged)).toBe('mixed');
  expect(overallOf(judgedPlaces([same, worse]))).toBe('worse');
  expect(overallOf(judgedPlaces([same, better]))).toBe('better');
  expect(overallOf([])).toBe('unsure');
});
