// One recording for each thing that goes wrong: it is found, with the numbers that the load and the kernel had, and nothing else is.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Finding, Report } from '../../../../core/report/model.ts';
import { perfDataOf, reportOn, takeAny, withStoreAsync } from '../../../support/fixtures.ts';

const FIXTURES = fileURLToPath(new URL('../../../fixture/', import.meta.url));
const recording = (name: string): string => join(FIXTURES, 'findings', `${name}.json.xz`);

const reportOf = (path: string): Promise<Report> =>
  withStoreAsync(async (store) => {
    await takeAny(store, path);
    return reportOn(store);
  });

/** The program's lines as they stand in the file. */
const linesOf = (name: string): string[] =>
  execFileSync('xz', ['-dc', recording(name)], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes('"printf"'))
    .map((line) => (JSON.parse(line) as { data: string }).data.trim());

const counter = (name: string, which: string): number => {
  const line = readFileSync(join(FIXTURES, 'findings', `${name}.counters.txt`), 'utf8')
    .split('\n')
    .find((text) => text.startsWith(`${which} `));
  return Number(line?.split(' ')[1]);
};

const alarming = ({ findings }: Report): string[] =>
  findings
    .filter(({ severity }) => severity !== 'info')
    .map(({ id }) => id)
    .sort();

const findingOf = ({ findings }: Report, id: string): Finding => {
  const found = findings.filter((finding) => finding.id === id);
  expect([id, found.length]).toEqual([id, 1]);
  return found[0];
};

describe('a recorded case', () => {
  it('of a group with one stalled member: that one is full, the three others have room', async () => {
    const report = await reportOf(recording('unbalanced'));
    expect(report.listeners).toHaveLength(4);
    expect(alarming(report)).toContain('reuseport-unbalanced');
    const { evidence, listener } = findingOf(report, 'reuseport-unbalanced');
    expect(evidence).toMatchObject({ members: 4, with_room: 3 });
    const worst = report.listeners.find(({ id }) => id === listener);
    // the load stalls one acceptor for 900 ms; nothing else is refused
    expect(worst?.pauses.longest_ns).toBeGreaterThan(850e6);
    expect(worst?.overflows.count).toBeLessThanOrEqual(counter('unbalanced', 'ListenOverflows'));
    expect(worst?.overflows.count).toBeGreaterThan(0);
  });

  it('of a herd: eight processes, as many calls in vain as the recording has', async () => {
    const report = await reportOf(recording('herd'));
    expect(alarming(report)).toEqual(['thundering-herd']);
    const exits = linesOf('herd').filter((line) => /^x \d+ \d+ \d+ \d+ accept4? /.test(line));
    expect(findingOf(report, 'thundering-herd').evidence).toMatchObject({
      eagain: exits.filter((line) => line.endsWith(' -11')).length,
      accepted: exits.filter((line) => !line.includes(' -')).length,
      tasks: 8,
    });
  });

  it('of a listener opened forty times', async () => {
    const report = await reportOf(recording('relisten'));
    expect(alarming(report)).toEqual(['relisten-storm']);
    // the load connects once to each and never accepts
    expect(findingOf(report, 'relisten-storm').evidence).toMatchObject({ lives: 40, aborted: 40 });
  });

  it('of a server without file descriptors', async () => {
    const report = await reportOf(recording('emfile'));
    expect(alarming(report)).toEqual(['accept-failed', 'stalled-acceptor']);
    const failed = linesOf('emfile').filter((line) => /^x .* accept4? -24$/.test(line)).length;
    expect(failed).toBeGreaterThan(0);
    const { evidence, severity, advice } = findingOf(report, 'accept-failed');
    expect(evidence).toMatchObject({ error: 'EMFILE', calls: failed, tasks: 1 });
    expect([severity, report.verdict.what]).toEqual(['critical', expect.stringContaining('EMFILE')]);
    expect(advice).toMatch(/LimitNOFILE|ulimit/);
  });

  it('of a listener that nobody accepts from', async () => {
    const report = await reportOf(recording('nobody'));
    expect(alarming(report)).toEqual(['nobody-accepts']);
    // the load waits 0.7 s after five clients have connected
    const longest = findingOf(report, 'nobody-accepts').evidence.longest_pause_ns as number;
    expect(longest).toBeGreaterThan(0.7e9);
    expect(longest).toBeLessThan(0.9e9);
  });

  it('of one acceptor that is busy 6 ms with each connection', async () => {
    const report = await reportOf(recording('slow'));
    expect(alarming(report)).toEqual([]);
    const each = findingOf(report, 'slow-acceptor').evidence.ns_per_accept_while_waiting as number;
    expect(each).toBeGreaterThan(5e6); // the first of a row waits for no other
    expect(each).toBeLessThan(9e6);
  });

  it('of a flood: clients that never answer', async () => {
    const report = await reportOf(recording('flood'));
    expect(alarming(report)).toEqual(['syn-flood', 'unanswered-syns']);
    const again = findingOf(report, 'syn-flood').evidence.synack_retransmits as number;
    expect(again).toBe(linesOf('flood').filter((line) => line.startsWith('y ')).length);
    // the counter includes the SYNs that the few real clients sent again
    expect(again).toBeLessThanOrEqual(counter('flood', 'TCPSynRetrans'));
    expect(again).toBeGreaterThan(0.9 * counter('flood', 'TCPSynRetrans'));
    expect(report.verdict.what).toMatch(/never answer/);
  });

  it('of a SYN queue that is too short for clients that do answer', async () => {
    const report = await reportOf(recording('synqueue'));
    expect(alarming(report)).toEqual(['syn-queue-full']);
    // the load has a backlog of 16, and 60 clients that take 300 ms each
    expect(findingOf(report, 'syn-queue-full').evidence).toMatchObject({ syn_queue_max: 16, effective: 16 });
    expect(counter('synqueue', 'TCPReqQFullDrop')).toBeGreaterThan(0);
    expect(counter('synqueue', 'ListenOverflows')).toBe(0);
  });
});

describe('nothing above a note', () => {
  const bpftrace = (name: string): string => join(FIXTURES, 'bpftrace-cases', `${name}.json.xz`);
  it.each([
    perfDataOf('nginx-ab'),
    perfDataOf('nginx-running'),
    perfDataOf('per-task'),
    perfDataOf('redis-benchmark'),
    bpftrace('nginx'),
    bpftrace('redis'),
    bpftrace('running'),
  ])('in a healthy capture: %s', async (path) => expect(alarming(await reportOf(path))).toEqual([]));

  // what these loads do is known: they are told from the new cases
  it.each([
    ['reuseport', ['accept-queue-overflow', 'backlog-below-burst']],
    ['overflow', ['accept-queue-overflow', 'backlog-below-burst']],
    ['cookies', ['accept-queue-overflow', 'backlog-below-burst']],
    ['listen-errors', ['listen-failed']],
    ['node', ['stalled-acceptor']],
  ])('but what %s is about', async (name, ids) => {
    expect([...new Set(alarming(await reportOf(bpftrace(name))))]).toEqual(ids);
  });
});
