// The clients, all in one thread: each calls connect() at its instant, and sees through an epoll what becomes of it.
import { EventHeap } from '../what-if/event-heap.ts';
import type { ClientWork } from './client-plan.ts';
import {
  AF_INET,
  EALREADY,
  ECANCELED,
  EINPROGRESS,
  EPOLL_CTL_MOD,
  EPOLLERR,
  EPOLLHUP,
  EPOLLIN,
  EPOLLOUT,
  EPOLLRDHUP,
  ETIMEDOUT,
  MSG_DONTWAIT,
  MSG_NOSIGNAL,
  SO_ERROR,
  SO_LINGER,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
} from './constants.ts';
import type { Libc } from './libc.ts';
import { QUIET_NS, RunEnd } from './run-end.ts';
import { MADE, NEVER, type RunMemory } from './run-memory.ts';
import { ADDRESS_BYTES, listenerAddress, putClientAddress } from './socket-address.ts';
import { TcpInfo } from './tcp-info.ts';
import { monotonic, type Waiter } from './waiter.ts';

const SLOT = 0;
const TIMEOUT = 1;
const ALL_STOP = 2;
const LOOK_NS = 100e6;

export class ClientLoop {
  readonly #libc: Libc;
  readonly #waiter: Waiter;
  readonly #listeners: readonly number[];
  readonly #work: ClientWork;
  readonly #memory: RunMemory;
  readonly #info: TcpInfo;
  readonly #end: RunEnd;
  readonly #start: number;
  readonly #due = new EventHeap();
  readonly #fds: Int32Array;
  readonly #slotOf: Int32Array;
  readonly #thought: Int32Array;
  readonly #to: Uint8Array;
  readonly #from = new Uint8Array(ADDRESS_BYTES);
  readonly #byte = new Uint8Array(1);
  readonly #word = new Int32Array(1);
  readonly #length = new Int32Array([4]);
  readonly #noLinger = new Int32Array([1, 0]);
  #next = 0;
  #made = 0;
  /** Closed: connections that slots have begun or will. */
  #planned: number;
  #stopped = false;
  #pending = 0;
  /** Connected and not yet closed. */
  #open = 0;

  constructor(libc: Libc, waiter: Waiter, listeners: readonly number[], work: ClientWork, memory: RunMemory) {
    this.#libc = libc;
    this.#waiter = waiter;
    this.#listeners = listeners;
    this.#work = work;
    this.#to = listenerAddress(work.port);
    this.#memory = memory;
    this.#info = new TcpInfo(libc);
    this.#end = new RunEnd(this.#info, listeners, work, memory);
    this.#start = memory.start[0];
    const connections = memory.intended.length;
    this.#fds = new Int32Array(connections);
    this.#slotOf = new Int32Array(work.closed ? connections : 0);
    this.#thought = new Int32Array(work.closed ? work.arrivals.length : 0);
    this.#planned = work.closed ? work.arrivals.length : 0;
    if (work.stop !== Number.POSITIVE_INFINITY) this.#due.push(work.stop, ALL_STOP, 0);
  }

  /** Plays it to the end: until everyone was accepted or gave up. */
  run(): void {
    this.#play();
    for (let client = 0; client < this.#made; client++) if (this.#fds[client] > 0) this.#close(client);
  }

  #play(): void {
    while (!this.#memory.stopped) {
      const now = this.#now();
      const due = this.#nextDue();
      if (due <= now) {
        this.#begin(due);
        continue;
      }
      if (due === Number.POSITIVE_INFINITY && this.#pending === 0 && this.#end.isOver(now, this.#open)) return;
      // just before it is due, it only looks
      const until = Math.max(now, Math.min(due - this.#waiter.early, now + LOOK_NS));
      const quiet = due === Number.POSITIVE_INFINITY ? now + QUIET_NS : until;
      const count = this.#waiter.wait(this.#start + Math.min(until, quiet));
      for (let k = 0; k < count; k++) {
        this.#event(this.#waiter.data(k), this.#waiter.events(k));
        if (this.#nextDue() <= this.#now()) break; // the rest comes again
      }
      if (count > 0) this.#end.quietSince = this.#now();
    }
  }

  #nextDue(): number {
    const { arrivals } = this.#work;
    return Math.min(this.#next < arrivals.length ? arrivals[this.#next] : Number.POSITIVE_INFINITY, this.#due.next);
  }

  #begin(due: number): void {
    const { arrivals, closed } = this.#work;
    if (this.#next < arrivals.length && arrivals[this.#next] === due) {
      if (closed) this.#slotOf[this.#made] = this.#next;
      this.#next++;
      this.#come(due);
      return;
    }
    const { kind, who } = this.#due;
    this.#due.pop();
    if (kind === SLOT) {
      if (this.#stopped) return;
      this.#slotOf[this.#made] = who;
      this.#come(due);
    } else if (kind === ALL_STOP) this.#stopAll();
    else if (this.#fds[who] > 0 && this.#memory.connected[who] === NEVER) this.#failed(who, ETIMEDOUT);
  }

  #stopAll(): void {
    this.#stopped = true;
    for (let client = 0; client < this.#made; client++) {
      if (this.#fds[client] <= 0) continue;
      if (this.#memory.connected[client] === NEVER) this.#failed(client, ECANCELED);
      else this.#close(client);
    }
    this.#open = 0;
  }

  /** The member that a connection goes to, of those recorded. */
  #memberOf(client: number): number {
    const { members, closed, thinkFrom } = this.#work;
    if (members.length === 0) return 0;
    if (!closed) return members[client % members.length];
    const slot = this.#slotOf[client];
    const own = thinkFrom[slot + 1] - thinkFrom[slot] + 1;
    return members[(thinkFrom[slot] + slot + (this.#thought[slot] % own)) % members.length];
  }

  #come(intended: number): void {
    const libc = this.#libc;
    const memory = this.#memory;
    const client = this.#made++;
    const member = this.#memberOf(client);
    memory.intended[client] = intended;
    memory.member[client] = member;
    memory.control[MADE] = this.#made;
    const fd = libc.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    this.#pending++;
    if (fd < 0) {
      memory.started[client] = this.#now();
      this.#ended(client, libc.errno());
      return;
    }
    this.#fds[client] = fd;
    putClientAddress(this.#from, this.#work.first + client, member);
    if (libc.bind(fd, this.#from, ADDRESS_BYTES) < 0) {
      memory.started[client] = this.#now();
      this.#failed(client, libc.errno());
      return;
    }
    const started = this.#now();
    memory.started[client] = started;
    let result = libc.connect(fd, this.#to, ADDRESS_BYTES);
    // on loopback the handshake is over when connect() returns: asked again, it says so
    if (result < 0 && libc.errno() === EINPROGRESS) result = libc.connect(fd, this.#to, ADDRESS_BYTES);
    if (result === 0) {
      this.#connected(client, this.#now());
      if (this.#fds[client] > 0) this.#waiter.add(fd, EPOLLIN | EPOLLRDHUP, client);
      return;
    }
    const errno = libc.errno();
    if (errno !== EALREADY && errno !== EINPROGRESS) {
      this.#failed(client, errno);
      return;
    }
    this.#waiter.add(fd, EPOLLOUT, client);
    if (this.#work.timeout !== Number.POSITIVE_INFINITY) this.#due.push(started + this.#work.timeout, TIMEOUT, client);
  }

  #connected(client: number, at: number): void {
    const fd = this.#fds[client];
    const { speaksFirst, resets, follows } = this.#work;
    this.#memory.connected[client] = at;
    this.#memory.depth[client] = this.#info.depth(this.#listeners[this.#memory.member[client]]);
    this.#end.lastConnected = at;
    this.#pending--;
    if (follows === 'connected') this.#slotEnded(client, at);
    if (resets) {
      this.#libc.setsockopt(fd, SOL_SOCKET, SO_LINGER, this.#noLinger, 8);
      this.#close(client);
      return;
    }
    this.#open++;
    if (speaksFirst) this.#libc.send(fd, this.#byte, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
  }

  #event(client: number, events: number): void {
    const fd = this.#fds[client];
    if (fd <= 0) return;
    if (this.#memory.connected[client] === NEVER) {
      this.#answered(client, fd, events);
      return;
    }
    const { follows } = this.#work;
    if ((events & (EPOLLERR | EPOLLHUP | EPOLLRDHUP)) === 0) {
      // the answer: what ends a slot's connection
      if (this.#libc.recv(fd, this.#byte, 1, MSG_DONTWAIT) === 1 && follows === 'response')
        this.#slotEnded(client, this.#memory.accepted[client]);
      return;
    }
    if (follows === 'response' && this.#libc.recv(fd, this.#byte, 1, MSG_DONTWAIT) === 1)
      this.#slotEnded(client, this.#memory.accepted[client]);
    this.#open--;
    if (this.#memory.accepted[client] !== NEVER) this.#end.closedAccepted++;
    else {
      this.#memory.errno[client] = this.#errorOf(fd) || ETIMEDOUT;
      if (follows === 'response') this.#slotEnded(client, this.#now());
    }
    this.#close(client);
  }

  /** A SYN that had no answer at once has one, or the kernel has given up. */
  #answered(client: number, fd: number, events: number): void {
    const errno = (events & (EPOLLERR | EPOLLHUP)) === 0 ? 0 : this.#errorOf(fd);
    if (errno !== 0) {
      this.#failed(client, errno);
      return;
    }
    if ((events & EPOLLOUT) === 0) return;
    const at = this.#now();
    this.#memory.retransmits[client] = this.#info.retransmits(fd);
    this.#connected(client, at);
    if (this.#fds[client] > 0) this.#waiter.control(EPOLL_CTL_MOD, fd, EPOLLIN | EPOLLRDHUP, client);
  }

  #errorOf(fd: number): number {
    this.#word[0] = 0;
    this.#libc.getsockopt(fd, SOL_SOCKET, SO_ERROR, this.#word, this.#length);
    return this.#word[0];
  }

  /** Without a connection. */
  #failed(client: number, errno: number): void {
    this.#memory.retransmits[client] = this.#info.retransmits(this.#fds[client]);
    this.#close(client);
    this.#ended(client, errno);
  }

  #ended(client: number, errno: number): void {
    this.#pending--;
    this.#memory.errno[client] = errno;
    this.#slotEnded(client, this.#now());
  }

  #close(client: number): void {
    this.#libc.close(this.#fds[client]);
    this.#fds[client] = 0;
  }

  /** A closed client comes again after its think time, while the load has connections left; slots share them. */
  #slotEnded(client: number, at: number): void {
    const { closed, think, thinkFrom } = this.#work;
    if (!closed || this.#stopped || this.#planned >= this.#fds.length) return;
    const slot = this.#slotOf[client];
    const own = thinkFrom[slot + 1] - thinkFrom[slot];
    // a slot that outlives its own list goes on as it was
    const pause = own > 0 ? think[thinkFrom[slot] + (this.#thought[slot] % own)] : think[this.#planned % think.length];
    this.#planned++;
    this.#thought[slot]++;
    this.#due.push(at + pause, SLOT, slot);
  }

  #now(): number {
    return monotonic() - this.#start;
  }
}
