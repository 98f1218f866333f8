// System calls against the model: what each descriptor is, and whether the result is one that the kernel could have given.
import type { EventBatch } from '../../core/event/event-batch.ts';
import { EVENT_TYPES } from '../../core/event/event-type.ts';
import {
  EAGAIN,
  EBADF,
  ECONNABORTED,
  EFAULT,
  EINPROGRESS,
  EINVAL,
  EMFILE,
  ENOTSOCK,
  errnoName,
} from '../../core/kernel/errno.ts';
import { O_CLOEXEC, O_NONBLOCK } from '../../core/kernel/files.ts';
import type { ListenCalls } from './listen-calls.ts';
import { type SeenCall, SeenFile } from './processes.ts';
import type { QueueEvents } from './queue-events.ts';
import type { RuleId } from './rules.ts';
import type { Scene } from './scene.ts';

const CALL_OF: readonly string[] = EVENT_TYPES.map(({ name }) => name.replace(/^sys_(enter|exit)_/, ''));
const ENFILE = 23;
const ENOMEM = 12;
const ENOBUFS = 105;
/** What limits, memory and security modules answer. */
const BY_LIMITS = new Set([-EMFILE, -ENFILE, -ENOMEM, -ENOBUFS, -1, -13]);
/** ERESTARTSYS and the like, and EINTR. */
const isInterrupted = (result: number): boolean => result === -4 || (result <= -512 && result >= -516);
const F_DUPFD = 0;
const F_SETFD = 2;
const F_DUPFD_CLOEXEC = 1030;
const CLOSE_RANGE_UNSHARE = 2;
const CLOSE_RANGE_CLOEXEC = 4;

const said = (result: number): string => errnoName(result) ?? String(result);
const hasCloexec = (flags: number): boolean => !Number.isNaN(flags) && (flags & O_CLOEXEC) !== 0;

export class SystemCalls {
  readonly #scene: Scene;
  readonly #queue: QueueEvents;
  readonly #listens: ListenCalls;

  constructor(scene: Scene, queue: QueueEvents, listens: ListenCalls) {
    this.#scene = scene;
    this.#queue = queue;
    this.#listens = listens;
  }

  enter(batch: EventBatch, row: number): void {
    const { processes, at, position } = this.#scene;
    const tid = batch.tid[row];
    this.#listens.stopEnded(tid);
    const call = processes.callOf(tid);
    call.name = CALL_OF[batch.type[row]];
    call.at = at;
    call.position = position;
    call.pid = batch.pid[row];
    const [a0, a1, a2, a3] = batch.args;
    call.a0 = a0[row];
    call.a1 = a1[row];
    call.a2 = a2[row];
    call.flags = call.name === 'accept4' ? a3[row] : 0;
    call.file = null;
    call.sk = Number.NaN;
    call.local = Number.NaN;
    call.started = false;
    call.stopped = false;
    call.crowded = false;
    if (Number.isNaN(call.a0)) return;
    switch (call.name) {
      case 'accept':
      case 'accept4':
        this.#enterAccept(call, tid);
        return;
      case 'listen':
      case 'bind':
      case 'connect':
      case 'shutdown':
      case 'setsockopt':
        call.file = processes.fileOf(call.pid, tid, call.a0);
        return;
      case 'close': {
        // the number is free as soon as the call begins, and may be another file's before it ends
        const table = processes.table(call.pid, tid);
        call.file = table.get(call.a0) ?? null;
        table.close(call.a0);
        return;
      }
      default:
        return;
    }
  }

  #enterAccept(call: SeenCall, tid: number): void {
    const file = this.#scene.processes.fileOf(call.pid, tid, call.a0);
    call.file = file;
    const { listener } = file;
    if (listener === null) {
      file.waiting.set(tid, call.at);
      return;
    }
    if (!listener.live) return;
    const { queue } = listener;
    call.crowded = queue.accepting.size > 0;
    if (call.crowded)
      for (const { tid: other } of queue.accepting.values()) this.#scene.processes.callOf(other).crowded = true;
    queue.enter(tid, call.at, this.#scene.cpu);
  }

  exit(batch: EventBatch, row: number): void {
    const scene = this.#scene;
    const tid = batch.tid[row];
    const call = scene.processes.current(tid);
    const name = CALL_OF[batch.type[row]];
    if (call === undefined || call.name !== name) return;
    const result = batch.args[0][row];
    call.name = '';
    if (Number.isNaN(result)) return;
    if (name === 'accept' || name === 'accept4') this.#accepted(call, tid, result);
    else if (name === 'listen') {
      if (call.file !== null && !Number.isNaN(call.a1)) this.#listens.returned(call, result);
    } else if (name === 'socket') this.#socket(call, tid, result);
    else if (name === 'bind') this.#bind(call, result);
    else if (name === 'connect') this.#connect(call, result);
    else this.#other(call, tid, name, result);
    this.#listens.stopEnded(tid);
  }

  /** A task ended inside of a call. */
  taskExited(tid: number): void {
    const call = this.#scene.processes.current(tid);
    const listener = call?.file?.listener;
    if (call?.name === 'accept' || call?.name === 'accept4') listener?.queue.leftWithout(tid);
    this.#listens.stopEnded(tid);
  }

  #socket(call: SeenCall, tid: number, result: number): void {
    const scene = this.#scene;
    if (Number.isNaN(call.a0 + call.a1 + call.a2)) {
      scene.undecided('sys_socket', 'argument-missing');
      return;
    }
    const model = scene.world.socket(call.a0, call.a1, call.a2);
    const inModel = typeof model !== 'number';
    // families that the model does not have say EAFNOSUPPORT there
    const modelled = call.a0 === 1 || call.a0 === 2 || call.a0 === 10;
    if (!modelled) scene.undecided('sys_socket', 'beyond-the-path');
    else if (BY_LIMITS.has(result)) scene.undecided('sys_socket', 'limits-unknown');
    else if (inModel ? result >= 0 : result === model) scene.match('sys_socket');
    else if (!inModel && result >= 0 && call.a2 !== 0) scene.undecided('sys_socket', 'beyond-the-path');
    else this.#diverge('sys_socket', inModel ? 'a descriptor' : said(model), said(result), null);
    if (result < 0) return;
    const file = new SeenFile('socket');
    file.family = call.a0;
    file.type = call.a1 & 0xf;
    if (inModel && modelled) file.model = model;
    scene.processes.table(call.pid, tid).install(result, file, hasCloexec(call.a1));
  }

  #bind(call: SeenCall, result: number): void {
    const scene = this.#scene;
    const { file } = call;
    if (file === null) return;
    if (file.kind !== 'socket') scene.undecided('sys_bind', 'fd-unknown');
    else if (result === -EBADF || result === -ENOTSOCK)
      this.#diverge('sys_bind', 'the descriptor is a socket', said(result), file);
    else if (result !== 0) scene.undecided('sys_bind', 'address-unknown');
    else if (file.bound && file.family !== 1) this.#diverge('sys_bind', 'EINVAL: it is bound already', '0', file);
    else scene.match('sys_bind');
    if (result === 0) file.bound = true;
  }

  #connect(call: SeenCall, result: number): void {
    const scene = this.#scene;
    const { file } = call;
    if (file !== null && result === 0) file.connected = 'yes';
    else if (file !== null && (isInterrupted(result) || result === -EINPROGRESS)) file.connected = 'maybe';
    // UNIX, UDP and what never got to a SYN are not the path's
    if (!scene.options.hasState || Number.isNaN(call.sk)) return;
    if (file?.kind !== 'socket') scene.undecided('sys_connect', 'fd-unknown');
    else if (isInterrupted(result)) scene.undecided('sys_connect', 'interrupted');
    else if (file !== null && (result === -EBADF || result === -ENOTSOCK) && file.kind === 'socket')
      this.#diverge('sys_connect', 'the descriptor is a socket', said(result), file);
    else scene.match('sys_connect');
  }

  #accepted(call: SeenCall, tid: number, result: number): void {
    const scene = this.#scene;
    const file = call.file;
    if (file === null) {
      scene.undecided('sys_accept', 'argument-missing');
      return;
    }
    file.waiting.delete(tid);
    const { listener } = file;
    const badFlags = (call.flags & ~(O_CLOEXEC | O_NONBLOCK)) !== 0;
    if (badFlags && !Number.isNaN(call.flags)) {
      if (result === -EINVAL || (file.kind !== 'socket' && result < 0)) scene.match('sys_accept');
      else this.#diverge('sys_accept', 'EINVAL: flags that accept4() does not have', said(result), file);
      if (listener?.live) this.#queue.leftWithout(listener, tid, false);
      return;
    }
    if (result >= 0) this.#install(call, tid, result);
    if (listener === null) {
      if (result >= 0) {
        file.accepted++;
        scene.unattached++;
      }
      this.#notListening(file, result);
      return;
    }
    if (!listener.live) {
      if (result === -EINVAL || isInterrupted(result)) scene.match('sys_accept');
      else scene.undecided('sys_accept', 'state-unknown');
      return;
    }
    if (result >= 0) {
      scene.match('sys_accept');
      this.#fifo(call, tid, result);
      this.#queue.taken(listener, tid);
    } else if (result === -EAGAIN) {
      scene.match('sys_accept');
      this.#queue.leftWithout(listener, tid, true);
    } else if (result === -EFAULT || result === -ECONNABORTED) {
      // the connection is lost, and it has left the queue
      scene.undecided('sys_accept', 'argument-missing');
      this.#queue.taken(listener, tid);
      if (listener.order !== null) listener.orderHead++;
    } else {
      this.#queue.leftWithout(listener, tid, false);
      if (isInterrupted(result)) scene.undecided('sys_accept', 'interrupted');
      else if (BY_LIMITS.has(result)) scene.undecided('sys_accept', 'limits-unknown');
      else this.#diverge('sys_accept', 'a connection, or EAGAIN', said(result), file);
    }
  }

  /** accept() on what is no listener, or not known to be one. */
  #notListening(file: SeenFile, result: number): void {
    const scene = this.#scene;
    if (
      file.model === null ||
      file.kind !== 'socket' ||
      file.type === null ||
      !scene.options.hasState ||
      file.connected !== 'no'
    ) {
      if (file.kind === 'child' && result >= 0)
        this.#diverge('sys_accept', 'EINVAL: a connection is no listener', said(result), file);
      else scene.undecided('sys_accept', 'fd-unknown');
      return;
    }
    if (file.family === 1) {
      scene.undecided('sys_accept', 'listener-unknown');
      return;
    }
    if (BY_LIMITS.has(result)) {
      scene.undecided('sys_accept', 'limits-unknown');
      return;
    }
    const expected = scene.world.accept(file.model, 0);
    if (expected === result) scene.match('sys_accept');
    else this.#diverge('sys_accept', said(expected), said(result), file);
  }

  /** The descriptor of a connection. */
  #install(call: SeenCall, tid: number, fd: number): void {
    const child = new SeenFile('child');
    child.via = call.file;
    this.#scene.processes.table(call.pid, tid).install(fd, child, hasCloexec(call.flags));
  }

  /** Which connection it is, by the model's order. */
  #fifo(call: SeenCall, tid: number, fd: number): void {
    const listener = call.file?.listener;
    if (listener?.order == null) return;
    const { order } = listener;
    if (listener.orderHead >= order.length) {
      listener.order = null; // it was taken before its arrival was recorded
      return;
    }
    const child = this.#scene.processes.table(call.pid, tid).get(fd) as SeenFile;
    child.childSk = order[listener.orderHead++];
    child.sure = !call.crowded;
    if (listener.orderHead < 1024) return;
    listener.order = order.slice(listener.orderHead);
    listener.orderBase += listener.orderHead;
    listener.orderHead = 0;
  }

  #other(call: SeenCall, tid: number, name: string, result: number): void {
    const scene = this.#scene;
    const table = scene.processes.table(call.pid, tid);
    const file = call.file;
    switch (name) {
      case 'close':
        if (file === null || file.kind === 'unknown') return; // any file
        if (result === -EBADF) this.#diverge('sys_other', '0: the descriptor is open', said(result), file);
        else scene.match('sys_other');
        return;
      case 'shutdown':
      case 'setsockopt':
        if (name === 'setsockopt' && result === 0 && file !== null) file.options = true;
        if (file === null || file.kind === 'unknown') return;
        if (result === -EBADF || result === -ENOTSOCK)
          this.#diverge('sys_other', 'the descriptor is a socket', said(result), file);
        else if (name === 'shutdown' && file.listener?.live) this.#shutListener(call, file, result);
        else scene.match('sys_other');
        return;
      case 'close_range':
        if (result < 0) return;
        if ((call.a2 & CLOSE_RANGE_CLOEXEC) !== 0) table.setCloexec(call.a0, call.a1, true);
        else if ((call.a2 & CLOSE_RANGE_UNSHARE) === 0) table.closeRange(call.a0, call.a1);
        return;
      case 'dup':
      case 'dup2':
      case 'dup3':
      case 'fcntl':
        if (result >= 0) this.#duplicate(call, tid, name, result);
        return;
      default:
        return;
    }
  }

  /** shutdown() of a listener that is one still: only SHUT_WR leaves it so, and no other how is one. */
  #shutListener(call: SeenCall, file: SeenFile, result: number): void {
    const { a1: how } = call;
    const expected = how >= 0 && how <= 2 ? 0 : -EINVAL;
    if (result !== expected || (result === 0 && how !== 1 && this.#scene.options.hasState))
      this.#diverge('sys_other', how === 1 ? '0' : `${said(expected)}, and no listener any more`, said(result), file);
    else this.#scene.match('sys_other');
  }

  #duplicate(call: SeenCall, tid: number, name: string, result: number): void {
    const { processes } = this.#scene;
    const table = processes.table(call.pid, tid);
    if (name === 'fcntl') {
      if (call.a1 === F_SETFD) table.setCloexec(call.a0, call.a0, (call.a2 & 1) !== 0);
      if (call.a1 !== F_DUPFD && call.a1 !== F_DUPFD_CLOEXEC) return;
    } else if (name !== 'dup' && call.a0 === result) return;
    const cloexec = name === 'fcntl' ? call.a1 === F_DUPFD_CLOEXEC : name === 'dup3' && hasCloexec(call.a2);
    table.install(result, processes.fileOf(call.pid, tid, call.a0), cloexec);
  }

  #diverge(rule: RuleId, expected: string, observed: string, file: SeenFile | null): void {
    this.#scene.diverge(
      rule,
      expected,
      observed,
      'the descriptor is another file by now (an open, dup or exec that is not traced), or a kernel with another rule',
      file?.listener ?? null,
    );
  }
}
