// What acceptq replay says where there is one of a thing.
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cameWhenTheyWould } from '../../../cli/render/replay-text.ts';
import { perfDataOf } from '../../support/fixtures.ts';
import { acceptq, ROOT } from '../../support/run.ts';

const words = (args: readonly string[]): string => {
  const { status, stdout, stderr } = acceptq(['replay', ...args]);
  expect([status, stderr]).toEqual([0, '']);
  return stdout.replace(/\s+/g, ' ');
};

it('says one task, one day and one setting as one', () => {
  // acceptload's one client, see test/fixture/record/all.sh
  const text = words([perfDataOf('acceptload-overflow'), '--backlog', '64', '--resamples', '1']);
  expect(text).toContain('1 client in a closed loop (one task, which connects one at a time');
  expect(text).toContain('backlog 64: the one that was tried, and it meets the target: a queue of 65');
  expect(text).toContain('On 1 day drawn from these arrivals');
  expect(text).not.toMatch(/\b1 (tasks|clients|acceptors|connections|listeners|settings|days)\b/);
});

it('says several as several', () => {
  const text = words([
    join(ROOT, 'test/fixture/documents/before.json.xz'),
    '--backlog',
    '16,64',
    '--resamples',
    '2',
    '--set-somaxconn',
    '64',
  ]);
  expect(text).toContain('600 clients that come when they will');
  expect(text).toContain('the smallest of 2 that meets the target');
  expect(text).toContain('On 2 days drawn');
  expect(cameWhenTheyWould(1)).toBe('1 client that comes when it will');
});
