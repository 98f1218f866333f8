// Interning: sockets, kernel addresses, endpoints and strings become small ids, numbered from 1 in order of first appearance.
import { EndpointTable } from './endpoint-table.ts';
import { RecentMap } from './recent-map.ts';

export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;

export interface Endpoint {
  readonly family: number;
  /** Canonical text of the address. */
  readonly address: string;
  /** 0..65535. */
  readonly port: number;
}

/** Size of the caches before the dictionaries. */
const SLOTS = 1 << 14;

/** 64-bit kernel addresses, keyed by their two halves because a JavaScript number cannot hold them. */
export class AddressDictionary {
  /** Addresses as text (`0xffff8881…`), id - 1 is the index. */
  readonly entries: string[] = [];
  private readonly ids = new Map<number, Map<number, number>>();
  private readonly recentHigh = new Float64Array(SLOTS);
  private readonly recentLow = new Float64Array(SLOTS);
  private readonly recentIds = new Int32Array(SLOTS);

  intern(high: number, low: number): number {
    const slot = (low >>> 6) & (SLOTS - 1);
    if (this.recentIds[slot] !== 0 && this.recentLow[slot] === low && this.recentHigh[slot] === high)
      return this.recentIds[slot];
    const id = this.find(high, low);
    this.recentHigh[slot] = high;
    this.recentLow[slot] = low;
    this.recentIds[slot] = id;
    return id;
  }

  private find(high: number, low: number): number {
    let lows = this.ids.get(high);
    if (lows === undefined) {
      lows = new Map();
      this.ids.set(high, lows);
    }
    let id = lows.get(low);
    if (id === undefined) {
      const hex = high === 0 ? low.toString(16) : high.toString(16) + low.toString(16).padStart(8, '0');
      id = this.entries.push(`0x${hex}`);
      lows.set(low, id);
    }
    return id;
  }
}

export class StringDictionary {
  readonly entries: string[] = [];
  private readonly ids = new Map<string, number>();

  intern(text: string): number {
    let id = this.ids.get(text);
    if (id === undefined) {
      id = this.entries.push(text);
      this.ids.set(text, id);
    }
    return id;
  }
}

/** Different endpoints after which one that was not seen again is forgotten; should it come again, it gets another id. */
const MOST_REMEMBERED = 1 << 17;

export class EndpointDictionary {
  private readonly all = new EndpointTable();
  private readonly v4 = new RecentMap<number, number>(MOST_REMEMBERED);
  private readonly v6 = new RecentMap<string, number>(MOST_REMEMBERED);
  /** IPv4 endpoints seen lately: keys too large for small integers are slow in a Map. */
  private readonly recentKeys = new Float64Array(SLOTS).fill(-1);
  private readonly recentIds = new Int32Array(SLOTS);

  /** How many ids were given. */
  get length(): number {
    return this.all.length;
  }

  /** What an id stands for. */
  get(id: number): Endpoint {
    const found = this.all.get(id);
    if (found === undefined) throw new RangeError(`no endpoint ${id}`);
    return found;
  }

  /** All that came after the one with this id. */
  after(id: number): Endpoint[] {
    return this.all.after(id);
  }

  /** `address` is the IPv4 address as an unsigned 32-bit number, most significant byte first. */
  internInet(address: number, port: number): number {
    const key = address * 65536 + port;
    const slot = (address ^ Math.imul(port, 40503)) & (SLOTS - 1);
    if (this.recentKeys[slot] === key) return this.recentIds[slot];
    const id = this.findInet(key, address, port);
    this.recentKeys[slot] = key;
    this.recentIds[slot] = id;
    return id;
  }

  private findInet(key: number, address: number, port: number): number {
    const { v4 } = this;
    if (v4.isFull) this.ageInet();
    let id = v4.get(key);
    if (id === undefined) {
      id = this.all.pushInet(address, port);
      v4.set(key, id);
    }
    return id;
  }

  /** What is found by its slot does not ask the map, and is not to be forgotten for it. */
  private ageInet(): void {
    const { v4, recentKeys, recentIds } = this;
    v4.age();
    for (let slot = 0; slot < SLOTS; slot++) if (recentKeys[slot] >= 0) v4.set(recentKeys[slot], recentIds[slot]);
  }

  /** The 128-bit address as four words in network order, each read as an unsigned big-endian number. */
  internInet6(a: number, b: number, c: number, d: number, port: number): number {
    const key = `${a} ${b} ${c} ${d} ${port}`;
    let id = this.v6.get(key);
    if (id === undefined) {
      id = this.all.push({ family: AF_INET6, address: formatInet6([a, b, c, d]), port });
      this.v6.set(key, id);
    }
    return id;
  }
}

/** Canonical IPv6 text (RFC 5952); IPv4-mapped addresses keep their dotted tail. */
export function formatInet6(words: readonly [number, number, number, number]): string {
  const [a, b, c, d] = words;
  if (a === 0 && b === 0 && c === 0xffff) return `::ffff:${d >>> 24}.${(d >>> 16) & 255}.${(d >>> 8) & 255}.${d & 255}`;
  const groups: number[] = [];
  for (const word of words) groups.push(word >>> 16, word & 0xffff);
  let best = -1;
  let bestLength = 1; // a single zero group is not shortened
  for (let i = 0; i < 8; i++) {
    let run = 0;
    while (i + run < 8 && groups[i + run] === 0) run++;
    if (run > bestLength) {
      best = i;
      bestLength = run;
    }
    if (run > 0) i += run;
  }
  const hex = groups.map((group) => group.toString(16));
  if (best < 0) return hex.join(':');
  return `${hex.slice(0, best).join(':')}::${hex.slice(best + bestLength).join(':')}`;
}

/** All dictionaries of one capture. */
export class Dictionaries {
  /** Kernel addresses: sockets, request sockets, code locations. */
  readonly addresses = new AddressDictionary();
  readonly endpoints = new EndpointDictionary();
  readonly strings = new StringDictionary();
}
