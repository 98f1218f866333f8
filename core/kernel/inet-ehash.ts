// inet_ehash (net/ipv4/inet_hashtables.c): connections, requests and TIME_WAITs by their four-tuple. The path's hottest table, so not a Map.
import type { Addr } from './address.ts';
import type { TimeWait } from './bind-bucket.ts';
import type { RequestSock } from './request-sock.ts';
import type { Sock } from './sock.ts';

/** What stands at a four-tuple. */
export type Established = Sock | RequestSock | TimeWait;

interface Node {
  laddr: Addr;
  lport: number;
  raddr: Addr;
  rport: number;
  entry: Established | null;
  next: Node | null;
}

const FIRST_SLOTS = 64;

function hash(laddr: Addr, lport: number, raddr: Addr, rport: number): number {
  let h = Math.imul((raddr | 0) ^ Math.imul(rport, 0x01000193), 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 15) ^ (laddr | 0) ^ Math.imul(lport, 0x85ebca6b), 0xc2b2ae35);
  return h ^ (h >>> 13);
}

export class InetEhash {
  #slots: (Node | null)[] = new Array(FIRST_SLOTS).fill(null);
  #count = 0;
  /** Nodes to use again. */
  #free: Node | null = null;

  /** __inet_lookup_established: local side first; null for nobody. */
  lookup(laddr: Addr, lport: number, raddr: Addr, rport: number): Established | null {
    return this.#find(laddr, lport, raddr, rport)?.entry ?? null;
  }

  /** inet_ehash_insert, in the place of whatever stands there. */
  insert(laddr: Addr, lport: number, raddr: Addr, rport: number, entry: Established): void {
    const there = this.#find(laddr, lport, raddr, rport);
    if (there === null) this.#add(laddr, lport, raddr, rport, entry);
    else there.entry = entry;
  }

  /** inet_ehash_insert of a request: false, and nothing changes, where the four-tuple is taken. */
  insertNew(laddr: Addr, lport: number, raddr: Addr, rport: number, entry: Established): boolean {
    if (this.#find(laddr, lport, raddr, rport) !== null) return false;
    this.#add(laddr, lport, raddr, rport, entry);
    return true;
  }

  /** Takes `entry` out, if it is still the one that stands there. */
  remove(laddr: Addr, lport: number, raddr: Addr, rport: number, entry: Established): void {
    const at = hash(laddr, lport, raddr, rport) & (this.#slots.length - 1);
    let before: Node | null = null;
    for (let node = this.#slots[at]; node !== null; before = node, node = node.next) {
      if (!isAt(node, laddr, lport, raddr, rport)) continue;
      if (node.entry !== entry) return;
      if (before === null) this.#slots[at] = node.next;
      else before.next = node.next;
      node.entry = null;
      node.next = this.#free;
      this.#free = node;
      this.#count--;
      return;
    }
  }

  #find(laddr: Addr, lport: number, raddr: Addr, rport: number): Node | null {
    let node = this.#slots[hash(laddr, lport, raddr, rport) & (this.#slots.length - 1)];
    while (node !== null && !isAt(node, laddr, lport, raddr, rport)) node = node.next;
    return node;
  }

  #add(laddr: Addr, lport: number, raddr: Addr, rport: number, entry: Established): void {
    if (this.#count >= this.#slots.length) this.#grow();
    this.#link(this.#node(laddr, lport, raddr, rport, entry));
    this.#count++;
  }

  #node(laddr: Addr, lport: number, raddr: Addr, rport: number, entry: Established): Node {
    const node = this.#free;
    if (node === null) return { laddr, lport, raddr, rport, entry, next: null };
    this.#free = node.next;
    node.laddr = laddr;
    node.lport = lport;
    node.raddr = raddr;
    node.rport = rport;
    node.entry = entry;
    return node;
  }

  #link(node: Node): void {
    const at = hash(node.laddr, node.lport, node.raddr, node.rport) & (this.#slots.length - 1);
    node.next = this.#slots[at];
    this.#slots[at] = node;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Array(old.length * 2).fill(null);
    for (const first of old) {
      for (let node = first; node !== null; ) {
        const { next } = node;
        this.#link(node);
        node = next;
      }
    }
  }
}

const isAt = (node: Node, laddr: Addr, lport: number, raddr: Addr, rport: number): boolean =>
  node.raddr === raddr && node.rport === rport && node.lport === lport && node.laddr === laddr;
