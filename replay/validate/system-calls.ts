// System calls against the model: what each descriptor is, and whether the result is one that the kernel could have given.
import type { EventBatch } from '../../core/event/event-batch.ts';
import { EVENT_TYPES } from '../../core/event/event-type.ts';
import { EBADF, EINPROGRESS, EINVAL, ENOTSOCK } from '../../core/kernel/errno.ts';
import type { AcceptCalls } from './accept-calls.ts';
import { BY_LIMITS, hasCloexec, isInterrupted, said } from './call-results.ts';
import type { ListenCalls } from './listen-calls.ts';
import type { ListenStops } from './listen-stops.ts';
import { type SeenCall, SeenFile } from './processes.ts';
import type { RuleId } from './rules.ts';
import type { Scene } from './scene.ts';

const CALL_OF: readonly string[] = EVENT_TYPES.map(({ name }) => name.replace(/^sys_(enter|exit)_/, ''));
const F_DUPFD = 0;
const F_SETFD = 2;
const F_DUPFD_CLOEXEC = 1030;
const CLOSE_RANGE_UNSHARE = 2;
const CLOSE_RANGE_CLOEXEC = 4;

export class SystemCalls {
  readonly #scene: Scene;
  readonly #accepts: AcceptCalls;
  readonly #listens: ListenCalls;
  readonly #stops: ListenStops;

  constructor(scene: Scene, accepts: AcceptCalls, listens: ListenCalls, stops: ListenStops) {
    this.#scene = scene;
    this.#accepts = accepts;
    this.#listens = listens;
    this.#stops = stops;
  }

  enter(batch: EventBatch, row: number): void {
    const { processes, at, position } = this.#scene;
    const tid = batch.tid[row];
    this.#stops.ended(tid);
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
        this.#accepts.entered(call, tid);
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

  exit(batch: EventBatch, row: number): void {
    const scene = this.#scene;
    const tid = batch.tid[row];
    const call = scene.processes.current(tid);
    const name = CALL_OF[batch.type[row]];
    if (call === undefined || call.name !== name) return;
    const result = batch.args[0][row];
    call.name = '';
    if (Number.isNaN(result)) return;
    if (name === 'accept' || name === 'accept4') this.#accepts.returned(call, tid, result);
    else if (name === 'listen') {
      if (call.file !== null && !Number.isNaN(call.a1)) this.#listens.returned(call, result);
    } else if (name === 'socket') this.#socket(call, tid, result);
    else if (name === 'bind') this.#bind(call, result);
    else if (name === 'connect') this.#connect(call, result);
    else this.#other(call, tid, name, result);
    this.#stops.ended(tid);
  }

  /** A task ended inside of a call. */
  taskExited(tid: number): void {
    const call = this.#scene.processes.current(tid);
    const listener = call?.file?.listener;
    if (call?.name === 'accept' || call?.name === 'accept4') listener?.queue.leftWithout(tid);
    this.#stops.ended(tid);
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
