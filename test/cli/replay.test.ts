// acceptq replay, export --to workload and workload as scripts and people meet them.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as Schema from 'effect/Schema';
import { afterAll, describe, expect, it } from 'vitest';
import { ReplaySchema } from '../../replay/what-if/replay-schema.ts';
import { WorkloadSchema } from '../../replay/workload/workload-schema.ts';
import { perfDataOf } from '../support/fixtures.ts';
import { acceptq } from '../support/run.ts';

const directory = mkdtempSync(join(tmpdir(), 'acceptq-replay-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const CAPTURE = perfDataOf('node-clamped');
const decode = Schema.decodeUnknownSync(ReplaySchema);

describe('replay', () => {
  it('says how well it fits, tries lengths, and chooses: JSON by its Schema', () => {
    const { status, stdout } = acceptq(['replay', CAPTURE, '--json', '--resamples', '10']);
    expect(status).toBe(0);
    const { fit, scenarios, recommendation, recorded, listener } = decode(JSON.parse(stdout));
    expect(listener).toBe('127.0.0.1:8080');
    // what ab was started with: 150 requests, 60 at once, at a queue of 17
    expect(recorded).toMatchObject({ capacity: 17, enqueued: 150, accepted: 150 });
    expect(fit.find(({ figure }) => figure === 'enqueued')?.error).toBe(0);
    for (const { capacity, overflows, meets_target: met } of scenarios) {
      expect(met).toBe(overflows === 0);
      // sixty clients cannot overflow a queue that holds sixty
      if (capacity >= 60) expect(overflows).toBe(0);
      if (capacity <= 33) expect(overflows).toBeGreaterThan(0);
    }
    expect(recommendation?.settings.backlog).toBe(64);
    expect(recommendation?.range?.days).toBe(10);
    expect(recommendation?.price.memory_bytes).toBeGreaterThan(65 * 2000);
  });

  it('tries what is asked for, in every combination', () => {
    const { stdout } = acceptq([
      'replay',
      CAPTURE,
      '--backlog',
      '16..64',
      '--acceptors',
      '1..2',
      '--no-stalls',
      '--resamples',
      '0',
      '--json',
    ]);
    const { scenarios } = decode(JSON.parse(stdout));
    expect(scenarios.map(({ settings }) => [settings.acceptors, settings.backlog])).toEqual([
      [1, 16],
      [1, 32],
      [1, 64],
      [2, 16],
      [2, 32],
      [2, 64],
    ]);
    // the stall of 300 ms is what made clients wait
    for (const { wait_ns: wait } of scenarios) expect(wait.max ?? 0).toBeLessThan(100e6);
  });

  it('clamps to somaxconn where one is asked for, and says so', () => {
    const { stdout } = acceptq([
      'replay',
      CAPTURE,
      '--backlog',
      '511',
      '--set-somaxconn',
      '16,128',
      '--resamples',
      '0',
      '--json',
    ]);
    expect(decode(JSON.parse(stdout)).scenarios.map(({ capacity }) => capacity)).toEqual([17, 129]);
    expect(
      acceptq(['replay', CAPTURE, '--backlog', '511', '--set-somaxconn', '16', '--resamples', '0']).stdout,
    ).toContain('511*');
  });

  it('names each default that it took, once', () => {
    const { stdout } = acceptq(['export', CAPTURE, '--to', 'workload']);
    const { assumed } = Schema.decodeUnknownSync(WorkloadSchema)(JSON.parse(stdout));
    // perf.data holds no sysctl but what a probe reads
    expect(assumed).toContain('net.ipv4.tcp_syncookies = 1');
    expect(assumed).toEqual([...new Set(assumed)]);
  });

  it('in words: within the width, the same bytes each time', () => {
    const run = () => acceptq(['replay', CAPTURE, '--resamples', '5']).stdout;
    const text = run();
    expect(run()).toBe(text);
    expect(text).toContain('← smallest');
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(110);
  });

  it('is a gate', () => {
    const gate = (condition: string, backlog: string) =>
      acceptq(['replay', CAPTURE, '--backlog', backlog, '--resamples', '0', '--fail-on', condition]).status;
    expect(gate('overflows>0', '16')).toBe(1);
    expect(gate('overflows>0', '511')).toBe(1); // somaxconn is 16 in the capture
    expect(gate('overflows>100', '16')).toBe(0);
  });

  it.each([
    [['replay'], 'it takes a capture, a workload file, or --db'],
    [['replay', CAPTURE, '--backlog', 'many'], 'not a number, list or range'],
    [['replay', CAPTURE, '--backlog', '1..2000000', '--acceptors', '1..999'], 'more than 4096 combinations'],
    [['replay', CAPTURE, '--target', 'speed=1'], 'not a target'],
    [['replay', CAPTURE, '--stall', '300ms'], '--stall takes how long @ when'],
    [['replay', CAPTURE, '--kernel', 'x'], '--kernel takes a release'],
    [['replay', CAPTURE, '--rate', '0'], '--rate takes a factor'],
    [['replay', CAPTURE, '--clients', 'many'], '--clients is open or closed'],
    [['replay', CAPTURE, '--acceptors', '0'], '--acceptors and --members take numbers from 1'],
    [['replay', perfDataOf('listen-errors'), '--listener', ':1'], 'no listener'],
  ])('%j: exit 2', (args, message) => {
    const { status, stderr } = acceptq(args);
    expect(stderr).toContain(message);
    expect(status).toBe(2);
  });
});

describe('workload files', () => {
  it('replay like the capture that they are from', () => {
    const path = join(directory, 'node.json');
    expect(acceptq(['export', CAPTURE, '--to', 'workload', '--out', path, '--anonymize']).status).toBe(0);
    const settings = ['--backlog', '16,64', '--resamples', '0', '--json'];
    const [own, file] = [CAPTURE, path].map((from) =>
      decode(JSON.parse(acceptq(['replay', from, ...settings]).stdout)),
    );
    expect(file.scenarios).toEqual(
      own.scenarios.map((one) => ({ ...one, settings: { ...one.settings, kernel: '6.18.44' } })),
    );
    expect(file.listener).toBe('listener');
  });

  it('are made by hand, the same by the same seed', () => {
    const make = (...args: string[]): string => acceptq(['workload', ...args]).stdout;
    const text = make('poisson', '--rate', '500', '--seconds', '4', '--seed', '7');
    expect(make('poisson', '--rate', '500', '--seconds', '4', '--seed', '7')).toBe(text);
    const { clients } = Schema.decodeUnknownSync(WorkloadSchema)(JSON.parse(text));
    // five standard deviations of a Poisson count of 2,000
    expect(Math.abs(clients.arrivals_ns.length - 2000)).toBeLessThan(5 * Math.sqrt(2000));
    const burst = JSON.parse(make('burst', '--burst', '50', '--every', '500ms', '--seconds', '2'));
    expect(burst.clients.arrivals_ns.length).toBe(200);
  });

  it('that are none are refused with the reason, whatever is in them', () => {
    const workload = JSON.parse(acceptq(['workload', 'poisson', '--seconds', '1']).stdout);
    const tries: [string, unknown][] = [
      ['negative.json', { ...workload, duration_ns: -1 }],
      ['kernel.json', { ...workload, kernel: 5 }],
      ['members.json', { ...workload, members: 1e9 }],
      ['release.json', { ...workload, kernel: 'mine' }],
      ['order.json', { ...workload, clients: { ...workload.clients, arrivals_ns: [5, 3] } }],
      ['nobody.json', { ...workload, clients: { ...workload.clients, arrivals_ns: [] } }],
      ['place.json', { ...workload, acceptors: [{ ...workload.acceptors[0], member: 3 }] }],
    ];
    for (const [name, content] of tries) {
      const path = join(directory, name);
      writeFileSync(path, JSON.stringify(content));
      const { status, stderr } = acceptq(['replay', path]);
      expect(status, name).toBe(2);
      expect(stderr).toContain('not a workload');
    }
    const cut = join(directory, 'cut.json');
    writeFileSync(cut, readFileSync(join(directory, 'negative.json')).subarray(0, 300));
    expect(acceptq(['replay', cut]).status).toBe(2);
  });
});
