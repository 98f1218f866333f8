// Endpoints by number, a few bytes each: a server on the internet sees millions in one capture.
import type { Endpoint } from './dictionary.ts';

const AF_INET = 2;
const DOT = 46;

/** `a.b.c.d` as written canonically, as an unsigned number; -1 for anything else. */
function inetOf(text: string): number {
  let value = 0;
  let part = -1;
  let parts = 1;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === DOT) {
      if (part < 0) return -1;
      value = value * 256 + part;
      part = -1;
      parts++;
    } else {
      if (code < 48 || code > 57 || part === 0) return -1; // another spelling would not come back
      part = part < 0 ? code - 48 : part * 10 + code - 48;
      if (part > 255) return -1;
    }
  }
  return parts === 4 && part >= 0 ? value * 256 + part : -1;
}

export const formatInet = (address: number): string =>
  `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;

export class EndpointTable {
  length = 0;
  private addresses = new Uint32Array(256);
  private ports = new Uint16Array(256);
  /** By index: those that are not IPv4. */
  private readonly others = new Map<number, Endpoint>();

  /** Returns its number, from 1. */
  pushInet(address: number, port: number): number {
    this.grow();
    this.addresses[this.length] = address;
    this.ports[this.length] = port;
    return ++this.length;
  }

  /** Returns its number, from 1. */
  push(endpoint: Endpoint): number {
    const { family, address, port } = endpoint;
    const inet = family === AF_INET && port >= 0 && port < 65536 ? inetOf(address) : -1;
    if (inet >= 0) return this.pushInet(inet, port);
    this.grow();
    this.others.set(this.length, endpoint);
    return ++this.length;
  }

  /** An object made for this call; undefined for a number that was not given. */
  get(id: number): Endpoint | undefined {
    if (!(id >= 1 && id <= this.length)) return undefined;
    const other = this.others.get(id - 1);
    if (other !== undefined) return other;
    return { family: AF_INET, address: formatInet(this.addresses[id - 1]), port: this.ports[id - 1] };
  }

  /** All from the one after `id` on. */
  after(id: number): Endpoint[] {
    return Array.from({ length: this.length - id }, (_, k) => this.get(id + 1 + k) as Endpoint);
  }

  private grow(): void {
    if (this.length < this.addresses.length) return;
    const { addresses, ports } = this;
    this.addresses = new Uint32Array(2 * addresses.length);
    this.addresses.set(addresses);
    this.ports = new Uint16Array(2 * ports.length);
    this.ports.set(ports);
  }
}
