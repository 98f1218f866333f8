// listen() against the model: which socket may, what the limit becomes.

import { EADDRINUSE, errnoName } from '../../core/kernel/errno.ts';
import type { OpenFile } from '../../core/kernel/files.ts';
import { AF_INET6, AF_UNIX, type Sock } from '../../core/kernel/sock.ts';
import { UnixSock } from '../../core/kernel/unix-sock.ts';
import type { ListenStops } from './listen-stops.ts';
import type { ModelWorld } from './model-world.ts';
import type { SeenCall, SeenFile } from './processes.ts';
import type { Scene } from './scene.ts';
import type { SeenListener } from './seen-listener.ts';

const SOCK_STREAM = 1;

export class ListenCalls {
  readonly #scene: Scene;
  readonly #stops: ListenStops;
  /** Calls in which a sock went CLOSE → LISTEN, by that sock's address. */
  readonly #starting = new Map<number, SeenCall>();

  constructor(scene: Scene, stops: ListenStops) {
    this.#scene = scene;
    this.#stops = stops;
  }

  anyStarting(): boolean {
    return this.#starting.size > 0;
  }

  /** CLOSE → LISTEN. */
  started(tid: number, sk: number, local: number): void {
    const scene = this.#scene;
    const call = scene.processes.current(tid);
    if (call?.name !== 'listen') {
      scene.undecided('listen_start', 'fd-unknown');
      return;
    }
    call.sk = sk;
    call.local = local;
    call.started = true;
    if (!Number.isNaN(sk)) this.#starting.set(sk, call);
  }

  /** The listener of a sock whose listen() has not returned yet; it is one already. */
  startedNow(sk: number): SeenListener | undefined {
    const call = this.#starting.get(sk);
    if (call === undefined) return undefined;
    this.#starting.delete(sk);
    return this.#begin(call) ?? undefined;
  }

  /** listen() returned. */
  returned(call: SeenCall, result: number): void {
    const scene = this.#scene;
    this.#starting.delete(call.sk);
    const file = call.file as SeenFile;
    if (result !== 0) this.#failed(call, file, result);
    else if (call.stopped) this.#compare(file, result, -EADDRINUSE);
    else if (call.started && !file.listener?.live) this.#begin(call);
    else if (file.listener?.live) this.#again(call, file, file.listener);
    else if (file.family === AF_UNIX) this.#unix(call, file);
    else if (file.kind === 'child') this.#cannot(file, result, -22);
    else if (
      file.kind === 'socket' &&
      scene.options.hasState &&
      file.type === SOCK_STREAM &&
      file.connected !== 'maybe'
    )
      scene.diverge(
        'listen_start',
        'a change from CLOSE to LISTEN inside the call',
        'none',
        'the event was filtered out, or the socket is of a protocol on top of TCP',
        null,
      );
    else scene.undecided('sys_listen', 'fd-unknown'); // a listener of before, or nothing is known of it
  }

  /** A descriptor's listener becomes known. */
  bind(file: SeenFile, listener: SeenListener): void {
    if (file.listener === listener) return;
    file.listener = listener;
    if (file.accepted > 0) {
      // they were this listener's, at instants of which its account knows nothing
      this.#scene.unattached -= file.accepted;
      file.accepted = 0;
      listener.queue.forget();
      listener.order = null;
    }
    for (const [tid, entered] of file.waiting)
      listener.queue.accepting.set(tid, { tid, entered, sawEmpty: true, ambiguous: true });
    file.waiting.clear();
  }

  /** LISTEN → CLOSE. */
  stopped(tid: number, sk: number, local: number): void {
    const scene = this.#scene;
    const call = scene.processes.current(tid);
    if (call?.name === 'listen' && call.started && (Number.isNaN(sk) || call.sk === sk)) {
      call.stopped = true; // the way back on EADDRINUSE
      scene.match('listen_start');
      return;
    }
    this.#stops.began(tid, sk, local);
  }

  /** A listener begins in the capture. */
  #begin(call: SeenCall): SeenListener | null {
    const scene = this.#scene;
    const file = call.file as SeenFile;
    const requested = call.a1 >>> 0;
    const made = this.#listenInModel(file, call.local, requested);
    if (made === null) {
      scene.undecided('sys_listen', 'options-unknown');
      return null;
    }
    scene.match('sys_listen');
    scene.match('listen_start');
    const listener = scene.addListener({
      sk: call.sk,
      world: made.world,
      file: made.model,
      local: call.local,
      requested,
      limitKnown: scene.somaxconn.decides(requested),
      known: scene.options.hasState,
    });
    file.model = made.model;
    this.bind(file, listener);
    scene.step(listener, `listen(${requested})`);
    return listener;
  }

  /** Plays bind() and listen() to the model; where the port is taken there: with options that allow it, then in another namespace. */
  #listenInModel(file: SeenFile, local: number, requested: number): { world: ModelWorld; model: OpenFile } | null {
    const scene = this.#scene;
    const { port, family } = scene.options.endpoint(local);
    const addr = scene.addr(local);
    const attempts: readonly [ModelWorld, boolean][] = [
      [scene.world, false],
      [scene.world, true],
      [scene.otherWorld(), true],
    ];
    for (const [world, options] of attempts) {
      const model = world.socket(family === AF_INET6 ? AF_INET6 : 2, SOCK_STREAM, 0);
      if (typeof model === 'number') return null;
      const sk = model.socket?.sk as Sock;
      sk.reuse = options || file.options;
      sk.reuseport = options || file.options;
      sk.ipv6only = options && family === AF_INET6;
      if (port !== 0 && world.bindTo(sk, addr, port) !== 0) continue;
      if (world.listen(model, requested, scene.somaxconn.value) === 0 && world.witness.started === 1)
        return { world, model };
    }
    return null;
  }

  /** listen() on a listener: the new backlog holds at once. */
  #again(call: SeenCall, file: SeenFile, listener: SeenListener): void {
    const scene = this.#scene;
    const requested = call.a1 >>> 0;
    const result = listener.world.listen(listener.queue.file, requested, scene.somaxconn.value);
    if (result !== 0 && listener.queue.sk.maxAckBacklog >= 0) {
      this.#cannot(file, 0, result);
      return;
    }
    scene.match('sys_listen');
    listener.requested = requested;
    listener.limitKnown = scene.somaxconn.decides(requested);
    scene.step(listener, `listen(${requested}) again`);
  }

  #unix(call: SeenCall, file: SeenFile): void {
    const scene = this.#scene;
    const sk = file.model?.socket?.sk;
    if (file.model === null || !(sk instanceof UnixSock)) {
      scene.undecided('sys_listen', 'fd-unknown');
      return;
    }
    if (file.bound && sk.name === null) sk.name = `bound at ${call.position}`;
    const result = scene.world.listen(file.model, call.a1, scene.somaxconn.value);
    if (result === 0) scene.match('sys_listen');
    else this.#cannot(file, 0, result);
  }

  #failed(call: SeenCall, file: SeenFile, result: number): void {
    const scene = this.#scene;
    if (call.started && (!call.stopped || result !== -EADDRINUSE) && !scene.blind) {
      const expected = call.stopped ? 'EADDRINUSE, with LISTEN to CLOSE before' : '0: the sock is in LISTEN';
      scene.diverge('listen_start', expected, errnoName(result) ?? String(result), 'a damaged record', file.listener);
      return;
    }
    if (result === -EADDRINUSE) {
      this.#addressInUse(call, file);
      return;
    }
    if (file.listener?.live) {
      this.#cannot(file, result, 0);
      return;
    }
    if (file.kind === 'child' || file.connected === 'yes') this.#compare(file, result, -22);
    else if (file.model === null || file.connected === 'maybe') scene.undecided('sys_listen', 'fd-unknown');
    else {
      const { sk } = file.model.socket as { sk: unknown };
      if (sk instanceof UnixSock && file.bound && sk.name === null) sk.name = `bound at ${call.position}`;
      this.#compare(file, result, scene.world.listen(file.model, call.a1, scene.somaxconn.value));
    }
  }

  /** Two sockets at one address, of which only one may listen: whether the capture shows the other. */
  #addressInUse(call: SeenCall, file: SeenFile): void {
    const scene = this.#scene;
    if (!call.started || Number.isNaN(call.local)) {
      scene.undecided('sys_listen', 'address-unknown');
      return;
    }
    const { world } = scene;
    const { port, family } = scene.options.endpoint(call.local);
    const model = world.socket(family === AF_INET6 ? AF_INET6 : 2, SOCK_STREAM, 0);
    if (typeof model === 'number') return;
    const sk = model.socket?.sk as Sock;
    const error = world.bindTo(sk, scene.addr(call.local), port) || world.listen(model, call.a1, scene.somaxconn.value);
    if (error === -EADDRINUSE) scene.match('sys_listen');
    else {
      world.stop(model);
      scene.undecided('sys_listen', 'address-unknown');
    }
    void file;
  }

  #compare(file: SeenFile, result: number, expected: number): void {
    if (result === expected) this.#scene.match('sys_listen');
    else this.#cannot(file, result, expected);
  }

  #cannot(file: SeenFile, result: number, expected: number): void {
    const said = (value: number): string => errnoName(value) ?? String(value);
    this.#scene.diverge(
      'sys_listen',
      said(expected),
      said(result),
      'the descriptor is another file by now, or a kernel with another rule',
      file.listener,
    );
  }
}
