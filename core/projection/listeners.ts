// All listeners of a capture: found by kernel address, or by the address and port that a connection came to.
import { AF_INET6, type Endpoint } from '../event/dictionary.ts';
import type { Listener } from './listener.ts';

const isWildcard = (address: string | null): boolean => address === '0.0.0.0' || address === '::';
const MOST_CACHED = 4096;
const MAPPED = '::ffff:';

/** The IPv4 address in an IPv4-mapped one, else the address itself. */
const unmapped = (address: string): string =>
  address.startsWith(MAPPED) && address.includes('.') ? address.slice(MAPPED.length) : address;

export class Listeners {
  readonly all: Listener[] = [];
  private readonly bySk = new Map<number, Listener>();
  private readonly byPort = new Map<number, Listener[]>();
  /** Answers of reachedBy until a listener comes, goes or moves. */
  private readonly reached = new Map<Endpoint, readonly Listener[]>();

  add(listener: Listener): void {
    this.all.push(listener);
  }

  setSk(listener: Listener, sk: number): void {
    listener.sk = sk;
    this.bySk.set(sk, listener);
  }

  setEndpoint(listener: Listener, id: number, endpoint: Endpoint): void {
    this.reached.clear();
    if (listener.port !== null) this.unlist(listener);
    listener.endpoint = id;
    listener.family = endpoint.family;
    listener.address = endpoint.address;
    listener.port = endpoint.port;
    const others = this.byPort.get(endpoint.port);
    if (others === undefined) this.byPort.set(endpoint.port, [listener]);
    else others.push(listener);
  }

  withSk(sk: number): Listener | undefined {
    return this.bySk.get(sk);
  }

  close(listener: Listener): void {
    this.reached.clear();
    if (listener.sk !== null && this.bySk.get(listener.sk) === listener) this.bySk.delete(listener.sk);
    if (listener.port !== null) this.unlist(listener);
  }

  private unlist(listener: Listener): void {
    if (listener.port === null) return;
    const rest = (this.byPort.get(listener.port) ?? []).filter((other) => other !== listener);
    if (rest.length === 0) this.byPort.delete(listener.port);
    else this.byPort.set(listener.port, rest);
  }

  /** All live listeners with this port, at whatever address. */
  onPort(port: number): readonly Listener[] {
    return this.byPort.get(port) ?? [];
  }

  /**
   * Live listeners that a connection to this endpoint may have reached. As __inet_lookup_listener scores them: an exact address
   * wins over a wildcard, the connection's own family over a dual-stack socket.
   */
  reachedBy(endpoint: Endpoint): readonly Listener[] {
    const cached = this.reached.get(endpoint);
    if (cached !== undefined) return cached;
    const found = this.search(endpoint);
    if (this.reached.size >= MOST_CACHED) this.reached.clear();
    this.reached.set(endpoint, found);
    return found;
  }

  private search(endpoint: Endpoint): Listener[] {
    const onPort = this.byPort.get(endpoint.port);
    if (onPort === undefined) return [];
    const address = unmapped(endpoint.address);
    const exact = onPort.filter((listener) => listener.address !== null && unmapped(listener.address) === address);
    if (exact.length > 0 || isWildcard(address)) return exact;
    const wildcard = onPort.filter((listener) => isWildcard(listener.address));
    const own = wildcard.filter((listener) => listener.family === endpoint.family);
    return own.length > 0 || !address.includes('.') ? own : wildcard.filter((listener) => listener.family === AF_INET6);
  }
}
