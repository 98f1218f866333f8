// Who accepts in a live replay: the same acceptors as in the model, on the replay's clock.
import type { Prepared } from '../what-if/prepared.ts';
import { acceptorsOf } from '../what-if/replay-acceptors.ts';
import type { Settings } from '../what-if/settings.ts';
import type { AcceptorWork } from './acceptor-loop.ts';

/** @param speed how much faster than recorded all goes. */
export function acceptorWorks(prepared: Prepared, settings: Settings, speed: number): AcceptorWork[] {
  const { pool, workload } = prepared;
  const lists = new Map<Float64Array, Float64Array>();
  /** Times multiplied, once for all acceptors that have them: their threads see the same memory. */
  const shared = (times: Float64Array, factor: number): Float64Array => {
    const known = lists.get(times);
    if (known !== undefined) return known;
    const own = new Float64Array(new SharedArrayBuffer(times.byteLength));
    for (let k = 0; k < times.length; k++) own[k] = times[k] * factor;
    lists.set(times, own);
    return own;
  };
  return acceptorsOf(prepared, settings).map(({ of, member, stalls, service }, who) => ({
    who,
    member,
    ready: of.ready / speed,
    service: shared(pool ?? of.service, settings.service_scale / speed),
    wake: shared(of.wake, 1 / speed),
    pooled: pool !== null,
    ahead: of.ahead,
    from: service,
    stalls: stalls.map(({ at_ns, duration_ns }) => ({ at_ns: at_ns / speed, duration_ns: duration_ns / speed })),
    answers: workload.clients.follows === 'response',
    first: 0,
  }));
}
