// Who accepts in a live replay: those of the workload, or as many as asked for, each like one of the workload's.
import type { Prepared } from '../what-if/prepared.ts';
import type { Settings } from '../what-if/settings.ts';
import type { AcceptorWork } from './acceptor-loop.ts';

/** Acceptors beyond the recorded ones begin elsewhere in the lists, as in the model. */
const STRIDE = 7919;

/** @param speed how much faster than recorded all goes. */
export function acceptorWorks(prepared: Prepared, settings: Settings, speed: number): AcceptorWork[] {
  const own = prepared.acceptors;
  const count = own.length === 0 ? 0 : (settings.acceptors ?? own.length);
  const asRecorded = settings.acceptors === null && settings.members === prepared.workload.members;
  return Array.from({ length: count }, (_, who) => {
    const of = own[who % own.length];
    const stalls = [...(settings.recorded_stalls ? of.stalls : []), ...settings.stalls];
    return {
      who,
      member: asRecorded ? of.member : who % settings.members,
      ready: of.ready / speed,
      service: of.service.map((ns) => (ns * settings.service_scale) / speed),
      wake: of.wake.map((ns) => ns / speed),
      from: Math.floor(who / own.length) * STRIDE,
      stalls: stalls
        .map(({ at_ns, duration_ns }) => ({ at_ns: at_ns / speed, duration_ns: duration_ns / speed }))
        .sort((a, b) => a.at_ns - b.at_ns),
      answers: prepared.workload.clients.follows === 'response',
    };
  });
}
