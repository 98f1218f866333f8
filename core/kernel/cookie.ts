// SYN cookies (net/ipv4/syncookies.c): a sequence number that proves later that its SYN-ACK was ours. The hash is the model's own.
import { endpointKey } from './address.ts';
import type { Segment } from './segment.ts';
import type { Sock } from './sock.ts';

/** Cookies change every minute and are taken for two. */
const COOKIE_PERIOD_NS = 60_000_000_000;
const MAX_SYNCOOKIE_AGE = 2;
const COOKIE_BITS = 24;
/** TCP_SYNCOOKIE_VALID, seconds: how long after the last full SYN queue an ACK is looked at as a cookie. */
const SYNCOOKIE_VALID_SECONDS = 120;

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
  const stamp = sk.net.host.jiffies32();
  if (sk.reuseport && sk.reuseportGroup !== null) sk.reuseportGroup.overflowStamp = stamp;
  else sk.acceptQueue().overflowStamp = stamp;
}

/**
 * tcp_synq_no_recent_overflow. The stamp of a listener that never sent a cookie is 0, and since 5.5 jiffies are compared as 32 bits
 * (time_between32): from one second before they pass 0 to two minutes after it, every listener seems to have overflowed. That is 299 s to
 * 420 s after boot, and once in 2^32 ticks; stray ACKs then count as SyncookiesFailed.
 */
export function tcpSynqNoRecentOverflow(sk: Sock): boolean {
  const { host } = sk.net;
  const group = sk.reuseport ? sk.reuseportGroup : null;
  const stamp = group === null ? sk.acceptQueue().overflowStamp : group.overflowStamp;
  if (stamp === 0 && !host.profile.overflowStampWraps) return true;
  const sinceLowerBound = (host.jiffies32() - stamp + host.hz) >>> 0;
  return sinceLowerBound > (SYNCOOKIE_VALID_SECONDS + 1) * host.hz;
}
