// When clients come in a live replay, on its clock, and how they behave.
import type { Prepared } from '../what-if/prepared.ts';
import type { Settings } from '../what-if/settings.ts';
import { LISTENER_PORT } from './socket-address.ts';

export interface ClientWork {
  /** Of open clients, or first ones of slots: nanoseconds of the replay's clock, ascending. */
  readonly arrivals: Float64Array;
  /** When clients stop: nobody comes again, and who has no connection yet gives up. Infinity for never. */
  readonly stop: number;
  /** Member of each arrival, or of each slot's connections one slot after the other; empty to leave it to the kernel. */
  readonly members: Int32Array;
  readonly closed: boolean;
  readonly follows: 'connected' | 'response' | null;
  readonly think: Float64Array;
  readonly thinkFrom: Int32Array;
  /** The application's own limit on connect(); Infinity for none. */
  readonly timeout: number;
  readonly speaksFirst: boolean;
  readonly resets: boolean;
  /** How long a client whose final ACK was refused can still get in. */
  readonly requestLife: number;
  readonly acceptors: number;
  /** The listeners'. */
  readonly port: number;
  /** Which addresses are theirs: that of the first one. */
  readonly first: number;
}

const SECOND = 1e9;

/**
 * @param speed how much faster than recorded all goes; the kernel's own timers go as they do.
 * A handshake on loopback takes no time: clients come later by what theirs took, and so reach the queue when they did.
 */
export function clientWork(prepared: Prepared, settings: Settings, speed: number, acceptors: number): ClientWork {
  const { clients, members } = prepared.workload;
  const faster = speed * settings.rate;
  const shift = clients.handshake_ns / speed;
  return {
    arrivals: prepared.arrivals.map((ns) => ns / faster + shift),
    stop: clients.stop_ns === null ? Number.POSITIVE_INFINITY : clients.stop_ns / speed + shift,
    members: settings.members > 1 && settings.members === members ? prepared.members : new Int32Array(0),
    closed: prepared.closed,
    follows: clients.follows,
    think: prepared.think.map((ns) => ns / faster + shift),
    thinkFrom: prepared.thinkFrom,
    timeout: clients.retry.timeout_ns ?? Number.POSITIVE_INFINITY,
    speaksFirst: clients.speaks_first,
    resets: clients.resets,
    requestLife: (2 ** (settings.tcp_synack_retries + 1) - 1) * SECOND,
    acceptors,
    port: LISTENER_PORT,
    first: 0,
  };
}
