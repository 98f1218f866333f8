// Live replays on other kernels, in emulated guests whose clock counts instructions: the same on a machine that is busy with other things.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { group } from '../support/needs.ts';
import { ROOT } from '../support/run.ts';

/**
 * Clients in a closed loop against two members of a group: who is refused decides who sits out the next second, and the guest has one
 * processor for them all, where the recorded host had two.
 */
const CLOSED_LOOP = 'reuseport';
const WORKLOADS = 13;

group('live replays on other kernels', ['emulator', 'koffi', 'slow'], () => {
  it.each([
    ['bullseye', /^5\.10\./],
    ['sid', /^7\./],
  ])(
    'have the counts that the model has, on time: %s',
    (suite, release) => {
      const out = mkdtempSync(join(tmpdir(), 'acceptq-guest-'));
      try {
        const ran = spawnSync('bash', [join(ROOT, 'test/kernel/live-guest.sh'), suite, out], { encoding: 'utf8' });
        expect([ran.status, ran.status === 0 ? '' : ran.stderr]).toEqual([0, '']);
        expect(readFileSync(join(out, 'release'), 'utf8')).toMatch(release);
        const lines = readFileSync(join(out, 'log'), 'utf8').trim().split('\n');
        const told = lines.map((line) => {
          const [, name, late, verdict] = /^\S+ (.+): model .*; late \S+ (\S+) \S+ ms; .*?(same|DIFFER.*)$/.exec(
            line,
          ) ?? [line];
          return { name, late: Number(late), same: verdict === 'same' };
        });
        expect(told).toHaveLength(WORKLOADS);
        expect(
          told.filter(({ name, same }) => !same && name !== CLOSED_LOOP),
          lines.join('\n'),
        ).toEqual([]);
        // an emulated processor takes a thousand million instructions a second: a burst of clients is late by milliseconds
        expect(Math.max(...told.map(({ late }) => late))).toBeLessThan(10);
      } finally {
        rmSync(out, { recursive: true, force: true });
      }
    },
    1_500_000,
  );
});
