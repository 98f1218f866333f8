// IP addresses in texts, interned straight from their bytes: dotted, with colons, as arrays and as the raw word of memory.

import type { EndpointDictionary } from '../../core/event/dictionary.ts';
import { ABSENT } from '../../core/event/event-batch.ts';
import { TextCursor } from '../format/text/text-cursor.ts';

const DOT = 46;
const COLON = 58;
const OPEN = 91;
const CLOSE = 93;
const CACHE = 256;

export class TextAddress {
  /** The IPv6 address that was read last, in network order. */
  readonly words = new Uint32Array(4);
  private readonly endpoints: EndpointDictionary;
  private readonly cursor = new TextCursor();
  /** Ids of IPv6 endpoints seen lately: the dictionary's own key is a string. */
  private readonly cached = new Uint32Array(CACHE * 6);

  constructor(endpoints: EndpointDictionary) {
    this.endpoints = endpoints;
  }

  /** `a.b.c.d` as an unsigned number; -1 for anything else. */
  dotted(bytes: Uint8Array, from: number, to: number): number {
    let value = 0;
    let part = -1;
    let parts = 1;
    for (let i = from; i < to; i++) {
      const byte = bytes[i];
      if (byte === DOT) {
        if (part < 0) return -1;
        value = value * 256 + part;
        part = -1;
        parts++;
      } else {
        const digit = byte - 48;
        if (!(digit >= 0 && digit <= 9)) return -1;
        part = part < 0 ? digit : part * 10 + digit;
        if (part > 255) return -1;
      }
    }
    return parts === 4 && part >= 0 ? value * 256 + part : -1;
  }

  /**
   * An IPv4 field: dotted; `ARRAY[7f, 00, 00, 01]`; the word as memory holds it, `0x100007f` (of a little-endian machine);
   * or nothing, as an array that starts with a zero byte is printed. -1 for anything else.
   */
  inet(bytes: Uint8Array, from: number, to: number): number {
    if (to === from) return 0;
    const dotted = this.dotted(bytes, from, to);
    if (dotted >= 0) return dotted;
    const { cursor } = this;
    if (bytes[to - 1] === CLOSE) {
      cursor.set(bytes, from, to);
      if (!cursor.skipPast(OPEN)) return -1;
      let value = 0;
      for (let i = 0; i < 4; i++) {
        cursor.skipSpaces();
        if (!cursor.hex() || cursor.digits > 2) return -1;
        value = value * 256 + cursor.low;
        if (!cursor.take(i < 3 ? 44 : CLOSE)) return -1;
      }
      return cursor.at === to ? value : -1;
    }
    cursor.set(bytes, from, to);
    if (!cursor.hex() || !cursor.prefixed || cursor.at !== to || cursor.high !== 0) return -1;
    const { low } = cursor;
    return ((low & 255) * 16777216 + ((low >>> 8) & 255) * 65536 + ((low >>> 16) & 255) * 256 + (low >>> 24)) >>> 0;
  }

  /** An IPv6 address into `words`; false when it is none. RFC 4291, with a dotted tail and a zone (`%eth0`), which is dropped. */
  inet6(bytes: Uint8Array, from: number, to: number): boolean {
    const { words } = this;
    words.fill(0);
    let groups = 0;
    let gap = -1;
    let at = from;
    if (at + 1 < to && bytes[at] === COLON && bytes[at + 1] === COLON) {
      gap = 0;
      at += 2;
    }
    while (at < to && groups < 8) {
      const start = at;
      let value = 0;
      while (at < to && at - start < 5) {
        const byte = bytes[at];
        const digit =
          byte >= 48 && byte <= 57 ? byte - 48 : (byte | 32) >= 97 && (byte | 32) <= 102 ? (byte | 32) - 87 : -1;
        if (digit < 0) break;
        value = value * 16 + digit;
        at++;
      }
      if (at < to && bytes[at] === DOT) {
        const tail = this.dotted(bytes, start, to);
        if (tail < 0 || groups > 6) return false;
        this.put(groups++, tail >>> 16);
        this.put(groups++, tail & 0xffff);
        at = to;
        break;
      }
      if (at === start || at - start > 4) return false;
      this.put(groups++, value);
      if (at === to) break;
      if (bytes[at] === 37) {
        at = to;
        break;
      }
      if (bytes[at++] !== COLON) return false;
      if (at < to && bytes[at] === COLON) {
        if (gap >= 0) return false;
        gap = groups;
        at++;
      } else if (at === to) return false;
    }
    if (at !== to) return false;
    if (gap < 0) return groups === 8;
    if (groups > 7) return false;
    this.spread(gap, groups);
    return true;
  }

  private put(group: number, value: number): void {
    this.words[group >> 1] |= (group & 1) === 0 ? value << 16 : value;
  }

  /** Moves the groups behind a `::` to the end. */
  private spread(gap: number, groups: number): void {
    const { words } = this;
    const get = (i: number): number => ((i & 1) === 0 ? words[i >> 1] >>> 16 : words[i >> 1] & 0xffff);
    for (let i = groups - 1, to = 7; i >= gap; i--, to--) {
      const value = get(i);
      words[i >> 1] &= (i & 1) === 0 ? 0x0000ffff : 0xffff0000;
      this.put(to, value);
    }
  }

  /** True when `words` hold an IPv4 address in IPv6 clothes. */
  isMapped(): boolean {
    const { words } = this;
    return words[0] === 0 && words[1] === 0 && words[2] === 0xffff;
  }

  /** The endpoint of `words` and a port. */
  intern6(port: number): number {
    const { words, cached } = this;
    const mixed = Math.imul(words[0] ^ words[1] ^ words[2] ^ words[3], 0x9e3779b1) ^ Math.imul(port, 0x85ebca6b);
    const at = ((mixed ^ (mixed >>> 15)) & (CACHE - 1)) * 6;
    if (
      cached[at + 5] !== 0 &&
      cached[at] === words[0] &&
      cached[at + 1] === words[1] &&
      cached[at + 2] === words[2] &&
      cached[at + 3] === words[3] &&
      cached[at + 4] === port
    )
      return cached[at + 5];
    const id = this.endpoints.internInet6(words[0], words[1], words[2], words[3], port);
    cached.set(words, at);
    cached[at + 4] = port;
    cached[at + 5] = id;
    return id;
  }

  /** `127.0.0.1:80` or `[::1]:80`, as `%pISpc` prints it; ABSENT for anything else. */
  endpoint(bytes: Uint8Array, from: number, to: number): number {
    let colon = to - 1;
    while (colon > from && bytes[colon] !== COLON) colon--;
    const port = this.port(bytes, colon + 1, to);
    if (colon <= from || port < 0) return ABSENT;
    if (bytes[from] === OPEN && bytes[colon - 1] === CLOSE)
      return this.inet6(bytes, from + 1, colon - 1) ? this.intern6(port) : ABSENT;
    const address = this.dotted(bytes, from, colon);
    return address < 0 ? ABSENT : this.endpoints.internInet(address, port);
  }

  /** A port in decimal or hex; -1 for anything else. */
  port(bytes: Uint8Array, from: number, to: number): number {
    const { cursor } = this;
    cursor.set(bytes, from, to);
    const value = cursor.integer();
    return cursor.at === to && value >= 0 && value <= 65535 ? value : -1;
  }

  internInet(address: number, port: number): number {
    return this.endpoints.internInet(address, port);
  }
}
