// The calls of a recorded task: what is taken from a capture, what may be played, and that a kernel which does otherwise is found out.
import { describe, expect, it } from 'vitest';
import { LoopbackPlaces } from '../../../replay/live/calls/loopback-place.ts';
import { CallPlayer } from '../../../replay/live/calls/play-calls.ts';
import { whyNot } from '../../../replay/live/calls/playable.ts';
import type { RecordedCall } from '../../../replay/live/calls/recorded-calls.ts';
import type { Libc } from '../../../replay/live/libc.ts';
import { group } from '../../support/needs.ts';
import { acceptq } from '../../support/run.ts';

const call = (name: RecordedCall['call'], args: number[], ret: number | null): RecordedCall => ({
  call: name,
  at: 0,
  args,
  ret,
  place: null,
  ends: false,
});

/** A C library in which every call returns what `answers` says, and 0 else. */
const libcOf = (answers: Readonly<Record<string, number>>): Libc =>
  new Proxy({} as Libc, {
    get: (_, name: string) =>
      name === 'errno' ? () => -(answers.errno ?? 0) : () => (answers[name] === undefined ? 0 : answers[name]),
  });

describe('calls played again', () => {
  const calls = [
    call('socket', [2, 1, 0], 3),
    call('bind', [3, 1, 16], 0),
    call('listen', [3, 8], -98),
    call('close', [3], 0),
  ];

  it('differ where the kernel does otherwise', () => {
    const verdicts = (libc: Libc): string[] => new CallPlayer(libc, calls).run(calls).results.map((one) => one.verdict);
    expect(verdicts(libcOf({ socket: 9 }))).toEqual(['same', 'same', 'different', 'same']);
    expect(verdicts(libcOf({ socket: 9, listen: -1, errno: -98 }))).toEqual(['same', 'same', 'same', 'same']);
    expect(verdicts(libcOf({ socket: 9, listen: -1, errno: -22 }))).toEqual(['same', 'same', 'different', 'same']);
  });

  it('are not played where the kernel could be made to do more than sockets', () => {
    const ports = new Set([80]);
    expect(whyNot(call('socket', [16, 3, 0], 3), ports)).toContain('neither TCP');
    expect(whyNot(call('socket', [2, 3, 1], 3), ports)).toContain('neither TCP');
    expect(whyNot(call('fcntl', [3, 8, 1], 0), ports)).not.toBeNull();
    expect(whyNot(call('setsockopt', [3, 263, 1, 1, 4], 0), ports)).not.toBeNull();
    expect(whyNot(call('connect', [3, 1, 16], 0), ports)).toContain('does not listen');
    expect(whyNot(call('accept', [3, 0, 0], null), ports)).toContain('did not return');
    expect(whyNot(call('accept', [3, 0, 0], -512), ports)).toContain('signal');
    expect(whyNot(call('listen', [3, Number.NaN], 0), ports)).toContain('not recorded');
    expect(whyNot(call('socket', [2, 1 | 0o4000, 6], 3), ports)).toBeNull();
  });

  it('go to loopback, each address to one of its own, any-address to any', () => {
    const places = new LoopbackPlaces();
    const host = (address: string, family = 2) => [...places.addressOf({ family, address, port: 443 }, family)];
    expect(host('0.0.0.0').slice(0, 8)).toEqual([2, 0, 1, 187, 0, 0, 0, 0]);
    expect(host('127.0.0.1').slice(2, 8)).toEqual([1, 187, 127, 0, 0, 1]);
    expect(host('10.1.2.3').slice(4, 8)).toEqual([127, 0, 1, 1]);
    expect(host('192.0.2.9').slice(4, 8)).toEqual([127, 0, 1, 2]);
    expect(host('10.1.2.3').slice(4, 8)).toEqual([127, 0, 1, 1]);
    expect(host('2001:db8::1', 10).slice(8, 24)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    expect(host('::', 10).slice(8, 24)).toEqual(new Array(16).fill(0));
    expect(places.moved).toEqual(['10.1.2.3', '192.0.2.9', '2001:db8::1']);
  });
});

group('recorded calls on this kernel', ['root', 'koffi'], () => {
  // the task of each recording, and what strace-like reading of its log counts: calls on sockets in all
  const RECORDED = [
    ['listen-errors', 7984, 115],
    ['reuseport', 8098, 246],
    ['ipv6-dual', 8887, 136],
  ] as const;

  for (const [name, task, count] of RECORDED)
    it(`${name}: each returns what it had returned`, () => {
      const capture = `test/fixture/perf-data/${name}/perf.data`;
      const { status, stdout, stderr } = acceptq(
        ['replay', capture, '--live', '--calls', '--task', String(task), '--somaxconn', '4096', '--json'],
        {},
      );
      expect([status, stderr]).toEqual([0, '']);
      const json = JSON.parse(stdout);
      expect(json).toMatchObject({ schema: 'acceptq.replay-calls/1', task, calls: count, different: 0 });
      expect(json.same).toBeGreaterThan(0.95 * count);
      expect(json.same + json.undecided).toBe(count);
    });

  it('says which errors came again, one by one', () => {
    const capture = 'test/fixture/perf-data/listen-errors/perf.data';
    const { stdout } = acceptq(['replay', capture, '--live', '--calls', '--task', '7984', '--json']);
    const { results } = JSON.parse(stdout) as { results: { call: string; recorded: number; live: number }[] };
    const errors = results.filter(({ call: name, recorded }) => name === 'listen' && recorded < 0);
    // EADDRINUSE, EBADF, ENOTSOCK, EOPNOTSUPP, EINVAL: listencases.c, in its order
    expect(errors.map(({ live }) => live).slice(0, 5)).toEqual([-98, -9, -88, -95, -22]);
    expect(errors.map(({ recorded }) => recorded)).toEqual(errors.map(({ live }) => live));
  });

  it('asks for a task that is there', () => {
    const capture = 'test/fixture/perf-data/listen-errors/perf.data';
    const { status, stderr } = acceptq(['replay', capture, '--live', '--calls', '--task', '999999']);
    expect([status, stderr]).toEqual([2, 'acceptq: no task 999999 makes a call on a socket here\n']);
    expect(acceptq(['replay', capture, '--live', '--calls']).stderr).toContain('--task');
  });
});
