// The replay's clock of events against the whole kernel model: same arrivals, same acceptors, every SYN and accept() made there.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Host } from '../../../core/kernel/host.ts';
import { kernelProfile } from '../../../core/kernel/profile.ts';
import { ACK, RST, SYN } from '../../../core/kernel/segment.ts';
import type { Sock } from '../../../core/kernel/sock.ts';
import * as sys from '../../../core/kernel/syscalls.ts';
import { afterSyn } from '../../../replay/what-if/client-retries.ts';
import { prepare } from '../../../replay/what-if/prepared.ts';
import { settingsOf } from '../../../replay/what-if/settings.ts';
import { Replay } from '../../../replay/what-if/simulate.ts';
import type { Workload } from '../../../replay/workload/workload.ts';
import { acceptorOf, workloadOf } from './made.ts';

const LOOPBACK = 0x7f000001;
const PORT = 80;
const O_NONBLOCK = 0o4000;

interface Happened {
  readonly overflows: number;
  readonly enqueued: number;
  readonly waits: number[];
  readonly deepest: number;
  readonly gaveUp: number;
}

/** Plays an open workload without a handshake's time to the kernel model, with a list of events that is sorted each time. */
function inTheKernel(workload: Workload): Happened {
  const profile = kernelProfile(workload.kernel);
  if (profile === null) throw new Error('a release of the table');
  const host = new Host({ profile });
  const task = host.spawn();
  const fd = sys.socket(task, 2, 1 | O_NONBLOCK, 0);
  sys.bind(task, fd, { family: 2, addr: LOOPBACK, port: PORT, length: 16 });
  sys.listen(task, fd, workload.settings.backlog);
  const sk = task.files.raw(fd)?.socket?.sk as Sock;
  let synAck: number | null = null;
  host.net.onWire = ({ flags, seq }) => {
    if ((flags & (SYN | ACK)) === (SYN | ACK)) synAck = seq;
  };
  const send = (client: number, flags: number, seq: number, ack: number): void =>
    host.net.receive({
      flags,
      saddr: 0x0a000001 + client,
      sport: 5000,
      daddr: LOOPBACK,
      dport: PORT,
      seq,
      ack,
      length: 0,
      fastopen: null,
    });
  const events: { at: number; order: number; what: () => void }[] = [];
  let order = 0;
  const plan = (at: number, what: () => void): void => {
    events.push({ at, order: order++, what });
    events.sort((a, b) => a.at - b.at || a.order - b.order);
  };
  const happened = { enqueued: 0, waits: [] as number[], deepest: 0, gaveUp: 0 };
  const queue: { client: number; at: number; seq: number }[] = [];
  const idle: number[] = [];
  const used = workload.acceptors.map(() => ({ service: 0, wake: 0 }));
  const ready = (who: number): void => {
    const result = sys.accept4(task, fd, 0);
    if (result < 0) {
      idle.push(who);
      return;
    }
    const first = queue.shift();
    if (first === undefined) throw new Error('accept() returned what nobody sent');
    happened.waits.push(host.now - first.at);
    send(first.client, RST | ACK, 1001, (first.seq + 1) >>> 0);
    sys.close(task, result);
    const { service_ns: service } = workload.acceptors[who];
    plan(host.now + service[used[who].service++ % service.length], () => ready(who));
  };
  const syn = (client: number, first: number, sent: number): void => {
    synAck = null;
    send(client, SYN, 1000, 0);
    if (synAck === null) {
      const next = afterSyn(workload.clients.retry, first, host.now, sent);
      if (next.again) plan(next.at, () => syn(client, first, sent + 1));
      else happened.gaveUp++;
      return;
    }
    const before = sk.ackBacklog;
    send(client, ACK, 1001, (synAck + 1) >>> 0);
    if (sk.ackBacklog !== before + 1) throw new Error('the SYN found room, and its ACK in the same instant did not');
    happened.enqueued++;
    happened.deepest = Math.max(happened.deepest, sk.ackBacklog);
    queue.push({ client, at: host.now, seq: synAck });
    const who = idle.shift();
    if (who === undefined) return;
    const { wake_ns: wake } = workload.acceptors[who];
    plan(host.now + wake[used[who].wake++ % wake.length], () => ready(who));
  };
  // of what happens at one instant, arrivals come first, as in the replay
  workload.clients.arrivals_ns.forEach((at, client) => {
    plan(at, () => syn(client, at, 1));
  });
  workload.acceptors.forEach(({ ready_ns }, who) => {
    plan(ready_ns, () => ready(who));
  });
  while (events.length > 0) {
    const next = events.shift() as (typeof events)[number];
    host.advance(next.at);
    next.what();
  }
  return { ...happened, overflows: host.net.mib.ListenOverflows };
}

const ms = (most: number) => fc.integer({ min: 1, max: most * 1000 }).map((us) => us * 1000);

const workloads = fc
  .record({
    backlog: fc.integer({ min: 0, max: 8 }),
    gaps: fc.array(fc.oneof(fc.constant(1000), ms(5)), { minLength: 1, maxLength: 120 }),
    acceptors: fc.array(
      fc.record({
        service: fc.array(ms(20), { minLength: 1, maxLength: 5 }),
        wake: fc.array(ms(1), { minLength: 1, maxLength: 3 }),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    retries: fc.integer({ min: 0, max: 3 }),
    linear: fc.integer({ min: 0, max: 2 }),
  })
  .map(({ backlog, gaps, acceptors, retries, linear }) => {
    let at = 0;
    const arrivals = gaps.map((gap, k) => {
      at += gap + k; // no two at once
      return at;
    });
    return workloadOf(
      backlog,
      { arrivals_ns: arrivals, retry: { initial_ms: 1000, linear, retries, wheel: null, timeout_ns: null } },
      // instants that are nobody else's, so that no tie has to be broken
      acceptors.map(({ service, wake }, k) => ({
        ...acceptorOf(
          service.map((ns, j) => ns + 13 * (k + 1) + 7 * j),
          wake.map((ns, j) => ns + 17 * (k + 1) + 3 * j),
        ),
        ready_ns: 101 * (k + 1),
      })),
    );
  });

describe('a replay and the kernel model', () => {
  it('agree on every overflow, enqueue and wait', () => {
    fc.assert(
      fc.property(workloads, (workload) => {
        const kernel = inTheKernel(workload);
        const replay = new Replay(prepare(workload), settingsOf(workload));
        const outcome = replay.run();
        expect(outcome.overflows).toBe(kernel.overflows);
        expect(outcome.enqueued).toBe(kernel.enqueued);
        expect(outcome.accepted).toBe(kernel.waits.length);
        expect(outcome.gave_up).toBe(kernel.gaveUp);
        expect(outcome.depth.max).toBe(kernel.deepest);
        expect([...replay.counts.waits.subarray(0, outcome.accepted)].sort((a, b) => a - b)).toEqual(
          kernel.waits.sort((a, b) => a - b),
        );
      }),
      { numRuns: 300 },
    );
  });
});
