// Several captures in one store: each has its own figures; those of the same time are told to be, and nothing is added up.
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { reportText } from '../cli/render/report-text.ts';
import { overlap, spanOf } from '../core/report/overlap.ts';
import { perfDataOf, reportOn, take, takeAny, withStore, withStoreAsync } from './support/fixtures.ts';
import { countersIn } from './support/one-load.ts';

const AT_ONCE = fileURLToPath(new URL('fixture/one-load/', import.meta.url));
const STYLE = { color: false, terminal: false, width: 100 };

describe('three recorders over one load', () => {
  it('each says what it would say alone; together they are no more than the kernel counted', () =>
    withStoreAsync(async (store) => {
      const files = ['bpftrace.json.xz', 'perf.data.zst', 'trace.txt.gz'];
      for (const file of files) await takeAny(store, `${AT_ONCE}${file}`);
      const report = reportOn(store);
      const figures = (listeners: typeof report.listeners): unknown =>
        listeners
          .filter(({ port }) => port === 8181)
          .map(({ enqueued, accepted, overflows, depth, wait_ns }) => ({
            enqueued,
            accepted,
            overflows,
            depth,
            wait_ns,
          }));
      for (const [k, file] of files.entries())
        await withStoreAsync(async (alone) => {
          await takeAny(alone, `${AT_ONCE}${file}`);
          expect(figures(report.listeners.filter(({ capture }) => capture === k + 1)), file).toEqual(
            figures(reportOn(alone).listeners),
          );
        });
      expect(report.captures.map(({ overlaps }) => overlaps)).toEqual([
        [2, 3],
        [1, 3],
        [1, 2],
      ]);
      const telling = report.findings.filter(({ id }) => id === 'captures-overlap');
      expect(telling.map(({ evidence }) => evidence.captures)).toEqual(['1 2 3']);
      // the sentences name no more refusals than the kernel counted, which a sum over the captures would
      const counted = countersIn(AT_ONCE).get('ListenOverflows') as number;
      const told = [report.verdict.what, ...report.findings.map(({ title }) => title)]
        .map((text) => /dropped at least (\d+) connection/.exec(text)?.[1])
        .filter((text) => text !== undefined)
        .map(Number);
      expect(told.length).toBeGreaterThan(1);
      for (const dropped of told) expect(dropped).toBeLessThanOrEqual(counted);
      expect(told.reduce((sum, dropped) => sum + dropped, 0)).toBeGreaterThan(counted);
    }));

  it('the text says which capture a line is of, and that they are of the same time', () =>
    withStoreAsync(async (store) => {
      for (const file of ['bpftrace.json.xz', 'perf.data.zst']) await takeAny(store, `${AT_ONCE}${file}`);
      const text = [...reportText(reportOn(store), STYLE, false)].join('\n');
      expect(text).toMatch(/^CAPTURE +LISTENER/m);
      expect(text).toMatch(/^critical capture [12]: 127\.0\.0\.1:8181 dropped at least/m);
      expect(text.replaceAll('\n', ' ')).toMatch(/Captures 1 and 2 are of the same time: .*nothing is added up/);
    }));
});

it('captures whose clocks cannot be related are kept apart, and one alone has no column for it', () =>
  withStore((store) => {
    take(store, perfDataOf('listen-errors'));
    expect([...reportText(reportOn(store), STYLE, false)].join('\n')).not.toMatch(/CAPTURE|capture 1:/);
    take(store, perfDataOf('ipv6-dual'));
    const report = reportOn(store);
    expect(report.captures.map(({ overlaps }) => overlaps)).toEqual([[], []]);
    expect(report.findings.filter(({ id }) => id === 'captures-overlap')).toEqual([]);
  }));

describe('overlap', () => {
  const at = (host: string | null, from: number | null, duration: number) =>
    spanOf(host, from === null ? null : '1700000000000000000', from === null ? null : String(from), duration);
  it.each([
    ['the same time', at('a', 0, 10), at('a', 5, 10), true],
    ['one within the other', at('a', 0, 100), at('a', 50, 1), true],
    ['at one instant', at('a', 0, 10), at('a', 10, 5), true],
    ['one after the other', at('a', 0, 10), at('a', 11, 5), false],
    ['different hosts', at('a', 0, 10), at('b', 0, 10), false],
    ['a host that is not named', at('a', 0, 10), at(null, 0, 10), true],
    ['a clock that is not related', at('a', 0, 10), at('a', null, 10), false],
    ['neither related', at('a', null, 10), at('a', null, 10), false],
  ])('%s', (_, one, other, expected) => {
    expect(overlap(one, other)).toBe(expected);
    expect(overlap(other, one)).toBe(expected);
  });
});
