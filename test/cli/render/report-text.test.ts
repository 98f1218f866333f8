// The report on terminals of different width, and its picture of a queue.
import { describe, expect, it } from 'vitest';
import { seriesOf } from '../../../cli/command/listener-pictures.ts';
import { listenerTable } from '../../../cli/render/listener-table.ts';
import { reportText } from '../../../cli/render/report-text.ts';
import { sparkline } from '../../../cli/render/sparkline.ts';
import { buildReport } from '../../../core/report/build.ts';
import type { ListenerReport } from '../../../core/report/model.ts';
import type { ListenerSeries } from '../../../core/report/series/model.ts';
import { readReportInput } from '../../../core/store/report-input.ts';
import { readAccount } from '../../support/account.ts';
import { CASES, PERF_DATA, perfDataOf, take, withStore } from '../../support/fixtures.ts';

const terminal = (width: number) => ({ color: false, terminal: true, width });

const reportOf = (name: string) =>
  withStore((store) => {
    take(store, perfDataOf(name));
    const inputs = readReportInput(store.db);
    const report = buildReport(inputs, { version: 'test' });
    const picture = (listener: ListenerReport): ListenerSeries | null => seriesOf([listener], inputs)[0] ?? null;
    return { report, text: (width: number) => [...reportText(report, terminal(width), true, picture)], picture };
  });

describe('a terminal', () => {
  it.each(CASES)('of 80 columns holds every line: %s', (name) => {
    const lines = reportOf(name).text(80);
    // a path or a name without spaces cannot be broken
    expect(lines.filter((line) => line.length > 80 && line.trim().includes(' '))).toEqual([]);
  });

  it('that is wider has more columns, and a pipe always the same', () => {
    const { listeners } = reportOf('nginx-ab').report;
    const heads = [60, 80, 140].map((width) => listenerTable(listeners, terminal(width))[0]);
    expect(heads.map((head) => head.split(/ {2,}/).length)).toEqual(
      heads.map((head) => head.split(/ {2,}/).length).sort((a, b) => a - b),
    );
    for (const head of heads) expect(head).toMatch(/LISTENER.*DROPPED.*WAIT/);
    expect(heads[2]).toMatch(/SERVER.*SYN AGAIN/);
    const piped = [60, 100, 140].map((width) => listenerTable(listeners, { ...terminal(width), terminal: false }));
    expect(piped[1]).toEqual(piped[0]);
    expect(piped[2]).toEqual(piped[0]);
  });
});

describe('the picture of a queue', () => {
  const series: ListenerSeries = {
    listener: 1,
    capture: 1,
    from: 0,
    to: 4e9,
    capacity: 7,
    // 0 for a second, 7 for a second, 3 for a second, 0
    depth: {
      to: 4e9,
      exact: true,
      t: [0, 1e9, 2e9, 3e9],
      last: [],
      max: [0, 7, 3, 0],
      min: [],
      mean: [],
      up: [0, 1, 0, 0],
      down: [0, 0, 1, 1],
    },
    waits: null,
    handshakes: null,
    overflows: { t: [1.5e9], to: [1.5e9], n: [3] },
    lanes: [],
    stalls: [],
    late: { count: 0, total_ns: 0, longest_ns: 0 },
  };
  const { report } = reportOf('nginx-ab');
  const listener: ListenerReport = { ...report.listeners[0], depth: { ...report.listeners[0].depth, max: 7 } };

  it('has the greatest length of each column, refusals below it, and says what a full block is', () => {
    const lines = [...sparkline(listener, series, terminal(9 + 8))];
    // eight columns of half a second; the second one ends where the queue becomes 7 long, so it has that
    expect(lines[0]).toBe('queue    ▁███▄▄▁▁');
    expect(lines[1]).toBe('refused     ×');
    expect(lines[2]).toContain('█ is 7, full');
    expect(lines[3]).toMatch(/^waits +p50 .* p99\.9 .* max /);
  });

  it('of a recording is as high as the kernel had it', () => {
    const { report, picture } = reportOf('acceptload-overflow');
    const [own] = report.listeners;
    const lines = [...sparkline(own, picture(own) as ListenerSeries, terminal(80))];
    const longest = Math.max(
      ...readAccount(`${PERF_DATA}/acceptload-overflow`).lives[0].queued.map((each) => each.ackBacklog),
    );
    expect(lines[2]).toContain(`█ is ${longest}, full`);
    expect(lines[0]).toContain('█');
    expect(lines[1].match(/×/g)).toHaveLength(4); // four overflows, a second and more apart
  });
});
