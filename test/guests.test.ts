// One load on each of four kernels, recorded at once by bpftrace and tracefs, against what the kernel itself counted.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Finding } from '../core/report/model.ts';
import { reportOn, takeAny, withStoreAsync } from './support/fixtures.ts';
import { countersIn, type Seen, seenIn } from './support/one-load.ts';

const GUESTS = fileURLToPath(new URL('fixture/guests/', import.meta.url));
const PORT = 8181;
const KERNELS = ['5.10', '6.1', '6.12', '7.2'];

it('is recorded for each kernel', () => expect(readdirSync(GUESTS).sort()).toEqual(KERNELS));

/** What a capture of functions alone tells. */
const functionsIn = (path: string): Promise<Finding['evidence']> =>
  withStoreAsync(async (store) => {
    await takeAny(store, path);
    const { findings, captures, listeners } = reportOn(store);
    expect(captures[0].rejected).toBe(0);
    expect(captures[0].evidence).toEqual(['functions']);
    expect(listeners).toEqual([]);
    const finding = findings.find(({ id }) => id === 'functions-only');
    if (finding === undefined) throw new Error(`${path}: nothing is said about its functions`);
    return finding.evidence;
  });

describe.each(KERNELS)('Linux %s', (kernel) => {
  const directory = join(GUESTS, kernel);
  const counted = (name: string): number => countersIn(directory).get(name) as number;
  let bpftrace: Seen;
  let tracefs: Seen;

  beforeAll(async () => {
    bpftrace = await seenIn(join(directory, 'bpftrace.json.xz'), PORT);
    tracefs = await seenIn(join(directory, 'trace.txt.xz'), PORT);
  });

  it('has every connection that the kernel counted, and where it went', () => {
    for (const { enqueued, accepted, left, unreadable, lost } of [bpftrace, tracefs]) {
      expect([unreadable, lost]).toEqual([0, 0]);
      expect(enqueued).toBe(counted('PassiveOpens'));
      expect(enqueued).toBe(accepted + left);
    }
  });

  it('is the same to both', () => {
    const of = ({ requested, enqueued, accepted, left }: Seen): unknown => ({ requested, enqueued, accepted, left });
    expect(of(tracefs)).toEqual(of(bpftrace));
    expect(bpftrace.requested).toBe(5);
    expect(tracefs.depths.length).toBe(bpftrace.depths.length);
    // probes of two tools fire one after the other: an accept() under way may fall on either side
    const off = tracefs.depths.filter((depth, k) => depth !== bpftrace.depths[k]).length;
    expect(off).toBeLessThanOrEqual(tracefs.depths.length / 10);
  });

  it('has the overflows that the kernel counted: all where each decision was seen, else fewer', () => {
    const overflows = counted('ListenOverflows');
    expect(overflows).toBeGreaterThan(0);
    if (kernel === '5.10') expect(bpftrace.overflows).toMatchObject({ bound: 'lower', evidence: 'client' });
    else expect(bpftrace.overflows).toEqual({ count: overflows, bound: 'exact', evidence: 'functions' });
    for (const seen of [bpftrace, tracefs]) {
      expect(seen.overflows.count).toBeGreaterThan(0);
      expect(seen.overflows.count).toBeLessThanOrEqual(overflows);
    }
    expect(tracefs.overflows.bound).toBe('lower');
  });

  it('shows how often functions ran where nothing else was recorded', async () => {
    const functions = await functionsIn(join(directory, 'functions.txt.xz'));
    const kprobes = await functionsIn(join(directory, 'kprobes.txt.xz'));
    expect(functions.inet_csk_listen_start).toBe(1);
    expect(functions.inet_csk_accept).toBeGreaterThan(bpftrace.accepted);
    // refused SYNs among them
    expect(functions.tcp_conn_request).toBeGreaterThan(bpftrace.enqueued);
    for (const name of ['inet_csk_listen_start', 'inet_csk_accept', 'tcp_conn_request', 'tcp_v4_syn_recv_sock']) {
      expect(kprobes[name], name).toBe(functions[name]);
      expect(kprobes[`${name} returned`], name).toBe(kprobes[name]);
    }
  });
});
