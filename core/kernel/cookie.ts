// SYN cookies (net/ipv4/syncookies.c): a sequence number that proves later that its SYN-ACK was ours. The hash is the model's own.
import { endpointKey } from './address.ts';
import type { Segment } from './segment.ts';
import type { Sock } from './sock.ts';

/** Cookies change every minute and are taken for two. */
const COOKIE_PERIOD_NS = 60_000_000_000;
const MAX_SYNCOOKIE_AGE = 2;
const COOKIE_BITS = 24;
/** TCP_SYNCOOKIE_VALID: how long after the last full SYN queue an ACK is looked at as a cookie. */
const SYNCOOKIE_VALID_NS = MAX_SYNCOOKIE_AGE * COOKIE_PERIOD_NS;

function hash(segment: Segment, isn: number): number {
  const a = endpointKey(segment.saddr % 2 ** 32, segment.sport);
  const b = endpointKey(segment.daddr % 2 ** 32, segment.dport);
  let h = 0x811c9dc5;
  for (const part of [a % 2 ** 32, Math.floor(a / 2 ** 32), b % 2 ** 32, isn]) {
    h = Math.imul(h ^ part, 0x01000193);
    h ^= h >>> 15;
  }
  return h & ((1 << COOKIE_BITS) - 1);
}

const minute = (now: number): number => Math.floor(now / COOKIE_PERIOD_NS) & 0xff;

/** cookie_init_sequence: minute in the high byte, hash below. */
export const cookieInitSequence = (now: number, syn: Segment): number =>
  ((minute(now) << COOKIE_BITS) | hash(syn, syn.seq)) >>> 0;

/** __cookie_v4_check: whether the acknowledged number is a cookie of this connection, two minutes old at most. */
export function cookieIsValid(now: number, ack: Segment): boolean {
  const cookie = (ack.ack - 1) >>> 0;
  const age = (minute(now) - (cookie >>> COOKIE_BITS)) & 0xff;
  return age < MAX_SYNCOOKIE_AGE && (cookie & ((1 << COOKIE_BITS) - 1)) === hash(ack, (ack.seq - 1) >>> 0);
}

/** tcp_synq_overflow: a cookie was sent now. A reuseport group remembers it together. */
export function tcpSynqOverflow(sk: Sock): void {
  const { now } = sk.net.host;
  if (sk.reuseport && sk.reuseportGroup !== null) sk.reuseportGroup.overflowNs = now;
  else sk.acceptQueue().overflowNs = now;
}

/** tcp_synq_no_recent_overflow. */
export function tcpSynqNoRecentOverflow(sk: Sock): boolean {
  const group = sk.reuseport ? sk.reuseportGroup : null;
  const last = group === null ? sk.acceptQueue().overflowNs : group.overflowNs;
  return sk.net.host.now - last > SYNCOOKIE_VALID_NS;
}
