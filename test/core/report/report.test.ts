// The report: valid by its Schema, right about capacity, and its findings name the right thing and the right knob.
import * as Schema from 'effect/Schema';
import { describe, expect, it } from 'vitest';
import { buildReport } from '../../../core/report/build.ts';
import { effectiveBacklog } from '../../../core/report/capacity.ts';
import type { ListenerInput, RefusalInput } from '../../../core/report/input.ts';
import type { Report } from '../../../core/report/model.ts';
import { ReportSchema } from '../../../core/report/schema.ts';
import { readReportInput } from '../../../core/store/report-input.ts';
import { CASES, perfDataOf, reportOn, take, takeBeside, withStore } from '../../support/fixtures.ts';

const reportOf = (name: string, somaxconn?: number): Report =>
  withStore((store) => {
    take(store, perfDataOf(name));
    return reportOn(store, somaxconn);
  });

const idsOf = (report: Report): string[] => report.findings.map((finding) => finding.id);

describe('schema', () => {
  it.each(CASES)('%s: the report is valid "acceptq.report/1"', (name) => {
    const report = JSON.parse(JSON.stringify(reportOf(name)));
    expect(Schema.decodeUnknownSync(ReportSchema, { onExcessProperty: 'error' })(report)).toEqual(report);
  });

  it('refuses a report that lacks a figure', () => {
    const report = JSON.parse(JSON.stringify(reportOf('listen-errors')));
    delete report.listeners[0].depth.max;
    expect(() => Schema.decodeUnknownSync(ReportSchema)(report)).toThrow();
  });
});

/** sysctl.txt of the cases: somaxconn 16 in node-clamped, 4096 elsewhere. */
describe('findings', () => {
  // what was done to each server is in the fixtures' README; a healthy one must raise nothing above info
  it.each(['nginx-ab', 'nginx-running', 'redis-benchmark', 'per-task'])('%s is healthy', (name) => {
    const report = reportOf(name);
    expect(report.findings.filter((finding) => finding.severity !== 'info')).toEqual([]);
    expect(report.verdict.severity).toBe('ok');
  });

  it.each(['acceptload-overflow', 'acceptload-burst', 'nginx-small-backlog', 'python-http', 'reuseport', 'ipv6-dual'])(
    '%s overflows for its small backlog',
    (name) => {
      const report = reportOf(name);
      expect(report.verdict).toMatchObject({ severity: 'critical' });
      expect(report.verdict.what).toMatch(/dropped at least \d+ connection attempts?: its accept queue was full/);
      expect(report.verdict.advice).toMatch(/^Raise the backlog to \d+/);
      expect(idsOf(report)).toContain('accept-queue-overflow');
      expect(idsOf(report)).not.toContain('backlog-clamped');
    },
  );

  it('node-clamped overflows for somaxconn, and only that is to be raised', () => {
    const report = reportOf('node-clamped');
    const [listener] = report.listeners;
    expect(listener.backlog).toMatchObject({
      requested: 511,
      effective: 16,
      capacity: 17,
      limited_by: 'somaxconn',
      basis: 'observed',
    });
    expect(report.verdict.advice).toMatch(/^Raise net\.core\.somaxconn/);
    expect(idsOf(report)).toEqual(
      expect.arrayContaining(['accept-queue-overflow', 'backlog-clamped', 'backlog-below-burst', 'stalled-acceptor']),
    );
    // the event loop was blocked for 300 ms (record/blocked-server.js)
    expect(listener.pauses.longest_ns).toBeGreaterThan(290e6);
    expect(listener.pauses.longest_ns).toBeLessThan(330e6);
  });

  it('acceptload-stall: the acceptor stood still for 400 ms and is named as the cause', () => {
    const report = reportOf('acceptload-stall');
    expect(report.listeners[0].pauses.longest_ns).toBeGreaterThan(380e6);
    expect(report.listeners[0].pauses.longest_ns).toBeLessThan(430e6);
    expect(idsOf(report)).toContain('stalled-acceptor');
    expect(report.verdict.advice).toMatch(
      /^Find what kept the acceptor from accept\(\) for 3\d\d ms|^Find what kept the acceptor from accept\(\) for 4\d\d ms/,
    );
  });

  it('listen-errors: every failed listen() with its error', () => {
    const report = reportOf('listen-errors');
    const failed = report.findings
      .filter((finding) => finding.id === 'listen-failed')
      .map((finding) => finding.evidence.error);
    expect(failed).toEqual(['EADDRINUSE', 'EBADF', 'ENOTSOCK', 'EOPNOTSUPP', 'EINVAL']);
    expect(report.listen_calls.find((call) => call.error === 'EADDRINUSE')?.address).toBe('127.0.0.1:7001');
    expect(report.verdict).toMatchObject({ severity: 'warning' });
  });

  it('never sends anyone to the other queue', () => {
    for (const name of CASES) expect(JSON.stringify(reportOf(name))).not.toContain('tcp_max_syn_backlog');
  });

  it('takes a given somaxconn over what it would assume', () => {
    expect(reportOf('redis-benchmark', 128).listeners[0].backlog).toMatchObject({
      requested: 511,
      effective: 128,
      capacity: 129,
      limited_by: 'somaxconn',
      basis: 'given',
    });
    expect(reportOf('redis-benchmark').listeners[0].backlog).toMatchObject({
      effective: 511,
      limited_by: null,
      basis: 'assumed',
    });
  });
});

describe('snapshots beside a capture', () => {
  /** The report of a case with snapshots, as text, given in this order. */
  const reportWith = (name: string, ...texts: string[]): Report =>
    withStore((store) => {
      takeBeside(store, perfDataOf(name), texts);
      return reportOn(store);
    });
  const counters = (overflows: number): string =>
    `TcpExt: ListenOverflows ListenDrops\nTcpExt: ${overflows} ${overflows + 1}\n`;

  it('gives a report that is valid', () => {
    const report = JSON.parse(JSON.stringify(reportWith('nginx-ab', 'net.core.somaxconn = 128\n', counters(3))));
    expect(Schema.decodeUnknownSync(ReportSchema, { onExcessProperty: 'error' })(report)).toEqual(report);
  });

  // sysctl.txt beside the recording says 16, its account 16 as sk_max_ack_backlog
  it('takes somaxconn from them, unless the queue shows that it did not hold', () => {
    const backlogs = (text: string): unknown => reportWith('node-clamped', text).listeners[0].backlog;
    expect(backlogs('net.core.somaxconn = 16\n')).toMatchObject({ effective: 16, basis: 'snapshot' });
    expect(backlogs('net.core.somaxconn = 4096\n')).toMatchObject({ effective: 16, basis: 'observed' });
    expect(backlogs('net.core.somaxconn = 8\n')).toMatchObject({ effective: 16, basis: 'observed' });
    expect(backlogs('net.core.somaxconn = 16\nnet.core.somaxconn = 32\n')).toMatchObject({ basis: 'observed' });
  });

  // an nginx that is older than the recording; its account has 511 as sk_max_ack_backlog
  it('takes the limit that ss read', () => {
    expect(reportOf('nginx-running').listeners[0].backlog).toMatchObject({ effective: null, basis: 'unknown' });
    const [listener] = reportWith('nginx-running', 'LISTEN 0 511 127.0.0.1:8080 0.0.0.0:*\n').listeners;
    expect(listener.backlog).toMatchObject({ requested: null, effective: 511, capacity: 512, basis: 'read' });
    expect(listener.readings).toEqual({ count: 1, depth_max: 0 });
  });

  // counters.txt: ListenOverflows 4, and all four show as SYNs sent again
  it('compares the growth of ListenOverflows with what shows', () => {
    const findings = (before: number, after: number): Report =>
      reportWith('acceptload-overflow', counters(before), counters(after));
    expect(findings(10, 14).captures[0].counters).toEqual({ TcpExtListenOverflows: 4, TcpExtListenDrops: 4 });
    expect(findings(10, 14).captures[0].evidence).toContain('counters');
    expect(idsOf(findings(10, 14)).filter((id) => id.startsWith('counters'))).toEqual([]);
    const more = findings(10, 19).findings.find(({ id }) => id === 'counters-say-more');
    expect(more?.title).toBe('ListenOverflows grew by 9; 4 overflows can be tied to a listener');
    expect(more?.evidence).toEqual({ ListenOverflows: 9, ListenDrops: 9, tied: 4 });
    expect(more?.why).toMatch(/Of the listeners in the capture only 127\.0\.0\.1:42329 had a full queue/);
    expect(idsOf(findings(10, 11))).toContain('counters-say-less');
    expect(reportWith('acceptload-overflow', counters(10)).captures[0].counters).toEqual({});
  });

  it('says so first when overflows show in the counters alone', () => {
    const report = reportWith('nginx-ab', counters(0), counters(5));
    expect(report.verdict).toMatchObject({ listener: null, severity: 'warning' });
    expect(report.verdict.what).toMatch(/^ListenOverflows grew by 5; none of them can be tied to a listener/);
  });

  it('tells of a queue that was read full', () => {
    const report = reportWith('nginx-ab', 'LISTEN 12 11 127.0.0.1:9999 0.0.0.0:*\n');
    expect(report.findings.map(({ id, title }) => [id, title])).toContainEqual([
      'queue-at-capacity',
      '127.0.0.1:9999 was read with a full accept queue: 12 connections waited',
    ]);
  });
});

describe('effective backlog', () => {
  const refused = (depth: number, count: number): RefusalInput[] =>
    Array.from({ length: count }, () => ({
      kind: 'syn',
      evidence: 'client',
      at_ns: 0,
      noticed_at_ns: 1,
      depth_low: depth,
      depth_high: depth,
    }));
  const listener = (requested: number | null, depthMax: number, refusals: RefusalInput[] = []): ListenerInput =>
    ({
      requested,
      depth_max: depthMax,
      refusals,
      unseen_arrivals: 0,
      unseen_accepts: 0,
      ambiguous: 0,
      sampled_limit: null,
    }) as unknown as ListenerInput;

  // kernel-path rules: unsigned clamp to somaxconn; 4096 since 5.4, 128 before; capacity is backlog + 1
  it.each([
    [5, '6.18.44', 5],
    [0, '6.18.44', 0],
    [-1, '6.18.44', 4096],
    [2147483647, '5.4.0', 4096],
    [511, '5.3.18', 128],
    [511, '4.19.0-27-amd64', 128],
  ])('listen(%i) on %s is assumed to give %i', (requested, kernel, effective) => {
    expect(effectiveBacklog(listener(requested, 1), kernel, undefined)).toMatchObject({
      effective,
      capacity: effective + 1,
      basis: 'assumed',
    });
  });

  it('is where the queue refused, when it did so often enough', () => {
    expect(effectiveBacklog(listener(511, 17, refused(17, 3)), '6.1', undefined)).toMatchObject({
      effective: 16,
      basis: 'observed',
      limited_by: 'somaxconn',
    });
    expect(effectiveBacklog(listener(null, 129, refused(129, 9)), '6.1', undefined)).toMatchObject({
      effective: 128,
      basis: 'observed',
      limited_by: null,
    });
  });

  it('is unknown when the queue refused below the assumed limit without showing another', () => {
    expect(effectiveBacklog(listener(511, 17, refused(17, 2)), '6.1', undefined)).toMatchObject({
      effective: null,
      basis: 'unknown',
    });
    expect(effectiveBacklog(listener(511, 17, refused(17, 2)), '6.1', 16)).toMatchObject({
      effective: 16,
      basis: 'given',
    });
  });

  it('is the commonest length of refusals when lengths are off by one around it', () => {
    const refusals = [...refused(5, 20), ...refused(4, 3), ...refused(6, 2)];
    expect(effectiveBacklog(listener(100, 6, refusals), '6.1', undefined)).toMatchObject({
      effective: 4,
      basis: 'observed',
      limited_by: 'somaxconn',
    });
  });

  it('is not told by a queue whose arrivals are not all recorded', () => {
    const input = { ...listener(4, 3, refused(3, 6)), unseen_arrivals: 2 };
    expect(effectiveBacklog(input, '6.1', undefined)).toMatchObject({ effective: null, basis: 'unknown' });
    expect(effectiveBacklog(listener(4, 3, refused(3, 6)), '6.1', undefined, true)).toMatchObject({ effective: null });
    expect(effectiveBacklog({ ...input, depth_max: 5, refusals: refused(5, 1) }, '6.1', undefined)).toMatchObject({
      effective: 4,
      basis: 'assumed',
    });
  });

  it('is not where SYNs were lost for another reason', () => {
    expect(effectiveBacklog(listener(511, 40, refused(2, 8)), '6.1', undefined)).toMatchObject({
      effective: 511,
      basis: 'assumed',
    });
  });

  it('is no less than the queue was long', () => {
    expect(effectiveBacklog(listener(8192, 5000), '6.1', undefined)).toMatchObject({
      effective: 8192,
      basis: 'assumed',
    });
  });

  it('is unknown without listen() and without refusals', () => {
    expect(effectiveBacklog(listener(null, 3), '6.1', undefined)).toEqual({
      effective: null,
      capacity: null,
      limited_by: null,
      basis: 'unknown',
    });
  });
});

describe('bounds', () => {
  const boundsWith = (damage: string): unknown =>
    withStore((store) => {
      take(store, perfDataOf('nginx-ab'));
      store.db.exec(damage);
      return reportOn(store).listeners[0].bounds;
    });
  const bounds = { enqueued: 'lower', accepted: 'lower', depth: 'estimate', wait: 'estimate' };

  it('are exact only when nothing is missing', () => {
    expect(boundsWith('')).toEqual({ enqueued: 'exact', accepted: 'exact', depth: 'exact', wait: 'exact' });
  });

  it.each([
    ["records lost in the listener's life", "INSERT INTO gaps VALUES (1, 1, 'lost', 0, 30000000, 40000000, 3)"],
    ['only a total of lost samples', "INSERT INTO gaps VALUES (1, 1, 'lost_samples', NULL, 0, 40000000, 3)"],
  ])('give way to %s', (_, damage) => expect(boundsWith(damage)).toEqual(bounds));

  it.each([
    ['a stretch of the file that could not be read', { rejected: 1 }],
    ['events out of order', { out_of_order: 1 }],
  ])('give way to %s', (_, damage) =>
    withStore((store) => {
      take(store, perfDataOf('nginx-ab'));
      const [input] = readReportInput(store.db);
      const report = buildReport([{ ...input, capture: { ...input.capture, ...damage } }], { version: 'test' });
      expect(report.listeners[0].bounds).toEqual(bounds);
    }),
  );

  it('stay exact when records were lost before the listener was there', () => {
    expect(boundsWith("INSERT INTO gaps VALUES (1, 1, 'lost', 0, 0, 1000, 3)")).toMatchObject({ enqueued: 'exact' });
  });
});
