// The host in the model that a capture's inputs are played to: its sockets, a task to call with, and what the model's tracepoints said last.
import { type Addr, ANY6, isIpv6Proper } from '../../core/kernel/address.ts';
import type { OpenFile } from '../../core/kernel/files.ts';
import { Host } from '../../core/kernel/host.ts';
import { inetCskGetPort } from '../../core/kernel/inet-csk-get-port.ts';
import type { KernelProfile } from '../../core/kernel/profile.ts';
import { ACK, RST, type Segment, SYN } from '../../core/kernel/segment.ts';
import { skAcceptqIsFull } from '../../core/kernel/sk-acceptq-is-full.ts';
import { AF_INET, AF_INET6, Sock } from '../../core/kernel/sock.ts';
import type { Socket } from '../../core/kernel/socket.ts';
import * as syscalls from '../../core/kernel/syscalls.ts';
import type { Task } from '../../core/kernel/task.ts';
import { TCP_CLOSE, TCP_ESTABLISHED, TCP_LISTEN, TCP_SYN_RECV } from '../../core/kernel/tcp-state.ts';
import type { Trace } from '../../core/kernel/trace.ts';
import type { UnixSock } from '../../core/kernel/unix-sock.ts';

/** Where the socket of a call is in the calling task. */
const FD = 0;
const EVERY_BACKLOG = 0x7fffffff;

/** The model's tracepoints since the last reset(). */
class Witness implements Trace {
  /** The child of LISTEN → SYN_RECV, and the peer's port that the event showed. */
  child: Sock | null = null;
  childDport = 0;
  established = false;
  woken: Sock | null = null;
  /** LISTEN → CLOSE, and queued children that went to CLOSE. */
  stopped = 0;
  forgotten = 0;
  started = 0;

  reset(): void {
    this.child = null;
    this.established = false;
    this.woken = null;
    this.stopped = 0;
    this.forgotten = 0;
    this.started = 0;
  }
  inetSockSetState(sk: Sock, from: number, to: number): void {
    if (from === TCP_LISTEN && to === TCP_SYN_RECV) {
      this.child = sk;
      this.childDport = sk.dport;
    } else if (from === TCP_SYN_RECV && to === TCP_ESTABLISHED) this.established = true;
    else if (from === TCP_CLOSE && to === TCP_LISTEN) this.started++;
    else if (from === TCP_LISTEN && to === TCP_CLOSE) this.stopped++;
    else if (to === TCP_CLOSE) this.forgotten++;
  }
  skDataReady(sk: Sock | UnixSock): void {
    if (sk instanceof Sock) this.woken = sk;
  }
  sysEnter(): void {}
  sysExit(): void {}
  tcpRetransmitSynack(): void {}
  tcpSendReset(): void {}
  tcpReceiveReset(): void {}
  tcpDestroySock(): void {}
}

/** What became of a final ACK. */
export type Arrival = 'enqueued' | 'full' | 'nowhere';

export class ModelWorld {
  readonly witness = new Witness();
  readonly host: Host;
  readonly #task: Task;
  #target: Sock | null = null;
  #isn = 0;
  #serial = 0;

  constructor(profile: KernelProfile) {
    this.host = new Host({
      profile,
      trace: this.witness,
      choices: {
        bindPort: (low, high, free) => search(low, high, free),
        connectPort: (low, high, free) => search(low, high, free),
        reuseportMember: (members) =>
          this.#target !== null && members.includes(this.#target) ? this.#target : members[0],
      },
    });
    // every clamp is tried outside: the namespace's somaxconn is what a capture is asked for
    this.host.net.sysctl.somaxconn = EVERY_BACKLOG;
    this.host.net.onWire = (segment) => {
      this.#isn = segment.seq;
    };
    this.#task = this.host.spawn();
  }

  /** socket(): the file, or a negative errno. */
  socket(family: number, type: number, protocol: number): OpenFile | number {
    const fd = syscalls.socket(this.#task, family, type, protocol);
    if (fd < 0) return fd;
    const file = this.#task.files.raw(fd) as OpenFile;
    this.#task.files.release(fd);
    return file;
  }

  /** A call on one file, as the task makes it. */
  on(file: OpenFile, call: (task: Task, fd: number) => number): number {
    const { files } = this.#task;
    files.reserve(this.#task.nofile);
    files.install(FD, file, false);
    const result = call(this.#task, FD);
    if (files.raw(FD) === file) files.release(FD);
    return result;
  }

  /** Binds a socket where the capture shows it. @returns 0, or -EADDRINUSE by the model's rules of conflict. */
  bindTo(sk: Sock, addr: Addr, port: number): number {
    if (sk.num !== 0) return 0;
    sk.rcvSaddr = addr;
    const error = inetCskGetPort(sk, port);
    if (error !== 0) return error;
    sk.bindPortLock = true;
    sk.bindAddrLock = true;
    sk.sport = sk.num;
    return 0;
  }

  /** listen(), with the limit that the namespace would make of it. */
  listen(file: OpenFile, backlog: number, somaxconn: number): number {
    this.witness.reset();
    const { sysctl } = this.host.net;
    sysctl.somaxconn = somaxconn;
    const result = this.on(file, (task, fd) => syscalls.listen(task, fd, backlog));
    sysctl.somaxconn = EVERY_BACKLOG;
    return result;
  }

  /** A handshake that reaches its final ACK, from a peer outside that no other connection has. */
  arrive(listener: Sock, local: Addr): Arrival {
    const { net } = this.host;
    const peer = ++this.#serial;
    const v6 = isIpv6Proper(local);
    const segment = {
      saddr: v6 ? ANY6 + 0x10000 + peer : 0x0a000000 + ((peer >>> 14) & 0xffffff),
      sport: v6 ? 40000 : 1024 + (peer & 0x3fff),
      daddr: local,
      dport: listener.num,
      length: 0,
      fastopen: null,
    };
    this.witness.reset();
    this.#target = listener;
    this.#isn = 0;
    net.receive({ ...segment, flags: SYN, seq: 1000, ack: 0 } satisfies Segment);
    if (this.#isn === 0) return skAcceptqIsFull(listener.ackBacklog, listener.maxAckBacklog) ? 'full' : 'nowhere';
    net.receive({ ...segment, flags: ACK, seq: 1001, ack: (this.#isn + 1) >>> 0 } satisfies Segment);
    return this.witness.woken === listener || this.witness.child !== null ? 'enqueued' : 'full';
  }

  /** accept() that does not wait. @returns a descriptor's number or a negative errno. */
  accept(file: OpenFile, flags: number): number {
    const { files } = this.#task;
    const { nonblock } = file;
    file.nonblock = true;
    let taken = -1;
    const result = this.on(file, (task, fd) => {
      taken = syscalls.accept4(task, fd, flags);
      return taken;
    });
    file.nonblock = nonblock;
    if (taken < 0) return result;
    const child = files.raw(taken) as OpenFile;
    files.release(taken);
    this.#forget(child.socket as Socket);
    return result;
  }

  /** What becomes of an accepted connection is no business of the path: its peer ends it, so that it takes no memory. */
  #forget(socket: Socket): void {
    const child = socket.sk;
    if (!(child instanceof Sock) || child.state === TCP_CLOSE) return;
    this.host.net.receive({
      flags: RST | ACK,
      saddr: child.daddr,
      sport: child.dport,
      daddr: child.rcvSaddr,
      dport: child.sport,
      seq: child.rcvNxt,
      ack: child.sndNxt,
      length: 0,
      fastopen: null,
    });
  }

  /** The last reference to a listener goes. @returns how many queued children the model resets. */
  stop(file: OpenFile): number {
    this.witness.reset();
    const { socket } = file;
    socket?.ops.release(socket);
    return this.witness.forgotten;
  }

  /** A listener that the capture shows without its beginning. */
  listenerOfBefore(addr: Addr, port: number): OpenFile | null {
    const file = this.socket(isIpv6Proper(addr) ? AF_INET6 : AF_INET, 1, 0);
    if (typeof file === 'number') return null;
    const sk = file.socket?.sk as Sock;
    sk.reuse = true;
    sk.reuseport = true;
    if (this.bindTo(sk, addr, port) !== 0 || this.listen(file, EVERY_BACKLOG, EVERY_BACKLOG) !== 0) return null;
    return file;
  }
}

function search(low: number, high: number, free: (port: number) => boolean): number {
  for (let port = low; port <= high; port++) if (free(port)) return port;
  return 0;
}
