// Plays the recorded calls of a task again, in their order, and keeps what each returned beside what it had returned.
import { openSync } from 'node:fs';
import { EBADF, ENOTSOCK } from '../../../core/kernel/errno.ts';
import type { Libc } from '../libc.ts';
import { TcpInfo } from '../tcp-info.ts';
import { LoopbackPlaces } from './loopback-place.ts';
import { listenedPorts, placeKey, sharedPlaces, whyNot } from './playable.ts';
import type { PlayedCall, RecordedCall } from './recorded-calls.ts';

export interface CallResult {
  readonly call: PlayedCall;
  readonly at: number;
  readonly args: readonly number[];
  readonly recorded: number | null;
  /** -errno for an error; null when it was not called. */
  readonly live: number | null;
  readonly verdict: 'same' | 'different' | 'undecided';
  /** Why it was not called, or what had to be assumed. */
  readonly note: string | null;
}

export interface CallsPlayed {
  readonly results: readonly CallResult[];
  /** Addresses that were moved to loopback. */
  readonly moved: readonly string[];
}

const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_REUSEPORT = 15;
const SO_RCVTIMEO = 20;
const SO_SNDTIMEO = 21;
const O_NONBLOCK = 0o4000;
const F_GETFL = 3;
const F_SETFL = 4;
const F_DUPFD = 0;
const F_DUPFD_CLOEXEC = 1030;
const AF_INET = 2;
const SOCK_STREAM = 1;
/** No call waits longer. */
const PATIENCE_S = 2n;
const EAGAIN = 11;
const MOST_OPTION = 256;
const NOT_OPEN = -1;

/** What descriptors share that came from one by dup(). */
interface OpenFile {
  readonly family: number;
  descriptors: number;
  listens: boolean;
}

interface Socket {
  readonly fd: number;
  readonly file: OpenFile;
}

export class CallPlayer {
  readonly #libc: Libc;
  readonly #info: TcpInfo;
  readonly #places = new LoopbackPlaces();
  /** By recorded number. */
  readonly #sockets = new Map<number, Socket>();
  readonly #shared: ReadonlySet<string>;
  readonly #ports: ReadonlySet<number>;
  readonly #clients: number[] = [];
  /** Listeners that a descriptor holds which is not seen, by one of this player's own. */
  readonly #held: Socket[] = [];
  #notSocket = -1;
  #note: string | null = null;

  /** @param calls all that will be played: what shares an address is seen before it does. */
  constructor(libc: Libc, calls: readonly RecordedCall[]) {
    this.#libc = libc;
    this.#info = new TcpInfo(libc);
    this.#shared = sharedPlaces(calls);
    this.#ports = listenedPorts(calls);
  }

  run(calls: readonly RecordedCall[]): CallsPlayed {
    const results = calls.map((call) => this.#play(call));
    for (const { fd } of [...this.#sockets.values(), ...this.#held]) this.#libc.close(fd);
    for (const fd of this.#clients) this.#libc.close(fd);
    return { results, moved: this.#places.moved };
  }

  #play(recorded: RecordedCall): CallResult {
    const { call, at, args, ret } = recorded;
    this.#note = null;
    const made = this.#skips(recorded) ? null : this.#call(recorded);
    const live = made === null ? null : made < 0 ? -this.#libc.errno() : made;
    const verdict = live === null || ret === null ? 'undecided' : same(call, ret, live) ? 'same' : 'different';
    return { call, at, args, recorded: ret, live, verdict, note: this.#note };
  }

  /** Says in a note why a call is not played. */
  #skips(recorded: RecordedCall): boolean {
    const { call, args, ret } = recorded;
    const why = whyNot(recorded, this.#ports);
    if (why !== null) this.#note = why;
    else if (call !== 'socket' && !this.#sockets.has(args[0]) && !this.#standIn(call, args[0], ret as number)) {
      this.#note = 'of a descriptor that is not seen becoming a socket';
      return true;
    }
    return why !== null;
  }

  /** Something that a call on an unknown descriptor can be made on. */
  #standIn(call: PlayedCall, fd: number, ret: number): boolean {
    if (ret === -EBADF) return true;
    if (ret === -ENOTSOCK) {
      if (this.#notSocket < 0) this.#notSocket = openSync('/dev/null', 'r');
      return true;
    }
    if (ret < 0 || !['listen', 'accept', 'accept4'].includes(call)) return false;
    const held = this.#held.pop();
    if (held !== undefined) {
      this.#note = 'assumed: the listener that was closed before by another descriptor';
      held.file.descriptors++;
      this.#sockets.set(fd, held);
      return true;
    }
    this.#note = 'assumed: an IPv4 socket that was there before the capture';
    this.#keep(fd, this.#libc.socket(AF_INET, SOCK_STREAM, 0), newFile(AF_INET));
    const own = this.#sockets.get(fd) as Socket;
    if (call !== 'listen') {
      this.#libc.bind(own.fd, this.#places.addressOf(null, AF_INET), 16);
      this.#libc.listen(own.fd, 128);
      own.file.listens = true;
    }
    return true;
  }

  #fdOf(fd: number, ret: number | null): number {
    return this.#sockets.get(fd)?.fd ?? (ret === -ENOTSOCK ? this.#notSocket : NOT_OPEN);
  }

  #call(recorded: RecordedCall): number {
    const libc = this.#libc;
    const { call, args, ret, place } = recorded;
    const fd = call === 'socket' ? -1 : this.#fdOf(args[0], ret);
    const file = this.#sockets.get(args[0])?.file;
    const family = file?.family ?? AF_INET;
    switch (call) {
      case 'socket':
        return this.#keep(ret, libc.socket(args[0], args[1], args[2]), newFile(args[0]));
      case 'bind': {
        this.#share(fd, place === null ? '' : placeKey(place));
        if (place === null && family !== 1 && args[1] !== 0) this.#note = 'assumed: any port; where to is not recorded';
        return libc.bind(fd, args[1] === 0 ? null : this.#places.addressOf(place, family), lengthOf(args[2], family));
      }
      case 'listen': {
        const made = libc.listen(fd, args[1]);
        if (made === 0 && file !== undefined) file.listens = true;
        return made;
      }
      case 'accept':
      case 'accept4':
        return this.#accept(recorded, fd);
      case 'connect':
        return libc.connect(fd, args[1] === 0 ? null : this.#places.addressOf(place, family), args[2]);
      case 'shutdown':
        return libc.shutdown(fd, args[1]);
      case 'close':
        this.#closing(args[0], recorded.ends);
        return libc.close(fd);
      case 'dup':
        return this.#keep(ret, libc.dup(fd), file);
      case 'dup2':
      case 'dup3':
        return this.#dupOver(args, fd, file);
      case 'fcntl': {
        const isDup = args[1] === F_DUPFD || args[1] === F_DUPFD_CLOEXEC;
        const made = libc.fcntl(fd, args[1], Number.isNaN(args[2]) ? 0 : args[2]);
        return isDup ? this.#keep(ret, made, file) : made;
      }
      case 'setsockopt': {
        // its value is not recorded: an option that is set is set to 1
        const value = new Uint8Array(MOST_OPTION);
        value[0] = 1;
        return libc.setsockopt(fd, args[1], args[2], args[3] === 0 ? null : value, Math.min(args[4], MOST_OPTION));
      }
    }
  }

  /** Whoever was accepted comes now; who was not, did not. */
  #accept({ call, args, ret }: RecordedCall, fd: number): number {
    const libc = this.#libc;
    if (ret !== null && ret >= 0 && this.#info.limit(fd) > 0 && this.#info.depth(fd) === 0) this.#comeTo(fd);
    if (ret === -EAGAIN) libc.fcntl(fd, F_SETFL, libc.fcntl(fd, F_GETFL, 0) | O_NONBLOCK);
    const address = args[1] === 0 ? null : new Uint8Array(128);
    const length = args[2] === 0 ? null : new Int32Array([128]);
    const flags = Number.isNaN(args[3]) ? 0 : args[3];
    const made = call === 'accept' ? libc.accept(fd, address, length) : libc.accept4(fd, address, length, flags);
    return this.#keep(ret, made, newFile(this.#sockets.get(args[0])?.file.family ?? AF_INET));
  }

  /** A client connects to a listener of the task. */
  #comeTo(listener: number): void {
    const libc = this.#libc;
    const address = new Uint8Array(128);
    const length = new Int32Array([128]);
    libc.getsockname(listener, address, length);
    const client = libc.socket(address[0], SOCK_STREAM, 0);
    this.#bounded(client);
    libc.connect(client, address, length[0]);
    this.#clients.push(client);
  }

  #dupOver(args: readonly number[], fd: number, file: OpenFile | undefined): number {
    const over = this.#sockets.get(args[1]);
    if (args[0] === args[1]) return this.#libc.dup2(fd, fd);
    const made = over === undefined ? this.#libc.dup(fd) : this.#libc.dup2(fd, over.fd);
    if (made < 0 || file === undefined) return made;
    if (over !== undefined) over.file.descriptors--;
    file.descriptors++;
    this.#sockets.set(args[1], { fd: made, file });
    return made;
  }

  /** A listener that went on listening after its last descriptor here was closed is held by one that is not seen. */
  #closing(recorded: number, ends: boolean): void {
    const socket = this.#sockets.get(recorded);
    if (socket === undefined) return;
    this.#sockets.delete(recorded);
    if (--socket.file.descriptors > 0 || !socket.file.listens || ends) return;
    this.#note = 'assumed: another descriptor, or process, holds the listener';
    const fd = this.#libc.dup(socket.fd);
    if (fd >= 0) this.#held.push({ fd, file: socket.file });
  }

  /** Remembers what a recorded descriptor is here. */
  #keep(recorded: number | null, fd: number, file: OpenFile | undefined): number {
    if (fd < 0) return fd;
    this.#bounded(fd);
    if (recorded === null || recorded < 0 || file === undefined) {
      this.#clients.push(fd);
      return fd;
    }
    const old = this.#sockets.get(recorded);
    // its close() was not recorded
    if (old !== undefined && old.fd !== fd) this.#libc.close(old.fd);
    file.descriptors++;
    this.#sockets.set(recorded, { fd, file });
    return fd;
  }

  /** No call on it waits for ever. */
  #bounded(fd: number): void {
    const time = new BigInt64Array([PATIENCE_S, 0n]);
    this.#libc.setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, time, 16);
    this.#libc.setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, time, 16);
  }

  /** Options that servers set, and few captures show: an address may be used again, and by several where it was. */
  #share(fd: number, key: string): void {
    const one = new Int32Array([1]);
    this.#libc.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, one, 4);
    if (this.#shared.has(key)) this.#libc.setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, one, 4);
  }
}

const newFile = (family: number): OpenFile => ({ family, descriptors: 0, listens: false });

/** What bind() was told; a UNIX name is as short as can be, so that the kernel chooses it. */
const lengthOf = (recorded: number, family: number): number => (family === 1 ? 2 : recorded);

/** Calls that return a descriptor say nothing by its number, nor does F_GETFL, in which this player's own flags are. */
function same(call: PlayedCall, recorded: number, live: number): boolean {
  if (recorded < 0 || live < 0) return recorded === live;
  return NO_VALUE.has(call) ? recorded === live : true;
}

/** They return 0. */
const NO_VALUE: ReadonlySet<PlayedCall> = new Set(['bind', 'listen', 'connect', 'shutdown', 'close', 'setsockopt']);
