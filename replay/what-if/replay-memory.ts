// What a replay keeps of each connection and of what is to happen, in memory that the next replay of as many connections uses again.
import type { Prepared } from './prepared.ts';
import { agendaOfReplay } from './replay-events.ts';

export class ReplayMemory {
  /** Empty when a replay is over. */
  readonly events = agendaOfReplay();
  /** SYNs sent. */
  readonly sent: Uint8Array;
  /** When its request was made, nanoseconds; answered by a cookie, no request waits. */
  readonly requested: Float64Array;
  readonly cookie: Uint8Array;
  /** Final ACKs that came. */
  readonly acks: Uint8Array;
  /** Of a closed client's connection: its first SYN, its slot, where it is among the recorded ones. */
  readonly first: Float64Array;
  readonly slot: Int32Array;
  readonly place: Int32Array;
  /** Of those accepted and of those connected, in that order, nanoseconds. */
  readonly waits: Float64Array;
  readonly connects: Float64Array;

  constructor({ connections, closed }: Prepared) {
    this.sent = new Uint8Array(connections);
    this.requested = new Float64Array(connections);
    this.cookie = new Uint8Array(connections);
    this.acks = new Uint8Array(connections);
    this.first = new Float64Array(closed ? connections : 0);
    this.slot = new Int32Array(closed ? connections : 0);
    this.place = new Int32Array(closed ? connections : 0);
    this.waits = new Float64Array(connections);
    this.connects = new Float64Array(connections);
  }

  /** The others are written before they are read. */
  clear(): void {
    this.sent.fill(0);
    this.acks.fill(0);
  }
}
