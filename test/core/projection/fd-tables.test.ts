// Which listener an accept() is on: fd tables over dup, fork, exec, close, and listeners older than the capture.
import { describe, expect, it } from 'vitest';
import { Scenario } from '../../support/scenario.ts';

const SOCK_CLOEXEC = 0o2000000;
const listenerOnly = { accepted: 1, unseen_arrivals: 0, left_in_queue: 0 };

/** A listener at fd 3 of task 100 with one connection queued. */
const queued = (): Scenario => new Scenario().listen(100, 3, 7, 5).arrive(7, 20, 30);

describe('a descriptor of a listener', () => {
  it.each([
    ['dup', (s: Scenario) => s.call(100, 'dup', [3], 9).call(100, 'accept', [9, 0, 0], 4)],
    [
      'dup2',
      (s: Scenario) => s.call(100, 'dup2', [3, 9], 9).call(100, 'close', [3], 0).call(100, 'accept', [9, 0, 0], 4),
    ],
    ['dup3', (s: Scenario) => s.call(100, 'dup3', [3, 9, SOCK_CLOEXEC], 9).call(100, 'accept4', [9, 0, 0, 0], 4)],
    ['fcntl F_DUPFD', (s: Scenario) => s.call(100, 'fcntl', [3, 0, 5], 9).call(100, 'accept', [9, 0, 0], 4)],
    ['fcntl F_DUPFD_CLOEXEC', (s: Scenario) => s.call(100, 'fcntl', [3, 1030, 5], 9).call(100, 'accept', [9, 0, 0], 4)],
    ['a thread', (s: Scenario) => s.event('task_fork', 101, [100, 100, 0], 100).call(101, 'accept', [3, 0, 0], 4, 100)],
    [
      'fork',
      (s: Scenario) =>
        s.event('task_fork', 101, [100, 100, 0], 101).call(100, 'close', [3], 0).call(101, 'accept', [3, 0, 0], 4),
    ],
    [
      'fork and exec',
      (s: Scenario) =>
        s
          .event('task_fork', 101, [100, 100, 0], 101)
          .event('task_comm', 101, [1, 1, 0])
          .call(101, 'accept', [3, 0, 0], 4),
    ],
    [
      'close_range of others',
      (s: Scenario) => s.call(100, 'close_range', [4, 4294967295, 0], 0).call(100, 'accept', [3, 0, 0], 4),
    ],
  ] as const)('follows %s', (_, accept) => {
    const { listeners, orphans } = accept(queued()).fold();
    expect(listeners).toHaveLength(1);
    expect(listeners[0]).toMatchObject(listenerOnly);
    expect(orphans).toEqual([]);
  });

  // two listeners, so that an accept() without a known listener cannot be given to the only one there is
  const two = (): Scenario => queued().listen(200, 3, 8, 5).arrive(8, 21, 31);

  it.each([
    ['close', (s: Scenario) => s.call(100, 'close', [3], 0)],
    ['close_range', (s: Scenario) => s.call(100, 'close_range', [3, 3, 0], 0)],
    ['a failed dup2 over it', (s: Scenario) => s.call(100, 'close', [3], 0).call(100, 'dup2', [55, 3], -9)],
  ] as const)('is gone after %s', (_, end) => {
    const { listeners, orphans } = end(two()).call(100, 'accept', [3, 0, 0], 4).fold();
    expect(listeners.map((listener) => listener.accepted)).toEqual([0, 0]);
    expect(orphans).toMatchObject([{ tid: 100, fd: 3, accepted: 1 }]);
  });

  it('is gone after exec when it was close-on-exec, and not otherwise', () => {
    const run = (flags: number): number[] => {
      const s = new Scenario().call(100, 'socket', [2, 1 | flags, 0], 3).enter(100, 'listen', [3, 5]);
      s.state(100, 7, 7, 10).exit(100, 'listen', 0).arrive(7, 20, 30).listen(200, 3, 8, 5).arrive(8, 21, 31);
      return s
        .event('task_comm', 100, [1, 1, 0])
        .call(100, 'accept', [3, 0, 0], 4)
        .fold()
        .listeners.map((listener) => listener.accepted);
    };
    expect(run(SOCK_CLOEXEC)).toEqual([0, 0]);
    expect(run(0)).toEqual([1, 0]);
  });

  it('stays the same when a number is used again for another listener', () => {
    const s = queued().call(100, 'close', [3], 0).closeListener(100, 7).listen(100, 3, 8, 5).arrive(8, 21, 31);
    const { listeners } = s.call(100, 'accept', [3, 0, 0], 4).fold();
    expect(listeners.map(({ accepted, aborted_at_close }) => [accepted, aborted_at_close])).toEqual([
      [0, 1],
      [1, 0],
    ]);
  });
});

describe('a listener older than the capture', () => {
  it('is tied to its accepts by the close() of an accepted connection', () => {
    const s = new Scenario().arrive(7, 20, 30).call(100, 'accept', [3, 0, 0], 4).listen(200, 3, 8, 5);
    s.enter(100, 'close', [4]).state(100, 20, 1, 4, 1, 30).exit(100, 'close', 0);
    const { listeners, orphans } = s.fold();
    expect(orphans).toEqual([]);
    expect(listeners[0]).toMatchObject({ opened_at_ns: null, enqueued: 1, accepted: 1, sk: 7 });
  });

  it('had connections in its queue when EAGAIN shows that more left than came', () => {
    const s = new Scenario().arrive(7, 20, 30);
    for (const fd of [4, 5, 6]) s.call(100, 'accept', [3, 0, 0], fd);
    s.enter(100, 'close', [6]).state(100, 20, 1, 4, 1, 30).exit(100, 'close', 0);
    const { listeners, connections } = s
      .wait(200_000)
      .call(100, 'accept', [3, 0, 0], -11)
      .wait(200_000)
      .arrive(7, 21, 31)
      .fold();
    expect(listeners[0]).toMatchObject({
      initial_depth: 2,
      synced: true,
      accepted: 3,
      enqueued: 2,
      unseen_arrivals: 0,
    });
    // first in, first out: the third accept took the one that was seen to arrive
    expect(connections.map(({ sk, end }) => [sk, end])).toEqual([
      [null, 'accepted'],
      [null, 'accepted'],
      [20, 'accepted'],
      [21, 'left'],
    ]);
  });

  it('had an empty queue when a task was asleep in accept() at the start', () => {
    const s = new Scenario().arrive(7, 20, 30).exit(100, 'accept', 4);
    s.call(100, 'accept', [3, 0, 0], -11).enter(100, 'close', [4]).state(100, 20, 1, 4, 1, 30).exit(100, 'close', 0);
    expect(s.fold().listeners[0]).toMatchObject({ initial_depth: 0, accepted: 1, enqueued: 1 });
  });

  it('shows itself by its end alone', () => {
    expect(new Scenario().closeListener(100, 7).fold().listeners).toMatchObject([
      { opened_at_ns: null, sk: 7, enqueued: 0 },
    ]);
  });
});
