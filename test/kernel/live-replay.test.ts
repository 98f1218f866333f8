// acceptq replay --live on this kernel: workloads whose outcome follows by hand, what the kernel's own counters say of them, and messages.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import * as Schema from 'effect/Schema';
import { describe, expect, it } from 'vitest';
import { ReplaySchema } from '../../replay/what-if/replay-schema.ts';
import type { Workload } from '../../replay/workload/workload.ts';
import { acceptorOf, workloadOf } from '../replay/what-if/made.ts';
import { type LiveScenarioJson, workloadFiles } from '../support/live.ts';
import { group } from '../support/needs.ts';
import { acceptq } from '../support/run.ts';

const every = (count: number, gap_ns: number, from_ns = 0): number[] =>
  Array.from({ length: count }, (_, k) => from_ns + k * gap_ns);

/** What a figure may differ by: connections that fall on the other side of an instant. */
const near = (actual: number | null, expected: number): void =>
  expect(Math.abs((actual ?? Number.NaN) - expected), `${actual}, expected ${expected}`).toBeLessThanOrEqual(
    Math.max(3, 0.05 * expected),
  );

function scenarios(stdout: string): LiveScenarioJson[] {
  const json = Schema.decodeUnknownSync(ReplaySchema)(JSON.parse(stdout));
  expect(json.mode).toBe('live');
  return (JSON.parse(stdout) as { scenarios: LiveScenarioJson[] }).scenarios;
}

/**
 * 100 clients, 5 ms apart, to a queue of 32 that nobody serves for 800 ms: 32 get in, 68 come again a second later, few at a time, and find
 * room. A machine that is busy for 200 ms changes nothing of that.
 */
const STALLED: Workload = workloadOf(
  31,
  { arrivals_ns: every(100, 5e6) },
  [{ ...acceptorOf([100_000]), ready_ns: 800e6 }],
  600e6,
);

group('a workload on this kernel', ['root', 'koffi'], () => {
  const files = workloadFiles();

  it('is refused what does not fit, as the queue has room, and the sysctls are its own', () => {
    const before = readFileSync('/proc/sys/net/core/somaxconn', 'utf8');
    const { stdout, stderr, status } = acceptq([
      'replay',
      files.write('stalled.json', STALLED),
      '--live',
      '--json',
      '--backlog',
      '31,255',
      '--set-somaxconn',
      '127',
      '--fail-on',
      'overflows>100000',
    ]);
    expect([status, stderr]).toEqual([0, '']);
    const tried = scenarios(stdout);
    const capacities = tried.map(({ capacity }) => capacity);
    expect(capacities).toEqual([32, 128]);
    for (const one of tried) {
      near(one.overflows, Math.max(0, 100 - one.capacity));
      near(one.syn_retransmits, Math.max(0, 100 - one.capacity));
      expect(one.arrivals).toBe(100);
      near(one.depth.max, Math.min(100, one.capacity));
      expect(one.live.counters.ListenOverflows).toBe(one.overflows);
      // each child that the kernel made is one that was enqueued
      expect(one.live.counters.PassiveOpens).toBe(one.enqueued);
      near(one.enqueued, 100);
      near(one.accepted, 100);
      expect(one.live.unset).toEqual([]);
      expect(one.meets_target).toBe(one.overflows === 0);
    }
    expect(readFileSync('/proc/sys/net/core/somaxconn', 'utf8')).toBe(before);
  });

  it('says by its exit status that what must not be was', () => {
    const { status, stdout } = acceptq(['replay', files.path('stalled.json'), '--live', '--fail-on', 'overflows>0']);
    expect(status).toBe(1);
    expect(stdout).toContain('RECORDED  MODELLED');
    expect(stdout).toContain('overflows=0: not reached');
  });

  it('sends each client to the member of the group that it came to', () => {
    const members = every(60, 1).map((k) => (k % 4 === 0 ? 1 : 0));
    const workload = workloadOf(
      4,
      { arrivals_ns: every(60, 5e6), members, stop_ns: 700e6 },
      [
        { ...acceptorOf([10_000]), ready_ns: 3000e6 },
        { ...acceptorOf([10_000]), member: 1 },
      ],
      300e6,
    );
    const { stdout, stderr } = acceptq([
      'replay',
      files.write('members.json', { ...workload, members: 2 }),
      '--live',
      '--json',
    ]);
    expect(stderr).toBe('');
    const [one] = scenarios(stdout);
    // 45 come to the one that nobody serves and that has room for 5; the other one takes its 15
    near(one.overflows, 40);
    near(one.gave_up, 40);
    near(one.accepted, 20);
  });

  it('has closed clients come again after their answer, as often as recorded', () => {
    const slots = Array.from({ length: 4 }, (_, k) => ({
      first_ns: k * 1e6,
      think_ns: every(25, 0, 2e6),
      members: [],
    }));
    const workload = workloadOf(64, { mode: 'closed', follows: 'response', slots }, [acceptorOf([500_000])], 100e6);
    const { stdout } = acceptq(['replay', files.write('closed.json', workload), '--live', '--json']);
    const [one] = scenarios(stdout);
    expect([one.arrivals, one.accepted, one.overflows, one.gave_up]).toEqual([104, 104, 0, 0]);
    expect(one.depth.max).toBeLessThanOrEqual(4);
  });

  it('takes 5,000 clients a second, and says how late they came', () => {
    const workload = workloadOf(
      4095,
      { arrivals_ns: every(5000, 200_000) },
      [acceptorOf([20_000]), acceptorOf([20_000])],
      1e9,
    );
    const { stdout } = acceptq(['replay', files.write('many.json', workload), '--live', '--json']);
    const [one] = scenarios(stdout);
    expect([one.arrivals, one.enqueued, one.accepted, one.overflows]).toEqual([5000, 5000, 5000, 0]);
    const { p50, p99, max } = one.live.arrivals_late_ns;
    expect(p50 >= 0 && p50 <= p99 && p99 <= max).toBe(true);
  });

  it('goes faster, and tells times as those of the workload', () => {
    const late = { ...acceptorOf([10_000]), ready_ns: 1000e6 };
    const workload = workloadOf(64, { arrivals_ns: every(20, 1e6) }, [late], 2000e6);
    const { stdout } = acceptq(['replay', files.write('fast.json', workload), '--live', '--speed', '4', '--json']);
    const [one] = scenarios(stdout);
    expect([one.accepted, one.overflows, one.depth.max]).toEqual([20, 0, 20]);
    // the first one waits a second of the workload, whatever that takes
    expect(one.wait_ns.max).toBeGreaterThan(900e6);
    expect(one.wait_ns.count).toBe(20);
  });

  it('is ended when it was to be, with clients that still wait', () => {
    const workload = workloadOf(9, { arrivals_ns: every(30, 1e6) }, [{ ...acceptorOf([0]), ready_ns: 60e9 }], 60e9);
    const { stdout } = acceptq(['replay', files.write('cut.json', workload), '--live', '--for', '400ms', '--json']);
    const [one] = scenarios(stdout);
    expect([one.live.cut_short, one.enqueued, one.accepted, one.live.left_in_queue]).toEqual([true, 10, 0, 10]);
  });
});

group('50,000 connections by 8 acceptors', ['root', 'koffi', 'slow'], () => {
  const files = workloadFiles();
  it('all get in', { timeout: 120_000 }, () => {
    const acceptors = Array.from({ length: 8 }, () => acceptorOf([500_000]));
    const workload = workloadOf(4095, { arrivals_ns: every(50_000, 250_000) }, acceptors, 12.5e9);
    const { stdout } = acceptq(['replay', files.write('50000.json', workload), '--live', '--json']);
    const [one] = scenarios(stdout);
    expect([one.arrivals, one.enqueued, one.accepted, one.live.not_begun]).toEqual([50_000, 50_000, 50_000, 0]);
  });
});

group('a live replay that is recorded', ['root', 'koffi', 'bpftrace'], () => {
  const files = workloadFiles();
  it('comes back as a capture that the model agrees with', { timeout: 120_000 }, () => {
    const path = files.path('capture.json');
    const small = workloadOf(7, { arrivals_ns: every(40, 2e6) }, [{ ...acceptorOf([1e6]), ready_ns: 150e6 }], 80e6);
    const ran = acceptq(['replay', files.write('small.json', small), '--live', '--json', '--capture', path]);
    expect(ran.stderr).toBe('');
    const [one] = scenarios(ran.stdout);
    const { listeners } = JSON.parse(acceptq(['analyze', path, '--json']).stdout);
    expect(listeners).toHaveLength(1);
    expect(listeners[0]).toMatchObject({
      address: '127.0.0.1',
      port: 1024,
      enqueued: one.enqueued,
      accepted: one.accepted,
    });
    expect(acceptq(['validate', path]).status).toBe(0);
    const again = acceptq(['replay', files.path('small.json'), '--live', '--capture', path]);
    expect([again.status, again.stderr]).toEqual([
      2,
      `acceptq: --capture does not write over ${path}, which is there\n`,
    ]);
  });
});

describe('a live replay that cannot be', () => {
  const files = workloadFiles();
  const refused = (imports: string, ...args: string[]) => {
    const path = files.write('any.json', workloadOf(7, { arrivals_ns: [0] }, [acceptorOf([0])], 1e6));
    const { status, stderr, stdout } = acceptq(['replay', path, '--live', ...args], {
      env: { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(imports)}` },
    });
    expect(stdout).toBe('');
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(status).toBe(2);
    return stderr;
  };

  it('says so on another system than Linux', () => {
    expect(refused("Object.defineProperty(process, 'platform', { value: 'darwin' })")).toMatch(/must be Linux.*darwin/);
  });

  it('asks for koffi by name', () => {
    const without = `import { register } from 'node:module'; register('data:text/javascript,' + encodeURIComponent(
      "export const resolve = (name, context, next) => { if (name === 'koffi') throw Object.assign(new Error(name), { code: 'ERR_MODULE_NOT_FOUND' }); return next(name, context); }"))`;
    expect(refused(without)).toMatch(/koffi, which is not installed.*npm install koffi@\d/);
  });

  it('refuses what makes no sense', () => {
    expect(refused('', '--speed', '0.01')).toContain('--speed takes a factor from 0.1 to 100');
    expect(refused('', '--kernel', '5.10')).toContain('--kernel is for the model');
    expect(refused('', '--task', '1')).toContain('--calls');
    expect(refused('', '--acceptors', '1000')).toContain('at most 256');
    expect(refused('', '--members', '5000')).toContain('at most 1024');
  });
});

group('a live replay by someone else than root', ['root', 'koffi'], () => {
  const files = workloadFiles();
  const NOBODY = { uid: 65_534, gid: 65_534 };
  const run = (env: Record<string, string>) => {
    const path = files.write('any.json', workloadOf(7, { arrivals_ns: every(5, 1e6) }, [acceptorOf([0])], 1e6));
    spawnSync('chmod', ['-R', 'go+rX', path, files.path('')]);
    const main = new URL('../../dist/cli/main.js', import.meta.url).pathname;
    return spawnSync(process.execPath, [main, 'replay', path, '--live', '--json'], {
      ...NOBODY,
      env: { ...process.env, ...env },
      encoding: 'utf8',
    });
  };

  it('is in a user namespace where there may be one, and says what is missing where not', () => {
    const allowed = spawnSync('unshare', ['--user', '--map-root-user', '--net', 'true'], NOBODY).status === 0;
    const { status, stdout, stderr } = run({});
    if (allowed) {
      expect([status, stderr]).toEqual([0, '']);
      expect(scenarios(stdout)[0].accepted).toBe(5);
    } else expect([status, stderr]).toEqual([2, expect.stringContaining('user namespaces')]);
  });

  it('says what is missing without unshare', () => {
    const { status, stderr } = run({ PATH: '/nowhere' });
    expect(status).toBe(2);
    expect(stderr).toMatch(/^acceptq: replay --live needs a network namespace.*unshare.*\n$/);
  });
});
