// Properties of the accept queue in the model, against a queue kept by hand: admission, order, and that nothing is lost or made up.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LOOPBACK4 } from '../../../core/kernel/address.ts';
import type { OpenFile } from '../../../core/kernel/files.ts';
import { Host } from '../../../core/kernel/host.ts';
import { type KernelProfile, KNOWN_RELEASES, kernelProfile } from '../../../core/kernel/profile.ts';
import { ACK, RST, SYN } from '../../../core/kernel/segment.ts';
import type { Sock } from '../../../core/kernel/sock.ts';
import { SO_REUSEADDR, SOL_SOCKET, setSockOpt } from '../../../core/kernel/sockopt.ts';
import * as sys from '../../../core/kernel/syscalls.ts';
import { ModelKernel } from '../../../replay/model/model-kernel.ts';
import { generateProgram } from '../../conformance/generate.ts';

const PORT = 8080;
const CLIENT = 0x0a000001;

type Event =
  | { readonly kind: 'handshake'; readonly client: number }
  | { readonly kind: 'reset'; readonly client: number }
  | { readonly kind: 'accept' }
  | { readonly kind: 'shutdown' }
  | { readonly kind: 'listen'; readonly backlog: number };

const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('handshake' as const), client: fc.nat(500) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reset' as const), client: fc.nat(500) }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('accept' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('listen' as const), backlog: fc.nat(6) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('shutdown' as const) }) },
);

class Rig {
  readonly host: Host;
  readonly task;
  readonly fd: number;
  #isn = 0;
  constructor(profile: KernelProfile) {
    this.host = new Host({ profile });
    this.task = this.host.spawn();
    this.task.nofile = 100_000;
    this.fd = sys.socket(this.task, 2, 1 | 0o4000, 0);
    // Without it a listen() after shutdown() meets the connections that were accepted before: EADDRINUSE.
    const { socket } = this.task.files.raw(this.fd) as OpenFile;
    if (socket !== null) setSockOpt(socket, SOL_SOCKET, SO_REUSEADDR, 1);
    sys.bind(this.task, this.fd, { family: 2, addr: LOOPBACK4, port: PORT, length: 16 });
    this.host.net.onWire = (segment) => {
      if (segment.flags === (SYN | ACK)) this.#isn = segment.seq;
    };
  }
  get sk(): Sock {
    return this.task.files.raw(this.fd)?.socket?.sk as Sock;
  }
  #send(client: number, flags: number, seq: number, ack: number): void {
    this.host.net.receive({
      flags,
      saddr: CLIENT,
      sport: 1024 + client,
      daddr: LOOPBACK4,
      dport: PORT,
      seq,
      ack,
      length: 0,
      fastopen: null,
    });
  }
  handshake(client: number): void {
    this.#send(client, SYN, 1, 0);
    this.#send(client, ACK, 2, (this.#isn + 1) >>> 0);
  }
  reset(client: number): void {
    this.#send(client, RST, 2, 0);
  }
  /** The client's number, or null for an empty queue. */
  accept(): number | null {
    const fd = sys.accept4(this.task, this.fd, 0);
    if (fd < 0) return null;
    const child = this.task.files.raw(fd)?.socket?.sk as Sock;
    const client = child.dport - 1024;
    sys.close(this.task, fd);
    return client;
  }
}

const profileOf = (release: string): KernelProfile => {
  const profile = kernelProfile(release);
  if (profile === null) throw new Error(release);
  return profile;
};

describe.each(['4.19', '5.10.223', '6.1', '6.18', '7.2'])('accept queue of %s', (release) => {
  it('admits up to backlog + 1, gives out in order of arrival, loses and invents nothing', () => {
    fc.assert(
      fc.property(fc.nat(6), fc.array(event, { maxLength: 120 }), (first, events) => {
        const rig = new Rig(profileOf(release));
        let backlog = first;
        sys.listen(rig.task, rig.fd, backlog);
        let queue: number[] = [];
        const known = new Set<number>();
        let [enqueued, accepted, aborted] = [0, 0, 0];
        for (const step of events) {
          if (step.kind === 'listen') {
            backlog = step.backlog;
            sys.listen(rig.task, rig.fd, backlog);
          } else if (step.kind === 'accept') {
            const client = rig.accept();
            expect(client).toBe(queue.shift() ?? null);
            if (client !== null) accepted++;
          } else if (step.kind === 'shutdown') {
            sys.shutdown(rig.task, rig.fd, 0);
            aborted += queue.length;
            queue = [];
            expect(rig.sk.ackBacklog).toBe(0);
            sys.listen(rig.task, rig.fd, backlog);
          } else if (step.kind === 'reset') {
            // Whoever is queued stays queued; the four-tuple is free again.
            rig.reset(step.client);
          } else if (!known.has(step.client)) {
            known.add(step.client);
            const room = queue.length <= backlog;
            rig.handshake(step.client);
            if (room) {
              enqueued++;
              queue.push(step.client);
              expect(rig.sk.ackBacklog).toBeLessThanOrEqual(backlog + 1);
            }
          }
          expect(rig.sk.ackBacklog).toBe(queue.length);
        }
        const { PassiveOpens } = rig.host.net.mib;
        expect(PassiveOpens).toBe(enqueued);
        expect(PassiveOpens).toBe(accepted + aborted + rig.sk.ackBacklog);
      }),
      { numRuns: 150 },
    );
  });
});

describe('the model as a machine', () => {
  it('says the same of the same program, byte for byte', () => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom(...KNOWN_RELEASES), (seed, release) => {
        const program = generateProgram(seed);
        const play = (): string => JSON.stringify(new ModelKernel({ profile: profileOf(release) }).playOne(program));
        expect(play()).toBe(play());
      }),
      { numRuns: 200 },
    );
  });

  it('never has a negative queue, nor more in it than any backlog of the program admits', () => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom(...KNOWN_RELEASES), (seed, release) => {
        const { outcomes } = new ModelKernel({ profile: profileOf(release) }).playOne(generateProgram(seed));
        const looks = outcomes.flatMap(({ changed }) => changed);
        const largest = Math.max(0, ...looks.map(({ maxAckBacklog }) => maxAckBacklog));
        // Connections that move to another member are not asked for room.
        const moved = outcomes.some(({ counters }) => counters.TCPMigrateReqSuccess !== undefined);
        for (const look of looks) {
          expect(look.ackBacklog).toBeGreaterThanOrEqual(0);
          if (!moved) expect(look.ackBacklog).toBeLessThanOrEqual(largest + 1);
        }
        for (const { counters } of outcomes) {
          expect(counters.ListenDrops ?? 0).toBeGreaterThanOrEqual(counters.ListenOverflows ?? 0);
        }
      }),
      { numRuns: 300 },
    );
  });
});
