// What a reader wants to know in a minute, asked of the first screen over every recording: which listener, when, why, what to change.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { answersOf } from '../../../core/report/answers.ts';
import { CASES, perfDataOf, reportOn, takeAny, withStoreAsync } from '../../support/fixtures.ts';

const FINDINGS = fileURLToPath(new URL('../../fixture/findings/', import.meta.url));
const FOUND = readdirSync(FINDINGS)
  .filter((name) => name.endsWith('.xz'))
  .map((name) => name.replace('.json.xz', ''));

interface Asked {
  readonly which: RegExp;
  /** Seconds since the capture's start between which it begins; null: at no time. */
  readonly when: readonly [number, number] | null;
  readonly why: RegExp;
  readonly change: RegExp;
}

const LONGER = /^Raise the backlog to \d+ or more \(the second argument of listen\(\)/;

/**
 * From what was run (the fixtures' README): the listener, what ails it, and the setting that its server has. Names that the recording hides are
 * x's; acceptq's bpftrace program tells the name of who accepts, not of who listens.
 */
const EXPECTED: Readonly<Record<string, Asked>> = {
  'acceptload-burst': { which: /acceptload/, when: [0, 1], why: /queue holds 65 /, change: LONGER },
  'acceptload-overflow': { which: /acceptload/, when: [0, 1], why: /queue holds 6 /, change: LONGER },
  'acceptload-stall': {
    which: /acceptload/,
    when: [0, 2],
    why: /queue holds 17 /,
    change: /^Find what kept the acceptor from accept\(\)/,
  },
  'ipv6-dual': { which: /^\[::\]:9000.*acceptload/, when: [0, 1], why: /queue holds 9 /, change: LONGER },
  'listen-errors': {
    which: /.*/,
    when: null,
    why: /EADDRINUSE|another socket|not open|UDP|ENOTSOCK|descriptor/,
    change: /.+/,
  },
  lost: { which: /acceptload/, when: null, why: /No overflow/, change: /^Nothing needs to change/ },
  'nginx-ab': {
    which: /^127\.0\.0\.1:8080, nginx/,
    when: null,
    why: /No overflow/,
    change: /^Nothing needs to change/,
  },
  'nginx-running': {
    which: /^127\.0\.0\.1:8080, x+/,
    when: null,
    why: /No overflow/,
    change: /^Nothing needs to change/,
  },
  'nginx-small-backlog': {
    which: /^127\.0\.0\.1:8080, nginx/,
    when: [0, 2],
    why: /queue holds 5 /,
    change: /nginx: listen … backlog=\d+;|^Find what kept/,
  },
  'node-clamped': {
    which: /^127\.0\.0\.1:8080, node/,
    when: [0.2, 0.3],
    why: /backlog 16 \+ 1, listen\(\) asked for 511/,
    change: /^Raise net\.core\.somaxconn .* from 16/,
  },
  'per-task': { which: /x{10} \(pid/, when: null, why: /No overflow/, change: /^Nothing needs to change/ },
  'per-task-overflow': { which: /x{10} \(pid/, when: [0, 2], why: /queue holds 5 /, change: LONGER },
  'python-http': {
    which: /^127\.0\.0\.1:8000, python3/,
    when: [0, 2],
    why: /queue holds 6 /,
    change: /Python: request_queue_size = \d+/,
  },
  'redis-benchmark': {
    which: /^127\.0\.0\.1:6379, redis-server/,
    when: null,
    why: /No overflow/,
    change: /^Nothing needs to change/,
  },
  reuseport: {
    which: /^127\.0\.0\.1:9000 \(listener \d, one of 4 there\)/,
    when: [0, 2],
    why: /queue holds 9 /,
    change: LONGER,
  },
  unbalanced: {
    which: /^127\.0\.0\.1:9321 \(listener \d, one of 4 there\)/,
    when: [0, 0.5],
    why: /queue holds 9 /,
    change: /^Find what kept the acceptor from accept\(\) for 899 ms/,
  },
  herd: {
    which: /^127\.0\.0\.1:9321, python3/,
    when: null,
    why: /8 tasks wait for the same listener/,
    change: /EPOLLEXCLUSIVE/,
  },
  relisten: {
    which: /^127\.0\.0\.1:9321 \(listener 40, one of 40 there\)/,
    when: [0, 0.1],
    why: /resets the connections that wait/,
    change: /systemd socket units/,
  },
  emfile: { which: /^127\.0\.0\.1:9321, python3/, when: [0, 1], why: /RLIMIT_NOFILE/, change: /LimitNOFILE/ },
  nobody: {
    which: /^127\.0\.0\.1:9321 \(pid \d+\)/,
    when: [0, 0.5],
    why: /no accept\(\) took from it/,
    change: /accept loop/,
  },
  slow: { which: /^127\.0\.0\.1:9321, python3/, when: null, why: /No overflow/, change: /^Nothing needs to change/ },
  flood: {
    which: /^10\.1\.0\.1:9321, python3/,
    when: null,
    why: /SYN queue until their client answers/,
    change: /tcp_syncookies=1/,
  },
  synqueue: {
    which: /^10\.1\.0\.1:9321, python3/,
    when: null,
    why: /holds as many requests as the effective backlog/,
    change: /raise the backlog of listen\(\)/,
  },
};

const inSeconds = (text: string): number => {
  const [, value, unit] = /^([\d.]+) (ns|µs|ms|s)\b/.exec(text) ?? [];
  return Number(value) * ({ ns: 1e-9, µs: 1e-6, ms: 1e-3, s: 1 }[unit] ?? Number.NaN);
};

describe('a reader finds out in a minute', () => {
  it('over every recording of both kinds', () => {
    expect(Object.keys(EXPECTED).sort()).toEqual([...CASES, ...FOUND].sort());
  });

  it.each(Object.entries(EXPECTED))('%s', async (name, { which, when, why, change }) => {
    const path = CASES.includes(name) ? perfDataOf(name) : join(FINDINGS, `${name}.json.xz`);
    const answers = await withStoreAsync(async (store) => {
      await takeAny(store, path);
      return answersOf(reportOn(store));
    });
    expect(answers.which).toMatch(which);
    expect(answers.why).toMatch(why);
    expect(answers.change).toMatch(change);
    expect(answers.sure).toMatch(/\./);
    if (when === null) expect(answers.when).toMatch(/^At no time|^In .* of capture|^[\d.]+ /);
    else {
      const began = inSeconds(answers.when);
      expect([answers.when, began >= when[0] && began <= when[1]]).toEqual([answers.when, true]);
    }
  });
});
