// Parts of a live replay that need no kernel: addresses, counters, outcomes from instants, comparison, stalls.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compareOutcomes, explainFirst } from '../../../replay/live/compare.ts';
import { countersIn, countersSince } from '../../../replay/live/counters.ts';
import { liveCounts } from '../../../replay/live/live-outcome.ts';
import { requestsIn } from '../../../replay/live/requests.ts';
import { MADE, NEVER, RunMemory, runBuffers } from '../../../replay/live/run-memory.ts';
import {
  ADDRESS_BYTES,
  clientOf,
  listenerAddress,
  MOST_CLIENTS,
  putClientAddress,
} from '../../../replay/live/socket-address.ts';
import type { Outcome } from '../../../replay/workload/workload.ts';

const fixture = (name: string): string =>
  readFileSync(new URL(`../../fixture/snapshot/${name}`, import.meta.url), 'utf8');

describe('addresses of clients', () => {
  it('say which client has one, and no two have the same', () => {
    const seen = new Set<string>();
    for (const index of [0, 1, 63_999, 64_000, 64_001, 1_999_999, MOST_CLIENTS - 1])
      for (const member of [0, 1, 255, 256, 65_535]) {
        const address = new Uint8Array(ADDRESS_BYTES);
        putClientAddress(address, index, member);
        expect(clientOf(address)).toBe(index);
        // AF_INET in the machine's order, then 127.x.y.z: nothing leaves loopback
        expect([...address.subarray(0, 2), address[4]]).toEqual([2, 0, 127]);
        expect((address[5] << 8) | address[6]).toBe(member);
        expect((address[2] << 8) | address[3]).toBeGreaterThan(1024);
        seen.add(address.join());
      }
    expect(seen.size).toBe(35);
  });

  it('are never that of a listener, or of anyone else', () => {
    expect([...listenerAddress(1024)].slice(0, 8)).toEqual([2, 0, 4, 0, 127, 0, 0, 1]);
    expect(clientOf(listenerAddress(1024))).toBe(-1);
    expect(clientOf(new Uint8Array([2, 0, 4, 1, 10, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0]))).toBe(-1);
  });
});

describe('counters of a namespace', () => {
  it('are read by their names, as awk reads them', () => {
    // awk: the column of the name in the first TcpExt line, in the second one
    const [names, values] = fixture('proc-net-netstat.txt')
      .split('\n')
      .filter((line) => line.startsWith('TcpExt:'))
      .map((line) => line.split(' '));
    const read = countersIn(fixture('proc-net-netstat.txt'));
    expect(read.ListenOverflows).toBe(Number(values[names.indexOf('ListenOverflows')]));
    expect(read.TCPSynRetrans).toBe(Number(values[names.indexOf('TCPSynRetrans')]));
    expect(read.PassiveOpens).toBeUndefined();
    expect(countersSince({ ListenOverflows: 3 }, { ListenOverflows: 10, ListenDrops: 2 })).toEqual({
      ListenOverflows: 7,
      ListenDrops: 2,
    });
  });

  it('have requests as sockets in SYN_RECV', () => {
    const text = fixture('proc-net-tcp.txt');
    expect(requestsIn(text)).toBe(text.split('\n').filter((line) => /^ *\d+: \S+ \S+ 03 /.test(line)).length);
    expect(requestsIn(`${text}  99: 0100007F:0400 0200007F:0401 03 0:0 0:0 0 0 0\n`)).toBe(requestsIn(text) + 1);
  });
});

/** Connections as [intended, started, connected, accepted], ms. */
function memoryOf(connections: readonly (readonly [number, number, number, number])[]): RunMemory {
  const memory = new RunMemory(runBuffers(connections.length + 5, 1));
  const at = (ms: number): number => (ms < 0 ? NEVER : ms * 1e6);
  connections.forEach(([intended, started, connected, accepted], k) => {
    memory.intended[k] = at(intended);
    memory.started[k] = at(started);
    memory.connected[k] = at(connected);
    memory.accepted[k] = at(accepted);
    memory.queued[k] = Math.max(0, accepted - connected);
  });
  memory.control[MADE] = connections.length;
  return memory;
}

const ENDED = { capacity: 3, left: 0, counters: { ListenOverflows: 4 }, duration: 100e6, sampledMax: 0 };

describe('what becomes of a live replay', () => {
  it('follows from the instants', () => {
    // the queue: 1 from 10 to 20, 2 to 30, 1 to 50, none to 100
    const memory = memoryOf([
      [10, 10, 10, 30],
      [20, 25, 20, 50],
    ]);
    const { outcome, arrivals_late_ns } = liveCounts(memory, ENDED, 1);
    expect(outcome).toMatchObject({ arrivals: 2, enqueued: 2, accepted: 2, overflows: 4, gave_up: 0 });
    expect(outcome.depth.mean).toBeCloseTo((10 * 1 + 10 * 2 + 20 * 1) / 100, 6);
    expect(outcome.wait_ns).toMatchObject({ count: 2, max: 30e6 });
    expect(arrivals_late_ns).toMatchObject({ max: 5e6 });
  });

  it('tells times as those of the workload', () => {
    const { outcome, duration_ns } = liveCounts(memoryOf([[10, 10, 10, 30]]), ENDED, 2);
    expect([outcome.wait_ns.max, duration_ns]).toEqual([40e6, 200e6]);
  });

  it('has a connection enqueued when the kernel made it, not when its client believed so', () => {
    const memory = memoryOf([[0, 0, 0, 90]]);
    memory.queued[0] = 30;
    expect(liveCounts(memory, ENDED, 1).outcome.wait_ns.max).toBe(30e6);
    // a jiffy's worth says nothing
    memory.queued[0] = 85;
    expect(liveCounts(memory, ENDED, 1).outcome.wait_ns.max).toBe(90e6);
  });

  it('counts who is left, who gave up, and who believed to be connected and never was', () => {
    const memory = memoryOf([
      [0, 0, 1, -1],
      [0, 0, 2, -1],
      [0, 0, -1, -1],
    ]);
    memory.errno[2] = 110;
    const { outcome, left_in_queue } = liveCounts(memory, { ...ENDED, left: 1 }, 1);
    expect([outcome.enqueued, outcome.accepted, outcome.gave_up, left_in_queue]).toEqual([1, 0, 2, 1]);
  });

  it('is nothing when nobody came', () => {
    const { outcome, arrivals_late_ns } = liveCounts(memoryOf([]), ENDED, 1);
    expect([outcome.arrivals, outcome.depth.max, outcome.wait_ns.p50, arrivals_late_ns.max]).toEqual([
      0,
      0,
      null,
      null,
    ]);
  });
});

describe('a live replay beside the model', () => {
  const outcome = liveCounts(memoryOf([[10, 10, 10, 30]]), ENDED, 1).outcome;
  const other = (changed: Partial<Outcome>): Outcome => ({ ...outcome, ...changed });
  const calm = {
    speed: 1,
    too_busy: false,
    unset: [],
    not_begun: 0,
    cut_short: false,
    handshake_ns: 0,
    initial_ms: 1000,
    cookies: 0,
    closed: false,
  };

  it('agrees within three, or 5 %', () => {
    const differing = (modelled: number, live: number): string[] =>
      compareOutcomes(null, other({ overflows: modelled }), other({ overflows: live }))
        .filter(({ differs }) => differs)
        .map(({ figure }) => figure);
    expect(differing(0, 3)).toEqual([]);
    expect(differing(0, 4)).toEqual(['overflows']);
    expect(differing(200, 210)).toEqual([]);
    expect(differing(200, 189)).toEqual(['overflows']);
  });

  it('explains the first difference by what is known of the replay', () => {
    const figures = compareOutcomes(
      null,
      other({ overflows: 50, accepted: 10 }),
      other({ overflows: 0, accepted: 90 }),
    );
    expect(explainFirst(figures, calm)).toMatchObject({
      figure: 'overflows',
      why: expect.stringContaining('validate'),
    });
    expect(explainFirst(figures, { ...calm, too_busy: true })?.why).toContain('too busy');
    expect(explainFirst(figures, { ...calm, unset: ['net.core.somaxconn stayed 128, not 4096'] })?.why).toContain(
      'stayed 128',
    );
    expect(explainFirst(compareOutcomes(null, outcome, outcome), calm)).toBeNull();
  });
});
