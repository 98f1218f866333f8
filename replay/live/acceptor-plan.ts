// Who accepts in a live replay: the same acceptors as in the model, on the replay's clock.
import type { Prepared } from '../what-if/prepared.ts';
import { acceptorsOf } from '../what-if/replay-acceptors.ts';
import type { Settings } from '../what-if/settings.ts';
import type { AcceptorWork } from './acceptor-loop.ts';

/** @param speed how much faster than recorded all goes. */
export const acceptorWorks = (prepared: Prepared, settings: Settings, speed: number): AcceptorWork[] =>
  acceptorsOf(prepared, settings).map(({ of, member, stalls, service }, who) => ({
    who,
    member,
    ready: of.ready / speed,
    service: of.service.map((ns) => (ns * settings.service_scale) / speed),
    wake: of.wake.map((ns) => ns / speed),
    from: service,
    stalls: stalls.map(({ at_ns, duration_ns }) => ({ at_ns: at_ns / speed, duration_ns: duration_ns / speed })),
    answers: prepared.workload.clients.follows === 'response',
    first: 0,
  }));
