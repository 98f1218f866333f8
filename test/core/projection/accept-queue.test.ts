// The accept queue: order, conservation, what unseen events do to it, and when clients were refused.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Scenario } from '../../support/scenario.ts';

const MS = 1_000_000;

describe('an accept queue', () => {
  it('keeps order and loses nothing, whatever comes and goes', () => {
    const step = fc.constantFrom('arrive', 'accept', 'accept', 'eagain', 'wait');
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), fc.boolean(), (steps, close) => {
        const s = new Scenario().listen(100, 3, 7, 128);
        let depth = 0;
        let arrivals = 0;
        let accepts = 0;
        for (const what of steps) {
          s.wait(200_000);
          if (what === 'arrive') {
            s.arrive(7, 1000 + arrivals, 2000 + arrivals);
            arrivals++;
            depth++;
          } else if (what === 'accept' && depth > 0) {
            s.call(100, 'accept4', [3, 0, 0, 0], 10);
            accepts++;
            depth--;
          } else if (what === 'eagain' && depth === 0) s.call(100, 'accept4', [3, 0, 0, 0], -11);
        }
        if (close) s.closeListener(100, 7);
        const { listeners, connections } = s.fold();
        const [listener] = listeners;
        expect(listener).toMatchObject({
          enqueued: arrivals,
          accepted: accepts,
          unseen_arrivals: 0,
          unseen_accepts: 0,
        });
        expect(listener.enqueued).toBe(listener.accepted + listener.left_in_queue + listener.aborted_at_close);
        expect(close ? listener.aborted_at_close : listener.left_in_queue).toBe(depth);
        expect(connections.map((connection) => connection.sk)).toEqual(
          Array.from({ length: arrivals }, (_, i) => 1000 + i),
        );
        for (const { enqueued_at_ns, dequeued_at_ns } of connections) {
          if (dequeued_at_ns !== null) expect(dequeued_at_ns).toBeGreaterThanOrEqual(enqueued_at_ns as number);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('gives each connection to the accept() that was entered while it waited, or the one it woke', () => {
    const s = new Scenario()
      .listen(100, 3, 7, 5)
      .enter(100, 'accept', [3, 0, 0])
      .wait(5 * MS);
    const { connections } = s
      .arrive(7, 20, 30)
      .exit(100, 'accept', 4)
      .wait(MS)
      .arrive(7, 21, 31)
      .wait(MS)
      .call(100, 'accept', [3, 0, 0], 5)
      .fold();
    const [woken, waiting] = connections.map(
      ({ enqueued_at_ns, dequeued_at_ns }) => (dequeued_at_ns as number) - (enqueued_at_ns as number),
    );
    expect(woken).toBeLessThan(10_000);
    expect(waiting).toBeGreaterThan(MS);
  });

  it('gives a connection to the call that was over first when two raced for it, and the next one to the other, which slept', () => {
    const s = new Scenario().listen(100, 3, 7, 5);
    // a call that finds one at once tells how long such a call takes
    s.arrive(7, 20, 30).wait(MS).call(100, 'accept', [3, 0, 0], 4).wait(MS);
    s.arrive(7, 21, 31).wait(MS).enter(101, 'accept', [3, 0, 0], 100).enter(102, 'accept', [3, 0, 0], 100);
    s.wait(5000).exit(102, 'accept', 5, 100).wait(200_000).arrive(7, 22, 32).wait(150_000).exit(101, 'accept', 6, 100);
    const { connections, listeners } = s.wait(MS).fold();
    expect(connections.map(({ sk, tid }) => [sk, tid])).toEqual([
      [20, 100],
      [21, 102],
      [22, 101],
    ]);
    expect(listeners[0]).toMatchObject({ accepted: 3, unseen_arrivals: 0, unseen_accepts: 0, left_in_queue: 0 });
  });

  it('counts an accept without an arrival as unseen, and an arrival that EAGAIN denies as gone unseen', () => {
    const s = new Scenario()
      .listen(100, 3, 7, 5)
      .wait(MS)
      .call(100, 'accept', [3, 0, 0], 4)
      .wait(MS)
      .arrive(7, 20, 30)
      .wait(MS);
    expect(s.call(100, 'accept', [3, 0, 0], -11).fold().listeners[0]).toMatchObject({
      accepted: 1,
      enqueued: 1,
      unseen_arrivals: 1,
      unseen_accepts: 1,
      left_in_queue: 0,
    });
  });

  it('loses a connection to an accept() that fails after taking it', () => {
    const s = new Scenario().listen(100, 3, 7, 5).arrive(7, 20, 30).wait(MS).call(100, 'accept', [3, 1, 1], -14);
    expect(s.fold()).toMatchObject({
      listeners: [{ accepted: 0, lost_in_accept: 1, left_in_queue: 0 }],
      connections: [{ end: 'lost_in_accept' }],
    });
  });

  it('keeps the connection when accept() fails before it looks at the queue', () => {
    const s = new Scenario().listen(100, 3, 7, 5).arrive(7, 20, 30).wait(MS).call(100, 'accept', [3, 0, 0], -24);
    expect(s.fold().listeners[0]).toMatchObject({ accepted: 0, lost_in_accept: 0, left_in_queue: 1 });
  });

  it('keeps a child that its client reset: only accept() takes it out', () => {
    const s = new Scenario()
      .listen(100, 3, 7, 5)
      .arrive(7, 20, 30)
      .state(0, 20, 1, 7, 1, 30)
      .wait(MS)
      .call(100, 'accept', [3, 0, 0], 4);
    expect(s.fold()).toMatchObject({
      listeners: [{ accepted: 1, depth_max: 1 }],
      connections: [{ sk: 20, end: 'accepted' }],
    });
  });

  it('tells two lives of one kernel address apart', () => {
    const s = new Scenario()
      .listen(100, 3, 7, 5)
      .arrive(7, 20, 30)
      .closeListener(100, 7)
      .listen(100, 3, 7, 9)
      .arrive(7, 20, 31);
    const { listeners } = s.wait(MS).call(100, 'accept', [3, 0, 0], 4).fold();
    expect(
      listeners.map(({ generation, requested, aborted_at_close, accepted }) => [
        generation,
        requested,
        aborted_at_close,
        accepted,
      ]),
    ).toEqual([
      [1, 5, 1, 0],
      [2, 9, 0, 1],
    ]);
  });

  it('finds the listener by address where sk_data_ready is not recorded (Linux before 6.3)', () => {
    const s = new Scenario()
      .listen(100, 3, 7, 5)
      .state(0, 20, 10, 3, 1, 30)
      .state(0, 20, 3, 1, 1, 30)
      .wait(MS)
      .call(100, 'accept', [3, 0, 0], 4);
    expect(s.fold({ dataReady: false }).listeners[0]).toMatchObject({ enqueued: 1, accepted: 1, ambiguous: 0 });
  });

  it('gives no arrival to either of two listeners on one address that nothing tells apart', () => {
    const s = new Scenario()
      .listen(100, 3, 7, 5)
      .listen(200, 3, 8, 5)
      .state(0, 20, 10, 3, 1, 30)
      .state(0, 20, 3, 1, 1, 30);
    expect(s.fold({ dataReady: false }).listeners.map(({ enqueued, ambiguous }) => [enqueued, ambiguous])).toEqual([
      [0, 1],
      [0, 1],
    ]);
  });

  it('forgets a listener whose listen() failed after the state change', () => {
    const s = new Scenario().call(100, 'socket', [2, 1, 0], 3).enter(100, 'listen', [3, 5]);
    const { listeners, calls } = s.state(100, 7, 7, 10).state(100, 7, 10, 7).exit(100, 'listen', -98).fold();
    expect(listeners).toEqual([]);
    expect(calls).toMatchObject([{ result: -98, backlog: 5, endpoint: 1, listener: null }]);
  });
});

describe('clients on the host', () => {
  /** A backlog of 0 and one connection queued: full. */
  const full = (): Scenario => new Scenario().listen(100, 3, 7, 0).arrive(7, 20, 30).wait(MS);

  it('were refused when their SYN is sent again', () => {
    const s = full()
      .connect(40)
      .wait(1000 * MS)
      .event('tcp_retransmit_skb', 0, [40, 2, 50, 1]);
    expect(s.fold().refusals).toMatchObject([{ kind: 'syn', client: 50, depth_low: 1, depth_high: 1 }]);
  });

  it('were refused when the answer comes only after a retransmission that was not recorded', () => {
    const s = full()
      .connect(40)
      .wait(1000 * MS)
      .state(0, 40, 2, 1, 50, 1);
    expect(s.fold().refusals).toMatchObject([{ kind: 'syn', client: 50 }]);
  });

  it('were refused when they gave up, and not when they were answered or reset at once', () => {
    expect(
      full()
        .connect(40)
        .wait(200 * MS)
        .state(500, 40, 2, 7, 1, 1)
        .fold().refusals,
    ).toHaveLength(1);
    expect(full().connect(40).state(500, 40, 2, 7, 1, 1).fold().refusals).toEqual([]);
    expect(
      full()
        .connect(40)
        .state(0, 40, 2, 1, 50, 1)
        .wait(900 * MS)
        .fold().refusals,
    ).toEqual([]);
  });

  it('are matched to their connection: first SYN and number of SYNs', () => {
    const s = new Scenario()
      .listen(100, 3, 7, 5)
      .connect(40)
      .wait(1000 * MS)
      .event('tcp_retransmit_skb', 0, [40, 2, 30, 1])
      .state(0, 40, 2, 1, 30, 1);
    const { connections } = s.arrive(7, 20, 30).fold();
    expect(connections[0]).toMatchObject({ syns: 2, remote: 30 });
    expect((connections[0].enqueued_at_ns as number) - (connections[0].syn_at_ns as number)).toBeGreaterThan(1000 * MS);
  });

  it('had their final ACK refused when the kernel says so', () => {
    expect(full().event('kfree_skb', 0, [7, 99, undefined, 6]).fold().refusals).toMatchObject([
      { kind: 'ack', depth_high: 1 },
    ]);
    expect(full().event('kfree_skb', 0, [7, 97, undefined, 6]).fold().refusals).toEqual([]);
  });

  it('are not held in memory to the end, however many were refused: each has its length soon after', () => {
    const s = new Scenario().listen(100, 3, 7, 5);
    const lengths: number[] = [];
    for (let k = 0; k < 20_000; k++) {
      const length = k % 4;
      if (length > 0) s.arrive(7, 100 + k, 30 + k);
      s.wait(3 * MS)
        .event('kfree_skb', 0, [7, 99, undefined, 6])
        .wait(3 * MS);
      lengths.push(length);
      if (length === 3) for (let n = 0; n < 3; n++) s.call(100, 'accept', [3, 0, 0], 4);
    }
    const { refusals, refusedEarly } = s.fold();
    expect(refusals.map(({ depth_low }) => depth_low)).toEqual(lengths);
    expect(refusals.map(({ depth_high }) => depth_high)).toEqual(lengths);
    expect(refusedEarly).toBeGreaterThan(lengths.length / 2);
  });
});

describe('gaps', () => {
  it('reach from the last event of that CPU to the notice of loss', () => {
    const s = new Scenario().listen(100, 3, 7, 5);
    const before = s.now;
    const { gaps } = s.wait(MS).event('lost', -1, [12]).fold();
    expect(gaps).toEqual([{ kind: 'lost', cpu: 0, from_ns: before, to_ns: before + MS + 1000, count: 12 }]);
  });
});
