// Replays against queueing theory: what Erlang and others proved of Poisson arrivals and exponential service.
import { describe, expect, it } from 'vitest';
import { chance } from '../../../replay/what-if/bootstrap.ts';
import { prepare } from '../../../replay/what-if/prepared.ts';
import { settingsOf } from '../../../replay/what-if/settings.ts';
import { Replay } from '../../../replay/what-if/simulate.ts';
import { acceptorOf, workloadOf } from './made.ts';

const CLIENTS = 400_000;
const SERVICE_NS = 1e6;
const NEVER_AGAIN = { initial_ms: 1000, linear: 0, retries: 0, wheel: null, timeout_ns: 1e6 };

/** Poisson arrivals at `load` times what `servers` can serve. */
function poisson(load: number, servers: number, backlog: number, seed: number) {
  const random = chance(seed);
  const exponential = (mean: number): number => -Math.log(1 - random()) * mean;
  const arrivals: number[] = [];
  for (let at = 0; arrivals.length < CLIENTS; ) {
    at += exponential(SERVICE_NS / (load * servers));
    arrivals.push(at);
  }
  const acceptors = Array.from({ length: servers }, () =>
    acceptorOf(
      Array.from({ length: CLIENTS / servers }, () => exponential(SERVICE_NS)),
      [0],
    ),
  );
  const workload = workloadOf(backlog, { arrivals_ns: arrivals, retry: NEVER_AGAIN }, acceptors);
  const replay = new Replay(prepare(workload), settingsOf(workload));
  const outcome = replay.run();
  const waits = replay.counts.waits.subarray(0, outcome.accepted);
  return { outcome, mean: waits.reduce((sum, wait) => sum + wait, 0) / waits.length };
}

/** Probability that all servers are busy (Erlang C). */
function erlangC(servers: number, load: number): number {
  const offered = servers * load;
  let term = 1;
  let sum = 1;
  for (let k = 1; k < servers; k++) {
    term *= offered / k;
    sum += term;
  }
  const all = (term * offered) / servers / (1 - load);
  return all / (sum + all);
}

describe('M/M/1/K: refused clients that do not come back', () => {
  // backlog + 1 wait, and one is being served
  it.each([
    [0.8, 3],
    [0.8, 8],
    [1.2, 5],
    [0.95, 15],
  ])('at %f times the capacity with a backlog of %i', (load, backlog) => {
    const places = backlog + 2;
    const blocked = ((1 - load) * load ** places) / (1 - load ** (places + 1));
    const { outcome } = poisson(load, 1, backlog, 1);
    expect(outcome.overflows).toBe(outcome.gave_up);
    expect((outcome.overflows ?? 0) / CLIENTS).toBeGreaterThan(blocked * 0.95);
    expect((outcome.overflows ?? 0) / CLIENTS).toBeLessThan(blocked * 1.05);
  });
});

describe('M/M/c: waits in a queue that is never full', () => {
  it.each([
    [0.5, 1],
    [0.8, 1],
    [0.7, 2],
    [0.8, 4],
  ])('at %f times the capacity of %i acceptors', (load, servers) => {
    const { outcome, mean } = poisson(load, servers, 4000, 2);
    expect(outcome.overflows).toBe(0);
    const expected = (erlangC(servers, load) * SERVICE_NS) / (servers * (1 - load));
    expect(mean / expected).toBeGreaterThan(0.95);
    expect(mean / expected).toBeLessThan(1.05);
    // PASTA: the queue's mean length is arrivals times the mean wait (Little)
    const rate = (load * servers) / SERVICE_NS;
    expect(outcome.depth.mean / (rate * mean)).toBeGreaterThan(0.98);
    expect(outcome.depth.mean / (rate * mean)).toBeLessThan(1.02);
  });
});
