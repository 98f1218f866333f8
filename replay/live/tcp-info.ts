// struct tcp_info: how long a listener's accept queue is, and how often a client's SYN was sent again.
import { IPPROTO_TCP, TCP_INFO } from './constants.ts';
import type { Libc } from './libc.ts';

const BYTES = 104;
const UNACKED = 24 / 4;
const SACKED = 28 / 4;
const LAST_DATA_RECV = 52 / 4;
const TOTAL_RETRANS = 100 / 4;

export class TcpInfo {
  readonly #libc: Libc;
  readonly #words = new Uint32Array(BYTES / 4);
  readonly #length = new Int32Array(1);

  constructor(libc: Libc) {
    this.#libc = libc;
  }

  /** sk_ack_backlog of a listener. */
  depth(fd: number): number {
    this.#read(fd);
    return this.#words[UNACKED];
  }

  /** sk_max_ack_backlog of a listener. */
  limit(fd: number): number {
    this.#read(fd);
    return this.#words[SACKED];
  }

  /** Segments sent again: SYNs as long as nothing else was sent. */
  retransmits(fd: number): number {
    this.#read(fd);
    return this.#words[TOTAL_RETRANS];
  }

  /** Milliseconds since a connection became a socket (tcp_create_openreq_child), or since its last data. */
  age(fd: number): number {
    this.#read(fd);
    return this.#words[LAST_DATA_RECV];
  }

  #read(fd: number): void {
    this.#length[0] = BYTES;
    if (this.#libc.getsockopt(fd, IPPROTO_TCP, TCP_INFO, this.#words, this.#length) < 0) this.#words.fill(0);
  }
}
