// Clients outside the host that speak TCP by hand: a SYN, an ACK, a reset at a time.
import type { Net } from '../../core/kernel/net.ts';
import { ACK, FIN, PSH, RST, type Segment, SYN } from '../../core/kernel/segment.ts';

const LETTERS: readonly (readonly [string, number])[] = [
  ['S', SYN],
  ['A', ACK],
  ['F', FIN],
  ['R', RST],
  ['P', PSH],
];

/** 10.9.0.1 for peer 0. */
export const peerAddress = (peer: number): number => 0x0a090000 + peer + 1;

export const flagsOf = (letters: string): number =>
  LETTERS.reduce((flags, [letter, bit]) => (letters.includes(letter) ? flags | bit : flags), 0);

export const lettersOf = (flags: number): string =>
  LETTERS.filter(([, bit]) => (flags & bit) !== 0)
    .map(([letter]) => letter)
    .join('');

/** No cookie of the model's has more than 32 bits. */
const WRONG_COOKIE = 2 ** 40;

export class RawPeers {
  readonly #net: Net;
  readonly #packets: [number, string][] = [];
  /** Sequence number of the last SYN-ACK, by both ends. */
  readonly #synAcks = new Map<string, number>();

  /** Fast open cookies, by peer and our address. */
  readonly #cookies = new Map<string, number>();

  constructor(net: Net) {
    this.#net = net;
    net.onWire = (segment) => this.#arrived(segment);
  }

  /** Sends a segment from a peer. @param ackMode 0 no number, 1 the one that answers the last SYN-ACK, 2 a wrong one. */
  send(
    peer: number,
    to: { addr: number; port: number },
    sport: number,
    flags: number,
    seq: number,
    ackMode: number,
    length: number,
  ): void {
    const isn = this.#synAcks.get(`${peer} ${sport} ${to.addr} ${to.port}`) ?? 0;
    const ack = ackMode === 0 ? 0 : (isn + (ackMode === 1 ? 1 : 100_001)) >>> 0;
    this.#net.receive({
      flags,
      saddr: peerAddress(peer),
      sport,
      daddr: to.addr,
      dport: to.port,
      seq: seq >>> 0,
      ack,
      length,
      fastopen: null,
    });
  }

  /** A SYN with data. @param option 0 no fast open option, 1 asks for a cookie, 2 the cookie that the peer got last, 3 a wrong one. */
  fastopen(
    peer: number,
    to: { addr: number; port: number },
    sport: number,
    isn: number,
    length: number,
    option: number,
  ): void {
    const known = this.#cookies.get(`${peer} ${to.addr}`);
    const cookie = option === 2 ? (known ?? WRONG_COOKIE) : option === 3 ? WRONG_COOKIE : 0;
    this.#net.receive({
      flags: SYN,
      saddr: peerAddress(peer),
      sport,
      daddr: to.addr,
      dport: to.port,
      seq: isn >>> 0,
      ack: 0,
      length,
      fastopen: option === 0 ? null : cookie,
    });
  }

  takePackets(): (readonly [number, string])[] {
    return this.#packets.splice(0);
  }

  #arrived(segment: Segment): void {
    const peer = segment.daddr - peerAddress(0);
    if (peer < 0 || peer > 255) return;
    const cookie = segment.fastopen;
    if (cookie !== null) this.#cookies.set(`${peer} ${segment.saddr}`, cookie);
    this.#packets.push([peer, lettersOf(segment.flags) + (cookie === null ? '' : 'C')]);
    if ((segment.flags & (SYN | ACK)) === (SYN | ACK)) {
      this.#synAcks.set(`${peer} ${segment.dport} ${segment.saddr} ${segment.sport}`, segment.seq);
    }
  }
}
