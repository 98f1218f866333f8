// struct net: one network namespace, with its sysctls, counters, hash tables and its loopback.
import { isLoopback } from './address.ts';
import type { BindBucket } from './bind-bucket.ts';
import type { Host } from './host.ts';
import { InetEhash } from './inet-ehash.ts';
import { Mib } from './mib.ts';
import type { Segment } from './segment.ts';
import type { Sock } from './sock.ts';
import { defaultSysctls, type Sysctls } from './sysctl.ts';
import { tcpV4Rcv } from './tcp-v4-rcv.ts';
import type { UnixSock } from './unix-sock.ts';

const NO_LISTENERS: readonly Sock[] = [];

export class Net {
  readonly host: Host;
  readonly sysctl: Sysctls;
  readonly mib = new Mib();
  /** Bound ports (bhash). */
  readonly bhash = new Map<number, BindBucket>();
  /** Connections and requests. */
  readonly ehash = new InetEhash();
  /** UNIX sockets by the name they are bound to. */
  readonly unixNames = new Map<string, UnixSock>();
  /** What leaves the host: segments to addresses that are not local. */
  onWire: ((segment: Segment) => void) | null = null;
  readonly #listening = new Map<number, Sock[]>();
  readonly #arriving: Segment[] = [];
  /** How many of them there are, and how many were handled: the array keeps its length. */
  #arrived = 0;
  #handled = 0;
  #inSoftirq = false;

  constructor(host: Host) {
    this.host = host;
    this.sysctl = defaultSysctls(host.profile);
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
    this.#arriving[this.#arrived++] = segment;
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
    while (this.#handled < this.#arrived) tcpV4Rcv(this, this.#arriving[this.#handled++]);
    this.#arrived = 0;
    this.#handled = 0;
    this.#inSoftirq = false;
  }
}
