// accept() against the model: its checks before the queue is asked, and which connection it took.
import { EAGAIN, ECONNABORTED, EFAULT, EINVAL } from '../../core/kernel/errno.ts';
import { O_CLOEXEC, O_NONBLOCK } from '../../core/kernel/files.ts';
import { BY_LIMITS, hasCloexec, isInterrupted, said } from './call-results.ts';
import { type SeenCall, SeenFile } from './processes.ts';
import type { QueueEvents } from './queue-events.ts';
import type { Scene } from './scene.ts';

export class AcceptCalls {
  readonly #scene: Scene;
  readonly #queue: QueueEvents;

  constructor(scene: Scene, queue: QueueEvents) {
    this.#scene = scene;
    this.#queue = queue;
  }

  /** accept() was entered. */
  entered(call: SeenCall, tid: number): void {
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

  /** accept() returned. */
  returned(call: SeenCall, tid: number, result: number): void {
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
      else this.#diverge('EINVAL: flags that accept4() does not have', said(result), file);
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
      else this.#diverge('a connection, or EAGAIN', said(result), file);
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
        this.#diverge('EINVAL: a connection is no listener', said(result), file);
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
    else this.#diverge(said(expected), said(result), file);
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

  #diverge(expected: string, observed: string, file: SeenFile): void {
    this.#scene.diverge(
      'sys_accept',
      expected,
      observed,
      'the descriptor is another file by now (an open, dup or exec that is not traced), or a kernel with another rule',
      file.listener,
    );
  }
}
