// Addresses as numbers: an IPv4 address is its 32 bits, and so is one mapped into IPv6; other IPv6 addresses are numbered from 2^32 on.

/** An IPv4 address (0 … 2^32−1, 0 is 0.0.0.0 and also ::ffff:0.0.0.0), or 2^32 + n for an IPv6 address that is not a mapped one. */
export type Addr = number;

export const ANY4: Addr = 0;
export const LOOPBACK4: Addr = 0x7f000001;
/** `::` */
export const ANY6: Addr = 2 ** 32;
/** `::1` */
export const LOOPBACK6: Addr = 2 ** 32 + 1;

export const isIpv6Proper = (addr: Addr): boolean => addr >= ANY6;

/** 127.0.0.0/8 and ::1: what a fresh network namespace answers for. */
export const isLoopback = (addr: Addr): boolean => (addr < ANY6 ? addr >>> 24 === 127 : addr === LOOPBACK6);

/** 224.0.0.0/4 and 255.255.255.255, which bind() takes although they are no host's address. */
export const isMulticastOrBroadcast = (addr: Addr): boolean =>
  addr < ANY6 && (addr >>> 28 === 0xe || addr === 0xffffffff);

/** One side of a connection as a map key: address and port in one number below 2^53. */
export const endpointKey = (addr: Addr, port: number): number => addr * 65536 + port;
