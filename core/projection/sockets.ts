// Socket lives: the kernel reuses addresses, so each (address, generation) is a socket of its own.
import type { RowSink, SocketRow } from './rows.ts';

export interface Life {
  generation: number;
  role: SocketRow['role'];
  first: number;
  last: number;
  local: number | null;
  remote: number | null;
  state: number;
}

export class Sockets {
  private readonly live = new Map<number, Life>();
  private readonly generations = new Map<number, number>();
  private readonly out: RowSink;

  constructor(out: RowSink) {
    this.out = out;
  }

  /** Those that live, by address. */
  get alive(): ReadonlyMap<number, Readonly<Life>> {
    return this.live;
  }

  get(sk: number): { readonly local: number | null; readonly generation: number } | undefined {
    return this.live.get(sk) ?? this.lastDead(sk);
  }

  /** A new life at this address: CLOSE → LISTEN, a new child, or CLOSE → SYN_SENT. Returns its generation, from 1. */
  born(
    sk: number,
    role: SocketRow['role'],
    at: number,
    state: number,
    local: number | null,
    remote: number | null,
  ): number {
    this.died(sk);
    const generation = (this.generations.get(sk) ?? 0) + 1;
    this.generations.set(sk, generation);
    this.live.set(sk, { generation, role, first: at, last: at, local, remote, state });
    return generation;
  }

  moved(sk: number, at: number, state: number, local: number, remote: number): void {
    const life = this.live.get(sk);
    if (life === undefined) {
      this.born(sk, 'other', at, state, local, remote);
      return;
    }
    life.last = at;
    life.state = state;
    // a client has no port yet when it starts, and old kernels make children before they know their peer
    if (life.role !== 'listener') {
      life.local = local;
      life.remote = remote;
    }
  }

  died(sk: number): void {
    const life = this.live.get(sk);
    if (life === undefined) return;
    this.live.delete(sk);
    this.dead = { sk, life };
    this.emit(sk, life);
  }

  finish(): void {
    for (const [sk, life] of this.live) this.emit(sk, life);
    this.live.clear();
  }

  private dead: { sk: number; life: Life } | null = null;

  /** The life that ended last, still asked for by a listen() that failed within the same call. */
  private lastDead(sk: number): Life | undefined {
    return this.dead?.sk === sk ? this.dead.life : undefined;
  }

  /** Children and clients are in the connections table, once each; here are the others. */
  private emit(sk: number, life: Life): void {
    if (life.role === 'child' || life.role === 'client') return;
    this.out.socket({
      sk: sk < 0 ? null : sk,
      generation: life.generation,
      role: life.role,
      first_at_ns: life.first,
      last_at_ns: life.last,
      local: life.local,
      remote: life.remote,
      last_state: life.state,
    });
  }
}
