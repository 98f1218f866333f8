// Recorded addresses on loopback: the port as it was, any-address as any-address, each other one as an address of its own.
import type { Place } from './recorded-calls.ts';

const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;
/** struct sockaddr_storage: the kernel reads no further, whatever length it is told. */
const STORAGE = 128;
/** 127.0.1.1 to 127.0.1.250, then round again. */
const HOSTS = 250;

export class LoopbackPlaces {
  readonly #hosts = new Map<string, number>();
  readonly #onlyOne = new Set<string>();

  /** struct sockaddr of a place; of none, any port of 127.0.0.1. 128 bytes. @param family the socket's. */
  addressOf(place: Place | null, family: number): Uint8Array {
    if (family === AF_UNIX) return this.#unix();
    if (family === AF_INET6) return this.#inet6(place);
    const bytes = new Uint8Array(STORAGE);
    const any = place !== null && (place.address === '0.0.0.0' || place.address === '::');
    bytes.set([AF_INET, 0, ...portOf(place), ...(any ? [0, 0, 0, 0] : this.#host(place))]);
    return bytes;
  }

  /** IPv6 has one address on loopback. */
  #inet6(place: Place | null): Uint8Array {
    const bytes = new Uint8Array(STORAGE);
    bytes.set([AF_INET6, 0, ...portOf(place)]);
    // as mapped ones: ::ffff:10.0.0.1
    if (place?.address.includes('.')) bytes.set([255, 255, ...this.#host(place)], 18);
    else if (place?.address !== '::') {
      bytes[23] = 1;
      if (place !== null && place.address !== '::1') this.#onlyOne.add(place.address);
    }
    return bytes;
  }

  /** An abstract name that the kernel chooses: no file, and none outside the namespace. */
  #unix(): Uint8Array {
    const bytes = new Uint8Array(STORAGE);
    bytes[0] = AF_UNIX;
    return bytes;
  }

  #host(place: Place | null): number[] {
    if (place === null || place.address.startsWith('127.') || place.address === '::1') return [127, 0, 0, 1];
    const known = this.#hosts.get(place.address) ?? this.#hosts.size;
    this.#hosts.set(place.address, known);
    return [127, 0, 1, 1 + (known % HOSTS)];
  }

  /** Recorded addresses that were moved. */
  get moved(): string[] {
    return [...this.#hosts.keys(), ...this.#onlyOne];
  }
}

const portOf = (place: Place | null): [number, number] => [(place?.port ?? 0) >> 8, (place?.port ?? 0) & 255];
