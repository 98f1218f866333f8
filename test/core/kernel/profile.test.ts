// The table of releases: which rules a `uname -r` gets, point releases and distribution suffixes included.
import { describe, expect, it } from 'vitest';
import { KNOWN_RELEASES, kernelProfile } from '../../../core/kernel/profile.ts';
import { listenSockSize } from '../../../core/kernel/reqsk-queue-alloc.ts';
import { retransToSecs, secsToRetrans } from '../../../core/kernel/sockopt.ts';
import { defaultSomaxconn } from '../../../core/kernel/sys-listen.ts';

const rules = (release: string) => {
  const profile = kernelProfile(release);
  if (profile === null) throw new Error(`no profile for ${release}`);
  return profile;
};

describe('kernel profiles', () => {
  it('reads releases as uname prints them', () => {
    expect(rules('5.10.0-32-cloud-amd64').somaxconn).toBe(4096);
    expect(rules('2.6.32-754.el6.x86_64').somaxconn).toBe(128);
    expect(rules('6.18.44').release).toBe('6.18.44');
    expect(kernelProfile('unknown')).toBeNull();
  });

  it('agrees with the default somaxconn that reports assume', () => {
    for (const release of KNOWN_RELEASES) expect(rules(release).somaxconn).toBe(defaultSomaxconn(release));
  });

  // kernel releases and rules as their sources have them
  it.each([
    [
      '2.6.24',
      {
        backlogWritten: 'after-success',
        synQueueFull: '>=table',
        initialRtoMs: 3000,
        accept4: false,
        reuseport: false,
      },
    ],
    [
      '3.13',
      {
        backlogWritten: 'after-success',
        synQueueFull: '>=table',
        initialRtoMs: 1000,
        countsSynOverflow: true,
        reuseport: true,
      },
    ],
    [
      '4.4',
      {
        backlogWritten: 'in-listen-start',
        synQueueFull: '>=backlog',
        synAtFullAcceptQueue: 'drop-if-young',
        backlogBits: 32,
      },
    ],
    ['4.19', { synAtFullAcceptQueue: 'drop', somaxconn: 128, backlogWritten: 'in-listen-start' }],
    ['5.4', { somaxconn: 4096, backlogWritten: 'first', migration: false }],
    ['5.10.44', { acceptChecks: ['file', 'flags', 'socket', 'fd'], synQueueFull: '>=backlog' }],
    ['5.10.223', { acceptChecks: ['file', 'flags', 'fd', 'socket'], synQueueFull: '>=backlog' }],
    ['5.15.85', { acceptChecks: ['file', 'flags', 'fd', 'socket'], migration: true, synQueueFull: '>=backlog' }],
    ['6.1.27', { synQueueFull: '>=backlog', tracesDataReady: false }],
    ['6.6.87', { synQueueFull: '>backlog', tracesDataReady: true, childTupleBeforeState: false }],
    ['6.12.0', { synQueueFull: '>=backlog' }],
    ['6.18.26', { synQueueFull: '>backlog', childTupleBeforeState: true, reuseportOnlyInet: true }],
  ] as const)('%s', (release, expected) => {
    expect(rules(release)).toMatchObject(expected);
  });
});

describe('numbers of the path', () => {
  // backlog → slots of struct listen_sock, with tcp_max_syn_backlog 1024
  it.each([
    [0, 16],
    [7, 16],
    [8, 16],
    [15, 16],
    [16, 32],
    [127, 128],
    [128, 256],
    [5000, 2048],
  ])('a backlog of %i had a table of %i requests before 4.4', (backlog, slots) => {
    expect(listenSockSize(backlog, 1024)).toBe(slots);
  });

  // as setsockopt and getsockopt of 6.18 show them
  it.each([
    [0, 0, 0],
    [1, 1, 1],
    [4, 3, 7],
  ])('TCP_DEFER_ACCEPT of %i s is %i expiries, read back as %i s', (seconds, count, back) => {
    expect(secsToRetrans(seconds, 1)).toBe(count);
    expect(retransToSecs(count, 1)).toBe(back);
  });
});
