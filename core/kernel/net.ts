// struct net: one network namespace, with its sysctls, counters, hash tables and its loopback.
import { type Addr, endpointKey, isLoopback } from './address.ts';
import type { BindBucket, TimeWait } from './bind-bucket.ts';
import type { Host } from './host.ts';
import { type Counter, emptyMib, type Mib } from './mib.ts';
import type { RequestSock } from './request-sock.ts';
import type { Segment } from './segment.ts';
import type { Sock } from './sock.ts';
import { defaultSysctls, type Sysctls } from './sysctl.ts';
import { tcpV4Rcv } from './tcp-v4-rcv.ts';
import type { UnixSock } from './unix-sock.ts';

/** What the established hash holds for a four-tuple. */
export type Established = Sock | RequestSock | TimeWait;

const NO_LISTENERS: readonly Sock[] = [];

export class Net {
  readonly host: Host;
  readonly sysctl: Sysctls;
  readonly mib: Mib = emptyMib();
  /** Bound ports (bhash). */
  readonly bhash = new Map<number, BindBucket>();
  /** UNIX sockets by the name they are bound to. */
  readonly unixNames = new Map<string, UnixSock>();
  /** What leaves the host: segments to addresses that are not local. */
  onWire: ((segment: Segment) => void) | null = null;
  readonly #listening = new Map<number, Sock[]>();
  readonly #ehash = new Map<number, Map<number, Established>>();
  readonly #arriving: Segment[] = [];
  #inSoftirq = false;

  constructor(host: Host) {
    this.host = host;
    this.sysctl = defaultSysctls(host.profile);
  }

  count(counter: Counter): void {
    this.mib[counter]++;
  }

  listeners(port: number): readonly Sock[] {
    return this.#listening.get(port) ?? NO_LISTENERS;
  }

  hashListener(sk: Sock): void {
    const list = this.#listening.get(sk.num);
    if (list === undefined) this.#listening.set(sk.num, [sk]);
    else list.push(sk);
  }

  unhashListener(sk: Sock): void {
    const list = this.#listening.get(sk.num);
    const at = list?.indexOf(sk) ?? -1;
    if (list === undefined || at < 0) return;
    list.splice(at, 1);
    if (list.length === 0) this.#listening.delete(sk.num);
  }

  /** __inet_lookup_established: local side first. */
  established(laddr: Addr, lport: number, raddr: Addr, rport: number): Established | undefined {
    return this.#ehash.get(endpointKey(laddr, lport))?.get(endpointKey(raddr, rport));
  }

  setEstablished(laddr: Addr, lport: number, raddr: Addr, rport: number, entry: Established): void {
    const local = endpointKey(laddr, lport);
    const peers = this.#ehash.get(local);
    if (peers === undefined) this.#ehash.set(local, new Map([[endpointKey(raddr, rport), entry]]));
    else peers.set(endpointKey(raddr, rport), entry);
  }

  /** Takes `entry` out, if it is still the one that stands there. */
  dropEstablished(laddr: Addr, lport: number, raddr: Addr, rport: number, entry: Established): void {
    const local = endpointKey(laddr, lport);
    const peers = this.#ehash.get(local);
    const remote = endpointKey(raddr, rport);
    if (peers === undefined || peers.get(remote) !== entry) return;
    peers.delete(remote);
    if (peers.size === 0) this.#ehash.delete(local);
  }

  /** Sends a segment: over the loopback it arrives at once (softirq), in the order of sending; else it leaves the host. */
  transmit(segment: Segment): void {
    if (!isLoopback(segment.daddr)) {
      this.onWire?.(segment);
      return;
    }
    this.receive(segment);
  }

  /** A segment arrives. While another one is being handled it waits its turn. */
  receive(segment: Segment): void {
    this.#arriving.push(segment);
    if (!this.#inSoftirq) this.#softirq();
  }

  /** local_bh_disable … local_bh_enable: segments sent meanwhile arrive at the end. */
  withBottomHalvesOff(body: () => void): void {
    if (this.#inSoftirq) {
      body();
      return;
    }
    this.#inSoftirq = true;
    body();
    this.#softirq();
  }

  #softirq(): void {
    this.#inSoftirq = true;
    for (let next = this.#arriving.shift(); next !== undefined; next = this.#arriving.shift()) tcpV4Rcv(this, next);
    this.#inSoftirq = false;
  }
}
