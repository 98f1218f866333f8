// The listeners of a live replay: one, or a reuseport group in which a program sends each client to the member it is meant for.
import {
  AF_INET,
  SO_ATTACH_REUSEPORT_CBPF,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
} from './constants.ts';
import type { Libc } from './libc.ts';
import { ADDRESS_BYTES, listenerAddress } from './socket-address.ts';

/** Classic BPF: the source address of the SYN, of it the two octets in the middle, which say the member. */
const SKF_NET_OFF = 0xfff00000;
const SOURCE_AT = 12;
const BY_SOURCE: readonly (readonly [code: number, k: number])[] = [
  [0x20, (SKF_NET_OFF + SOURCE_AT) >>> 0], // ld [net + 12]
  [0x74, 8], // rsh #8
  [0x54, 0xffff], // and #0xffff
  [0x16, 0], // ret a
];

/**
 * Opens `members` listeners at 127.0.0.1, non-blocking.
 * @param steered clients go to the member that their address names; otherwise the kernel spreads them.
 * @returns their descriptors, in the order of members.
 */
export function openListeners(libc: Libc, port: number, members: number, backlog: number, steered: boolean): number[] {
  const listeners = Array.from({ length: members }, () => openOne(libc, port, members > 1, backlog));
  if (members > 1 && steered) steer(libc, listeners[0]);
  return listeners;
}

function openOne(libc: Libc, port: number, shared: boolean, backlog: number): number {
  const must = (result: number, call: string): number => {
    if (result < 0) throw new Error(`${call}: errno ${libc.errno()}`);
    return result;
  };
  const one = new Int32Array([1]);
  const fd = must(libc.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), 'socket');
  must(libc.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, one, 4), 'setsockopt SO_REUSEADDR');
  if (shared) must(libc.setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, one, 4), 'setsockopt SO_REUSEPORT');
  must(libc.bind(fd, listenerAddress(port), ADDRESS_BYTES), 'bind');
  must(libc.listen(fd, backlog), 'listen');
  return fd;
}

function steer(libc: Libc, listener: number): void {
  const filter = new Uint8Array(8 * BY_SOURCE.length);
  const words = new DataView(filter.buffer);
  BY_SOURCE.forEach(([code, k], at) => {
    words.setUint16(8 * at, code, true);
    words.setUint32(8 * at + 4, k, true);
  });
  const program = new BigUint64Array([BigInt(BY_SOURCE.length), libc.addressOf(filter)]);
  if (libc.setsockopt(listener, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, program, 16) < 0)
    throw new Error(`setsockopt SO_ATTACH_REUSEPORT_CBPF: errno ${libc.errno()}`);
}
