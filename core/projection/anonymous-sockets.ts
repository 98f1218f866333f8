// Sockets of captures that leave the kernel's addresses out (text): told apart by their endpoints, and where those do not suffice
// by task, processor and order. Each gets a negative number in the place of an interned kernel address.
import { TCP_CLOSE, TCP_ESTABLISHED, TCP_LISTEN, TCP_SYN_RECV, TCP_SYN_SENT } from '../kernel/tcp-state.ts';
import { pairKey } from './pair-key.ts';

/** A client between its first SYN and the event that shows its port: inet_sock_set_state tells of SYN_SENT before the port is chosen. */
interface Portless {
  readonly sk: number;
  readonly tid: number;
  readonly remote: number;
}

/** A child whose peer the kernel does not tell at LISTEN → SYN_RECV (before 6.14). */
interface Unpaired {
  readonly sk: number;
  readonly local: number;
}

/** More portless clients than this are not kept: they came to nothing. */
const MAX_PORTLESS = 65536;

export interface Ports {
  hasPort(endpoint: number): boolean;
}

export class AnonymousSockets {
  /** Listeners of one endpoint, in order of listen(): SO_REUSEPORT allows several. */
  private readonly listeners = new Map<number, number[]>();
  private readonly pairs = new Map<number, number>();
  private readonly unpairedOnCpu = new Map<number, Unpaired>();
  private portless: Portless[] = [];
  private last = 0;

  /** The socket of an inet_sock_set_state without address. `ports`: which endpoints have a port yet. */
  ofStateChange(
    from: number,
    to: number,
    local: number,
    remote: number,
    tid: number,
    cpu: number,
    ports: Ports,
  ): number {
    if (from === TCP_CLOSE && to === TCP_LISTEN) return this.listening(local);
    if (from === TCP_LISTEN && to === TCP_CLOSE) return this.listeners.get(local)?.shift() ?? this.another();
    if (from === TCP_LISTEN && to === TCP_SYN_RECV) return this.child(local, remote, cpu, ports.hasPort(remote));
    if (from === TCP_CLOSE && to === TCP_SYN_SENT) return this.connecting(remote, tid);
    const key = pairKey(local, remote);
    let sk = this.pairs.get(key);
    if (sk === undefined) {
      if (from === TCP_SYN_SENT) sk = this.claimPortless(remote, tid);
      else if (from === TCP_SYN_RECV && to === TCP_ESTABLISHED) sk = this.claimUnpaired(local, cpu);
      sk ??= this.another();
      this.pairs.set(key, sk);
    }
    if (to === TCP_CLOSE) this.pairs.delete(key);
    return sk;
  }

  /** A listener of this endpoint that ends is there. */
  hasListener(local: number): boolean {
    return (this.listeners.get(local)?.length ?? 0) > 0;
  }

  /** This one of the listeners at an endpoint has ended. */
  ended(local: number, sk: number): void {
    const others = this.listeners.get(local);
    if (others !== undefined)
      this.listeners.set(
        local,
        others.filter((other) => other !== sk),
      );
  }

  /** The client that sent a SYN again. */
  ofRetransmit(local: number, remote: number): number {
    const key = pairKey(local, remote);
    let sk = this.pairs.get(key);
    if (sk === undefined) {
      // first come, first to time out
      sk = this.claimPortless(remote, -1) ?? this.another();
      this.pairs.set(key, sk);
    }
    return sk;
  }

  private another(): number {
    return --this.last;
  }

  private listening(local: number): number {
    const sk = this.another();
    const others = this.listeners.get(local);
    if (others === undefined) this.listeners.set(local, [sk]);
    else others.push(sk);
    return sk;
  }

  private child(local: number, remote: number, cpu: number, paired: boolean): number {
    const sk = this.another();
    if (paired) this.pairs.set(pairKey(local, remote), sk);
    else this.unpairedOnCpu.set(cpu, { sk, local });
    return sk;
  }

  private claimUnpaired(local: number, cpu: number): number | undefined {
    const found = this.unpairedOnCpu.get(cpu);
    if (found === undefined || found.local !== local) return undefined;
    this.unpairedOnCpu.delete(cpu);
    return found.sk;
  }

  private connecting(remote: number, tid: number): number {
    const sk = this.another();
    // a task is in one connect() at a time, but a non-blocking one may leave several behind
    this.portless.push({ sk, tid, remote });
    if (this.portless.length > MAX_PORTLESS) this.portless = this.portless.slice(MAX_PORTLESS / 2);
    return sk;
  }

  /** The task's own last one when it is in connect(); else the oldest to that endpoint. */
  private claimPortless(remote: number, tid: number): number | undefined {
    const { portless } = this;
    let at = portless.findLastIndex((client) => client.remote === remote && client.tid === tid);
    if (at < 0) at = portless.findIndex((client) => client.remote === remote);
    return at < 0 ? undefined : portless.splice(at, 1)[0].sk;
  }
}
