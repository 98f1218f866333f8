// What a capture's log says of a listener's clients and acceptors beyond the store's tables: each connect() on the host, each accept().
import type { EventBatch } from '../../core/event/event-batch.ts';
import { eventCode } from '../../core/event/event-type.ts';
import { TCP_CLOSE, TCP_ESTABLISHED, TCP_FIN_WAIT1, TCP_LAST_ACK, TCP_SYN_SENT } from '../../core/kernel/tcp-state.ts';

const SET_STATE = eventCode('inet_sock_set_state');
const RETRANSMIT = eventCode('tcp_retransmit_skb');
const ENTER_ACCEPT = eventCode('sys_enter_accept');
const ENTER_ACCEPT4 = eventCode('sys_enter_accept4');
const EXIT_ACCEPT = eventCode('sys_exit_accept');
const EXIT_ACCEPT4 = eventCode('sys_exit_accept4');

/** Its close() moves a socket to the first two; the third is all that is left where those are not recorded. */
const SERVER_ENDS: ReadonlySet<number> = new Set([TCP_FIN_WAIT1, TCP_LAST_ACK, TCP_CLOSE]);

/** A connect() of a task on the host, nanoseconds of the capture; NaN for what did not happen in it. */
export interface ClientTry {
  readonly syn: number;
  readonly tid: number;
  readonly pid: number;
  established: number;
  ended: number;
}

/** An accept() of one of the listener's acceptors. */
export interface AcceptTry {
  readonly entered: number;
  readonly exited: number;
  readonly took: boolean;
}

export class ObservedCalls {
  readonly clients: ClientTry[] = [];
  /** When SYNs were sent again. */
  readonly again: number[] = [];
  readonly accepts = new Map<number, AcceptTry[]>();
  /** When the server's end of a connection was closed, by its socket, in order: sockets come again. */
  readonly ends = new Map<number, number[]>();
  readonly #reaches: (endpoint: number) => boolean;
  readonly #bySk = new Map<number, ClientTry>();
  readonly #inside = new Map<number, number>();

  /** @param tids of the acceptors. @param children sockets of connections that were accepted. @param reaches whether an endpoint that a client connects to is the listener's. */
  constructor(tids: Iterable<number>, children: Iterable<number>, reaches: (endpoint: number) => boolean) {
    for (const tid of tids) this.accepts.set(tid, []);
    for (const sk of children) this.ends.set(sk, []);
    this.#reaches = reaches;
  }

  apply(batch: EventBatch): void {
    for (let row = 0; row < batch.length; row++) {
      const type = batch.type[row];
      if (type === SET_STATE) this.#state(batch, row);
      else if (type === RETRANSMIT) {
        if (batch.args[1][row] === TCP_SYN_SENT) this.again.push(batch.at[row]);
      } else if (type === ENTER_ACCEPT || type === ENTER_ACCEPT4) {
        const tid = batch.tid[row];
        if (this.accepts.has(tid)) this.#inside.set(tid, batch.at[row]);
      } else if (type === EXIT_ACCEPT || type === EXIT_ACCEPT4) this.#left(batch, row);
    }
  }

  #left(batch: EventBatch, row: number): void {
    const tid = batch.tid[row];
    const calls = this.accepts.get(tid);
    const entered = this.#inside.get(tid);
    if (calls === undefined || entered === undefined) return;
    this.#inside.delete(tid);
    calls.push({ entered, exited: batch.at[row], took: batch.args[0][row] >= 0 });
  }

  #state(batch: EventBatch, row: number): void {
    const [a0, from, to, , remote] = batch.args;
    const sk = a0[row];
    const at = batch.at[row];
    if (Number.isNaN(sk)) return;
    if (from[row] === TCP_CLOSE && to[row] === TCP_SYN_SENT) {
      this.#bySk.delete(sk);
      if (Number.isNaN(remote[row]) || !this.#reaches(remote[row])) return;
      const client = { syn: at, tid: batch.tid[row], pid: batch.pid[row], established: Number.NaN, ended: Number.NaN };
      this.#bySk.set(sk, client);
      this.clients.push(client);
      return;
    }
    const client = this.#bySk.get(sk);
    if (client === undefined) {
      if (SERVER_ENDS.has(to[row])) this.ends.get(sk)?.push(at);
      return;
    }
    if (from[row] === TCP_SYN_SENT && to[row] === TCP_ESTABLISHED) client.established = at;
    else if (Number.isNaN(client.ended)) {
      client.ended = at;
      if (to[row] === TCP_CLOSE) this.#bySk.delete(sk);
    }
  }
}
