// One event, one meaning: a load that bpftrace, perf and tracefs recorded at once gives the same report, up to what each can see.
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import { countersIn, type Seen, seenInAll } from './support/one-load.ts';

const DIRECTORY = fileURLToPath(new URL('fixture/one-load/', import.meta.url));
const PORT = 8181;
let seen: Map<string, Seen>;

beforeAll(async () => {
  seen = await seenInAll(DIRECTORY, PORT);
});

it('is read whole from each, also under gzip, zstd and xz', () => {
  expect([...seen.keys()]).toEqual(['bpftrace.json.xz', 'perf.data.zst', 'trace.txt.gz']);
  for (const { unreadable, lost } of seen.values()) expect([unreadable, lost]).toEqual([0, 0]);
});

it('has the same calls, arrivals, accepts and lengths', () => {
  const [first, ...others] = [...seen.values()].map(({ requested, enqueued, accepted, left, depths }) => ({
    requested,
    enqueued,
    accepted,
    left,
    depths,
  }));
  expect(first.enqueued).toBeGreaterThan(40);
  for (const other of others) expect(other).toEqual(first);
});

it('has the same waits, to the precision of the times', () => {
  const [first, ...others] = [...seen.values()].map(({ waits }) => waits);
  for (const other of others) {
    const apart = other.map((wait, k) => Math.abs(wait - first[k]));
    // probes of three tools fire one after the other at each event
    expect(Math.max(...apart)).toBeLessThan(500_000);
  }
});

it('has overflows as bounds of what the kernel counted, the better the more is seen', () => {
  const counted = countersIn(DIRECTORY).get('ListenOverflows') as number;
  const of = (name: string): Seen['overflows'] => (seen.get(name) as Seen).overflows;
  for (const { overflows } of seen.values()) {
    expect(overflows.bound).toBe('lower');
    expect(overflows.count).toBeGreaterThan(0);
    expect(overflows.count).toBeLessThanOrEqual(counted);
  }
  expect(of('perf.data.zst').evidence).toBe('client');
  expect(of('bpftrace.json.xz').count).toBeGreaterThanOrEqual(of('perf.data.zst').count as number);
  // read in the kernel up to the listener's end: a SYN counts once in it, a final ACK twice
  const grown = (seen.get('bpftrace.json.xz') as Seen).skDrops as number;
  expect(counted).toBeLessThanOrEqual(grown);
  expect(counted).toBeGreaterThanOrEqual(grown / 2);
});

it('has the limit as the kernel keeps it where that was read', () => {
  expect((seen.get('bpftrace.json.xz') as Seen).limit).toEqual({ effective: 5, basis: 'read' });
  for (const { limit } of seen.values()) expect(limit.effective).toBe(5);
});
