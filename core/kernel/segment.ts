// A TCP segment as the path looks at it: flags, the four-tuple, sequence numbers and the length of its data.
import type { Addr } from './address.ts';

export const FIN = 1;
export const SYN = 2;
export const RST = 4;
export const PSH = 8;
export const ACK = 16;

export interface Segment {
  readonly flags: number;
  readonly saddr: Addr;
  readonly sport: number;
  readonly daddr: Addr;
  readonly dport: number;
  /** Sequence and acknowledgement numbers, unsigned 32 bits. */
  readonly seq: number;
  readonly ack: number;
  /** Bytes of data. */
  readonly length: number;
  /** Fast open option: 0 asks for a cookie, anything else is one; null where the segment has none. */
  readonly fastopen: number | null;
}
