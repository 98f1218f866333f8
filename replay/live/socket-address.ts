// struct sockaddr_in on loopback, and which client has which address: its number is in it, so that whoever accepts knows who came.

/** Ports of one address that clients use, from FIRST_PORT on. */
const PORTS = 64_000;
const FIRST_PORT = 1025;
/** Last octets that clients use, from FIRST_HOST on; 127.0.0.1 is the listener's. */
const HOSTS = 250;
const FIRST_HOST = 2;

/** Clients that have an address of their own. */
export const MOST_CLIENTS = PORTS * HOSTS;
/** Port of the listeners, at 127.0.0.1: below those of clients. */
export const LISTENER_PORT = 1024;
export const WARM_UP_PORT = 1023;

export const ADDRESS_BYTES = 16;

function put(address: Uint8Array, second: number, third: number, last: number, port: number): Uint8Array {
  // sin_family is in the machine's order; every machine that Node 20 runs Linux on for x64, arm64, riscv64, loong64 and ppc64le is little-endian
  address.set([2, 0, port >> 8, port & 255, 127, second, third, last]);
  return address;
}

export const listenerAddress = (port: number): Uint8Array => put(new Uint8Array(ADDRESS_BYTES), 0, 0, 1, port);

/**
 * Writes the address of client `index`: port and last octet say which it is, the two in between to which member of a reuseport group
 * it goes.
 * @param index from 0 to MOST_CLIENTS - 1. @param member from 0 to 65535.
 */
export function putClientAddress(address: Uint8Array, index: number, member: number): void {
  put(address, member >> 8, member & 255, FIRST_HOST + Math.floor(index / PORTS), FIRST_PORT + (index % PORTS));
}

/** Which client has this address; -1 for none of ours. */
export function clientOf(address: Uint8Array): number {
  const port = (address[2] << 8) | address[3];
  const host = address[7];
  if (address[4] !== 127 || host < FIRST_HOST || port < FIRST_PORT) return -1;
  return (host - FIRST_HOST) * PORTS + port - FIRST_PORT;
}
