// The system calls of one task on sockets, as a capture has them, with the addresses that only its other events tell.
import type { EventBatch } from '../../../core/event/event-batch.ts';
import { EVENT_TYPES, eventCode } from '../../../core/event/event-type.ts';
import { TCP_CLOSE, TCP_LISTEN, TCP_SYN_SENT } from '../../../core/kernel/tcp-state.ts';

/** Those that are played again. */
export const PLAYED = [
  'socket',
  'bind',
  'listen',
  'accept',
  'accept4',
  'connect',
  'shutdown',
  'close',
  'dup',
  'dup2',
  'dup3',
  'fcntl',
  'setsockopt',
] as const;
export type PlayedCall = (typeof PLAYED)[number];

/** Calls of a task that are taken. */
export const MOST_CALLS = 100_000;

export interface Place {
  readonly family: number;
  readonly address: string;
  readonly port: number;
}

export interface RecordedCall {
  readonly call: PlayedCall;
  /** Nanoseconds of the capture. */
  readonly at: number;
  /** As the catalogue of events names them; a pointer is 0 for NULL, 1 for another; NaN for what the capture lacks. */
  readonly args: readonly number[];
  /** Null when it did not return within the capture. */
  ret: number | null;
  /** Of bind() and listen() where the socket listened, of connect() where it went; null where the capture does not tell. */
  place: Place | null;
  /** Of close(): a listener stopped listening in it. */
  ends: boolean;
}

const ENTER = new Map<number, PlayedCall>(PLAYED.map((call) => [eventCode(`sys_enter_${call}`), call]));
const EXIT = new Map<number, PlayedCall>(PLAYED.map((call) => [eventCode(`sys_exit_${call}`), call]));
const ARGS = new Map<number, number>([...ENTER.keys()].map((code) => [code, EVENT_TYPES[code].args.length]));
const SET_STATE = eventCode('inet_sock_set_state');

/** Collects the calls of `tid`; `apply` takes the capture's batches in order. */
export class RecordedCalls {
  readonly calls: RecordedCall[] = [];
  /** There were more than MOST_CALLS. */
  cut = false;
  readonly #tid: number;
  readonly #place: (endpoint: number) => Place;
  #inside: RecordedCall | null = null;
  /** Last bind() of each fd: its address is known once the socket listens. */
  readonly #bound = new Map<number, RecordedCall>();

  /** @param place what an endpoint's id means. */
  constructor(tid: number, place: (endpoint: number) => Place) {
    this.#tid = tid;
    this.#place = place;
  }

  apply(batch: EventBatch): void {
    for (let row = 0; row < batch.length; row++) {
      if (batch.tid[row] !== this.#tid) continue;
      const type = batch.type[row];
      const entered = ENTER.get(type);
      if (entered !== undefined) this.#enter(batch, row, entered);
      else if (type === SET_STATE) this.#state(batch, row);
      else if (EXIT.has(type) && EXIT.get(type) === this.#inside?.call) this.#exit(batch.args[0][row]);
    }
  }

  #enter(batch: EventBatch, row: number, call: PlayedCall): void {
    this.#inside = null;
    if (this.calls.length >= MOST_CALLS) {
      this.cut = true;
      return;
    }
    const count = ARGS.get(batch.type[row]) ?? 0;
    const args = Array.from({ length: count }, (_, k) => batch.args[k][row]);
    this.#inside = { call, at: batch.at[row], args, ret: null, place: null, ends: false };
    this.calls.push(this.#inside);
  }

  #exit(ret: number): void {
    const done = this.#inside as RecordedCall;
    this.#inside = null;
    done.ret = Number.isNaN(ret) ? null : ret;
    if (done.call === 'bind') this.#bound.set(done.args[0], done);
    // a new socket under an old number was not bound by what bound that
    else if (done.ret !== null && done.ret >= 0 && (done.call === 'socket' || done.call.startsWith('accept')))
      this.#bound.delete(done.ret);
  }

  #state(batch: EventBatch, row: number): void {
    const [, from, to, local, remote] = batch.args;
    const call = this.#inside;
    if (call === null) return;
    if (call.call === 'close' && from[row] === TCP_LISTEN) call.ends = true;
    if (from[row] !== TCP_CLOSE) return;
    if (call.call === 'listen' && to[row] === TCP_LISTEN && !Number.isNaN(local[row])) {
      call.place = this.#place(local[row]);
      const bind = this.#bound.get(call.args[0]);
      if (bind !== undefined) bind.place = call.place;
    } else if (call.call === 'connect' && to[row] === TCP_SYN_SENT && !Number.isNaN(remote[row]))
      call.place = this.#place(remote[row]);
  }
}
