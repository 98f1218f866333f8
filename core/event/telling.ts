// Events that change how others are understood: a capture with one of them has its probe, whether or not it said so before.
import { EVENT_TYPES, eventCode } from './event-type.ts';

/** Their types, and what their probes are called. */
export const TELLING: readonly (readonly [code: number, probe: string])[] = [
  [eventCode('inet_sock_set_state'), 'sock:inet_sock_set_state'],
  [eventCode('sk_data_ready'), 'sock:sk_data_ready'],
  [eventCode('queue_drop'), 'acceptq:queue_drop'],
];

/** By event type: a bit for each of them, 0 for all others. */
export const TELLING_BITS: Uint8Array = (() => {
  const bits = new Uint8Array(EVENT_TYPES.length);
  for (const [k, [code]] of TELLING.entries()) bits[code] = 1 << k;
  return bits;
})();

/** The probes that a sum of such bits stands for. */
export const probesOfBits = (bits: number): string[] =>
  TELLING.filter((_, k) => ((bits >> k) & 1) === 1).map(([, probe]) => probe);
