// A recording made now, on this kernel, against what the kernel counts meanwhile: nothing here was seen before.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { readAccount, readCounters } from '../support/account.ts';
import { reportOn, take, withStore } from '../support/fixtures.ts';
import { group } from '../support/needs.ts';

const RECORD = fileURLToPath(new URL('../fixture/record/', import.meta.url));

/** bpftrace may lose events while other tests keep the machine busy; record.sh then refuses the recording. */
const ATTEMPTS = 4;

function record(out: string, load: readonly string[], somaxconn: number): void {
  for (let attempt = 1; ; attempt++) {
    try {
      const perf = ['-a', '-m', '4096', '--synth=task', '-k', 'mono', '--', 'acceptload'];
      execFileSync('bash', [join(RECORD, 'record.sh'), out, ...perf, ...load], {
        env: { ...process.env, SOMAXCONN: String(somaxconn) },
        stdio: ['ignore', 'ignore', 'pipe'],
        timeout: 90_000,
      });
      return;
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
  }
}

group('a load recorded now', ['root', 'perf', 'bpftrace', 'namespaces', 'tracefs', 'compiler', 'slow'], () => {
  const directory = mkdtempSync(join(tmpdir(), 'acceptq-kernel-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it.each([
    [
      'a small backlog and a slow acceptor',
      ['--connections', '40', '--backlog', '3', '--service-us', '20000', '--pause-us', '8000'],
      4096,
    ],
    [
      'a backlog clamped by somaxconn',
      ['--connections', '120', '--clients', '8', '--backlog', '100', '--service-us', '3000'],
      4,
    ],
    [
      'four listeners on one port',
      [
        '--connections',
        '120',
        '--clients',
        '4',
        '--listeners',
        '4',
        '--backlog',
        '16',
        '--service-us',
        '2000',
        '--port',
        '9000',
      ],
      4096,
    ],
  ])(
    '%s',
    (name, load, somaxconn) => {
      const out = join(directory, name.replaceAll(' ', '-'));
      record(out, load, somaxconn);
      const account = readAccount(out);
      const counters = readCounters(out);
      withStore((store) => {
        take(store, join(out, 'perf.data'));
        const { listeners } = reportOn(store);
        const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);
        const queued = sum(account.lives.map((life) => life.queued.length));
        expect(queued).toBe(counters.get('PassiveOpens'));
        expect(listeners).toHaveLength(account.lives.length);
        const limits = account.lives.map((life) => life.limits.at(-1));
        const complete = listeners.every((listener) => listener.bounds.enqueued === 'exact');
        if (complete) {
          expect(sum(listeners.map((listener) => listener.enqueued))).toBe(queued);
          expect(listeners.map((listener) => listener.backlog.effective)).toEqual(limits);
        } else expect(sum(listeners.map((listener) => listener.enqueued))).toBeLessThanOrEqual(queued);
        expect(sum(listeners.map((listener) => listener.accepted))).toBe(
          sum(account.lives.map((life) => life.accepted.length)),
        );
        expect(sum(listeners.map((listener) => listener.overflows.count ?? 0))).toBeLessThanOrEqual(
          counters.get('ListenOverflows') as number,
        );
      });
    },
    400_000,
  );
});
