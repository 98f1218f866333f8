// Readings of tools beside a capture: which listener they are of, and what they must not change.
import { expect, it } from 'vitest';
import { Scenario } from '../../support/scenario.ts';

const SK = 1;
/** A row of ss: address (1 is 10.0.0.1:80), queue, limit, drops, inode. */
const ss = (of: Scenario, depth: number, limit: number, drops: number, inode: number, local = 1): Scenario =>
  of.event('listener_sample', -1, [local, depth, limit, drops, inode], -1, -1);

it('gives limit, drops and depth to the listener of the address, and leaves its queue alone', () => {
  const of = new Scenario().listen(10, 3, SK, 8).arrive(SK, 2, 50);
  ss(of, 5, 4, 1, 700).arrive(SK, 3, 51);
  ss(of, 2, 4, 3, 700);
  const { listeners, samples } = of.fold();
  expect(listeners).toHaveLength(1);
  expect(listeners[0]).toMatchObject({
    samples: 2,
    sampled_limit: 4,
    sampled_depth: 5,
    drops_first: 0, // opened in the capture
    drops_last: 3,
    sample_misses: 0,
    depth_max: 2,
    initial_depth: 0,
  });
  expect(samples.map(({ listener, sk_ack_backlog: depth }) => [listener, depth])).toEqual([
    [listeners[0].id, 5],
    [listeners[0].id, 2],
  ]);
});

it('finds a listener that shows itself only after the snapshot', () => {
  const of = new Scenario();
  ss(of, 2, 4, 9, 700);
  of.arrive(SK, 2, 50); // LISTEN → SYN_RECV at an address of before the capture
  ss(of, 1, 4, 11, 700);
  const { listeners } = of.fold();
  expect(listeners).toHaveLength(1);
  expect(listeners[0]).toMatchObject({
    opened_at_ns: null,
    samples: 2,
    drops_first: 9,
    drops_last: 11,
    initial_depth: 0,
  });
});

it('gives a reading from before its listen() to no listener', () => {
  const of = new Scenario();
  ss(of, 2, 4, 9, 700).listen(10, 3, SK, 8);
  expect(of.fold().listeners.map(({ samples, sampled_limit }) => [samples, sampled_limit])).toEqual([[0, null]]);
});

it('gives readings of sockets that share an address to none, unless they are one socket', () => {
  const shared = new Scenario().listen(10, 3, SK, 8);
  shared.event('listener_sample', -1, [1, 1, 4, 0, 700], -1, -1);
  shared.now -= 1000; // one table
  ss(shared, 2, 5, 0, 701);
  expect(shared.fold().listeners[0].samples).toBe(0);
  const same = new Scenario().listen(10, 3, SK, 8);
  same.event('listener_sample', -1, [1, 1, 4, 0, 700], -1, -1);
  same.now -= 1000; // ss, and beside it /proc/net/tcp
  ss(same, 2, 5, 0, 700);
  expect(same.fold().listeners[0].samples).toBe(2);
});

it('makes a listener known that only a snapshot shows, when connections wait at it', () => {
  const of = new Scenario();
  ss(of, 3, 4, 0, 700);
  ss(of, 0, 128, 0, 701, 5); // nobody waits at 10.0.0.2:1005
  const { listeners } = of.fold();
  expect(
    listeners.map(({ endpoint, sampled_depth, sampled_limit }) => [endpoint, sampled_depth, sampled_limit]),
  ).toEqual([[1, 3, 4]]);
});

it('ties accepts to a listener by what ss -p says of the fd, before or after', () => {
  const holder = (of: Scenario): Scenario => of.event('fd_endpoint', 10, [3, 1, undefined, 700, 2], 10, -1);
  const accepts = (of: Scenario): Scenario =>
    of.arrive(SK, 2, 50).call(10, 'accept', [3, 0, 0], 4).arrive(SK, 3, 51).call(10, 'accept', [3, 0, 0], 5);
  // another listener that is older than the capture: nothing but the snapshot would say which of them it is
  const other = (of: Scenario): Scenario => of.state(0, 7, 10, 3, 5, 60).state(0, 7, 3, 1, 5, 60);
  const without = other(accepts(new Scenario())).fold({ dataReady: false });
  expect(without.orphans.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(2);
  for (const of of [other(accepts(holder(new Scenario()))), other(holder(accepts(new Scenario())))]) {
    const { listeners, orphans } = of.fold({ dataReady: false });
    expect(orphans).toEqual([]);
    expect(listeners.map(({ accepted }) => accepted)).toContain(2);
  }
});
