// Random programs: a theme chooses which calls are likely, the rest is chance. The same seed gives the same programs.
import type { Program, Step } from '../../replay/kernel.ts';

/** A small generator of pseudo-random numbers (mulberry32): its whole state is one number, so a seed names a program. */
export class Chance {
  #state: number;
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }

  weighted<T>(list: readonly (readonly [number, T])[]): T {
    let at = this.next() * list.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, value] of list) {
      at -= weight;
      if (at < 0) return value;
    }
    return list[list.length - 1][1];
  }
}

type Arg = number | string;
const NONBLOCK = 2048;
const STREAM = 1;
const CLOEXEC = 0o2000000;

/** A program under construction: what the generator remembers, to make calls that mostly meet something. */
export class Draft {
  readonly steps: Step[] = [];
  readonly chance: Chance;
  /** Guess of the highest descriptor in use. */
  top = 3;
  /** Threads and forked tasks: number and whether it forked. */
  readonly tasks: { readonly id: number; readonly forked: boolean; alive: boolean }[] = [];
  peers = 0;
  /** Members of a reuseport group are chosen by a hash: with raw peers the choice could not be read back. */
  readonly raw: boolean;
  constructor(chance: Chance, raw: boolean) {
    this.chance = chance;
    this.raw = raw;
  }

  add(task: number, op: string, ...args: Arg[]): void {
    this.steps.push({ task, op, args });
  }

  fd(): number {
    const { chance } = this;
    return chance.next() < 0.03 ? chance.of([-1, 0, 2, 40, 99]) : 3 + chance.below(Math.max(1, this.top - 2));
  }

  /** A task that can act: mostly task 0. */
  task(): number {
    const able = this.tasks.filter(({ alive }) => alive);
    return able.length === 0 || this.chance.next() < 0.6 ? 0 : this.chance.of(able).id;
  }
}

export type Move = (draft: Draft) => void;

const port = (draft: Draft): string =>
  draft.chance.weighted([
    [6, 'p0'],
    [3, 'p1'],
    [1, 'p2'],
    [1, '0'],
  ]);
const address = (draft: Draft): string =>
  `${draft.chance.weighted([
    [10, 'lo4'],
    [5, 'any4'],
    [2, 'lo4b'],
    [1, 'far4'],
    [0.3, 'unspec'],
    [0.3, 'unspeclo'],
    [0.3, 'fam7'],
  ])},${port(draft)}`;
const address6 = (draft: Draft): string =>
  `${draft.chance.weighted([
    [5, 'any6'],
    [5, 'lo6'],
    [3, 'map4'],
    [1, 'mapany'],
    [1, 'far6'],
  ])},${port(draft)}`;
const anyAddress = (draft: Draft): string => (draft.chance.next() < 0.85 ? address(draft) : address6(draft));
const backlog = (draft: Draft): number =>
  draft.chance.weighted([
    [4, 0],
    [6, 1],
    [5, 2],
    [2, 5],
    [1, -1],
    [1, 4096],
    [0.5, 2147483647],
  ]);

const openSocket: Move = (draft) => {
  const { chance } = draft;
  const type = chance.weighted([
    [20, STREAM],

    [0.2, 5],
    [0.2, 11],
  ]);
  const flags = (chance.next() < 0.7 ? NONBLOCK : 0) | (chance.next() < 0.1 ? CLOEXEC : 0);
  draft.add(
    draft.task(),
    'socket',
    chance.weighted([
      [12, 2],
      [2, 10],
      [0.1, 99],
    ]),
    type | flags,
    chance.weighted([
      [10, 0],
      [2, 6],
      [0.2, 17],
    ]),
  );
  draft.top++;
};

const bindSome: Move = (draft) => {
  const length = draft.chance.weighted([
    [30, -2],
    [1, 8],
    [0.3, 0],
    [0.3, 129],
    [0.3, -1],
  ]);
  draft.add(draft.task(), 'bind', draft.fd(), anyAddress(draft), length);
};
export const listenSome: Move = (draft) => draft.add(draft.task(), 'listen', draft.fd(), backlog(draft));

/** Task 0 must not sleep for ever: its calls are made non-blocking first. */
export const acceptSome: Move = (draft) => {
  const { chance } = draft;
  const task = draft.task();
  const fd = draft.fd();
  if (task === 0 || chance.next() < 0.3) draft.add(task, 'setfl', fd, 1);
  else if (chance.next() < 0.6) draft.add(task, 'setfl', fd, 0);
  const mode = chance.weighted([
    [10, 0],
    [5, 1],
    [0.4, 2],
    [0.4, 3],
    [0.4, 4],
    [0.4, 5],
    [0.5, 6],
    [0.5, 7],
  ]);
  if (chance.next() < 0.5) draft.add(task, 'accept', fd, mode);
  else
    draft.add(
      task,
      'accept4',
      fd,
      chance.weighted([
        [5, 0],
        [3, NONBLOCK],
        [2, CLOEXEC],
        [1, 4],
      ]),
      mode,
    );
  draft.top++;
};

const connectSome: Move = (draft) => {
  const { chance } = draft;
  const task = draft.task();
  if (chance.next() < 0.75) {
    draft.add(task, 'socket', chance.next() < 0.85 ? 2 : 10, STREAM | NONBLOCK, 0);
    draft.top++;
    draft.add(task, 'connect', chance.next() < 0.8 ? draft.top - 1 : draft.fd(), anyAddress(draft), -2);
    return;
  }
  const fd = draft.fd();
  draft.add(task, 'setfl', fd, 1);
  draft.add(task, 'connect', fd, chance.next() < 0.1 ? 'bad,0' : anyAddress(draft), -2);
};

/** A listener and clients of its own, so that queues fill. */
export const burst: Move = (draft) => {
  const { chance } = draft;
  const target = `lo4,${port(draft)}`;
  for (let left = 1 + chance.below(4); left > 0; left--) {
    draft.add(0, 'socket', 2, STREAM | NONBLOCK, 0);
    draft.top++;
    draft.add(0, 'connect', draft.top - 1, target, -2);
  }
};

export const serve: Move = (draft) => {
  draft.add(0, 'socket', draft.chance.next() < 0.85 ? 2 : 10, STREAM | NONBLOCK, 0);
  draft.top++;
  const fd = draft.top - 1;
  if (draft.chance.next() < 0.3) draft.add(0, 'setsockopt', fd, 1, draft.chance.of(draft.raw ? [2] : [2, 15]), 1);
  if (draft.chance.next() < 0.9) draft.add(0, 'bind', fd, anyAddress(draft), -2);
  draft.add(0, 'listen', fd, backlog(draft));
};

export const shutdownSome: Move = (draft) =>
  draft.add(
    draft.task(),
    'shutdown',
    draft.fd(),
    draft.chance.weighted([
      [3, 0],
      [2, 1],
      [2, 2],
      [0.3, 3],
      [0.2, -1],
    ]),
  );
export const closeSome: Move = (draft) => draft.add(draft.task(), 'close', draft.fd());
const unspec: Move = (draft) => draft.add(draft.task(), 'connect', draft.fd(), 'unspec,0', -2);

export const option: Move = (draft) => {
  const { chance } = draft;
  const [level, name, value] = chance.weighted<readonly [number, number, number]>([
    [5, [1, 2, 1]],
    [2, [1, 2, 0]],
    [draft.raw ? 0 : 5, [1, 15, 1]],
    [1, [1, 15, 0]],
    [1, [41, 26, chance.below(2)]],
    [1, [6, 9, chance.of([0, 1, 4])]],
    [1, [6, 7, chance.of([0, 1, 3, 200])]],
    [1, [6, 23, chance.of([0, 1, 2, 5, -1])]],
  ]);
  draft.add(draft.task(), 'setsockopt', draft.fd(), level, name, value);
};

const readOption: Move = (draft) => {
  const [level, name] = draft.chance.of<readonly [number, number]>([
    [1, 4],
    [1, 4],
    [1, 30],
    [1, 2],
    [6, 7],
    [6, 9],
    [6, 23],
    [41, 26],
  ]);
  draft.add(draft.task(), 'getsockopt', draft.fd(), level, name);
};

const duplicate: Move = (draft) => {
  const { chance } = draft;
  const task = draft.task();
  chance.of<() => void>([
    () => draft.add(task, 'dup', draft.fd()),
    () => draft.add(task, 'dup2', draft.fd(), draft.fd()),
    () => draft.add(task, 'dup3', draft.fd(), draft.fd(), chance.of([0, CLOEXEC, 1])),
    () => draft.add(task, 'dupfd', draft.fd(), chance.of([0, 5, 12, -1]), chance.below(2)),
  ])();
  draft.top++;
};

const data: Move = (draft) =>
  draft.chance.next() < 0.5
    ? draft.add(draft.task(), 'send', draft.fd(), draft.chance.of([1, 10]))
    : draft.add(draft.task(), 'recv', draft.fd(), 5);

const sysctl: Move = (draft) => {
  const { chance } = draft;
  const [name, value] = chance.of<readonly [string, Arg]>([
    ['somaxconn', chance.of([0, 1, 3, 128, -1])],
    ['tcp_syncookies', chance.of([0, 1, 2])],
    ['tcp_max_syn_backlog', chance.of([1, 4, 8, 1024])],
    ['tcp_abort_on_overflow', chance.below(2)],
    ['tcp_migrate_req', chance.below(2)],
    ['tcp_fastopen', chance.of([0, 1, 2, 3, 0x202, 0x402, 0x602, 0x603])],
  ]);
  draft.add(0, 'sysctl', name, value);
};

/** So few ports that bind(0) and connect() run out of them, and ports for root alone. */
const portSysctl: Move = (draft) => {
  const { chance } = draft;
  const [name, ...values] = chance.of<readonly [string, ...Arg[]]>([
    ['ip_local_port_range', 'p8', chance.of(['p9', 'p11', 'p15'])],
    ['ip_local_port_range', 32768, 60999],
    ['ip_local_port_range', 'p3'],
    ['ip_local_port_range', 'p9', 'p8'],
    ['ip_unprivileged_port_start', chance.of<Arg>(['p1', 'p9', 0, 1024, 65536])],
    ['ip_autobind_reuse', chance.below(2)],
  ]);
  draft.add(0, 'sysctl', name, ...values);
};

export const newTask: Move = (draft) => {
  if (draft.tasks.length >= 4) return;
  const forked = draft.chance.next() < 0.25;
  draft.add(0, forked ? 'fork' : 'thread');
  draft.tasks.push({ id: draft.tasks.length + 1, forked, alive: true });
};

export const rawSyn: Move = (draft) => {
  draft.add(0, 'syn', draft.peers, `lo4,${port(draft)}`, 5000, 1000);
  draft.peers++;
};

/** A SYN that brings data, most often with a cookie or a request for one. */
export const rawFastopen: Move = (draft) => {
  const { chance } = draft;
  const kind = chance.weighted([
    [3, 0],
    [3, 1],
    [4, 2],
    [1, 3],
  ]);
  const again = draft.peers > 0 && chance.next() < 0.5;
  const peer = again ? chance.below(draft.peers) : draft.peers++;
  draft.add(
    0,
    'tfo',
    peer,
    `lo4,${port(draft)}`,
    again ? 5000 + chance.below(3) : 5000,
    1000,
    chance.of([0, 5, 5]),
    kind,
  );
};

export const rawSegment: Move = (draft) => {
  const { chance } = draft;
  if (draft.peers === 0) return rawSyn(draft);
  const [flags, seq, ack, length] = chance.weighted<readonly [string, number, number, number]>([
    [10, ['A', 1001, 1, 0]],
    [3, ['AP', 1001, 1, 5]],
    [1, ['AF', 1001, 1, 0]],
    [1, ['A', 1001, 2, 0]],
    [2, ['R', 1001, 0, 0]],
    [1, ['S', 1000, 0, 0]],
    [1, ['S', 2000, 0, 0]],
    [0.5, ['F', 1001, 0, 0]],
    [2, ['A', 1006, 1, 0]],
    [1, ['AP', 1006, 1, 5]],
    [0.5, ['AF', 1006, 1, 0]],
    [0.5, ['R', 1006, 0, 0]],
  ]);
  draft.add(
    0,
    'seg',
    chance.below(draft.peers),
    `lo4,${chance.next() < 0.9 ? 'p0' : port(draft)}`,
    chance.next() < 0.85 ? 5000 : 5001,
    flags,
    seq,
    ack,
    length,
  );
};

const other: Move = (draft) =>
  draft.chance.of<() => void>([
    () => draft.add(draft.task(), 'open', draft.chance.of(['null', 'opath'])),
    () => draft.add(0, 'rlimit', draft.chance.of([6, 9, 12, 1024])),
    () => draft.add(draft.task(), 'uid', draft.chance.of([0, 65534])),
    () => draft.add(draft.task(), 'getpeer', draft.fd()),
    () => draft.add(0, 'linger', draft.fd(), 1, 0),
    () => draft.add(draft.task(), 'bind32', draft.fd(), anyAddress(draft), -2),
    () => draft.add(draft.task(), 'setsockopt32', draft.fd(), 1, draft.chance.of([2, 15]), draft.chance.below(2)),
    () => {
      draft.add(0, 'setfl', draft.fd(), 1);
      draft.add(0, 'accept32', draft.steps[draft.steps.length - 1].args[0], draft.chance.below(4));
      draft.top++;
    },
    () => draft.add(0, 'socketcall', draft.chance.of([0, 4, 21, -1]), draft.chance.of([-1, 1, 2]), draft.fd(), 3),
  ])();

/** accept() that sleeps for a moment: also task 0 may, since it ends by itself. */
const acceptWithTimeout: Move = (draft) => {
  const fd = draft.fd();
  draft.add(0, 'timeo', fd, 20, draft.chance.of([1, 4]));
  draft.add(0, 'setfl', fd, 0);
  draft.add(0, 'accept', fd, 0);
  draft.add(0, 'timeo', fd, 20, 0);
  draft.top++;
};

/** A thread that waits until it is connected: a full UNIX listener lets it in when it has room, a TCP one after seconds. */
const waitToConnect =
  (family: number, name: (draft: Draft) => string): Move =>
  (draft) => {
    const able = draft.tasks.filter(({ alive, forked }) => alive && !forked);
    if (able.length === 0) return newTask(draft);
    const { id } = draft.chance.of(able);
    draft.add(0, 'socket', family, STREAM, 0);
    draft.top++;
    const fd = draft.top - 1;
    if (draft.chance.next() < 0.2) draft.add(0, 'timeo', fd, 21, draft.chance.of([1, 4]));
    draft.add(id, 'connect', fd, name(draft), -2);
  };

/** A forked task becomes another program, or a task ends. */
const execOrExit: Move = (draft) => {
  const able = draft.tasks.filter(({ alive }) => alive);
  if (able.length === 0) return;
  const task = draft.chance.of(able);
  if (task.forked && draft.chance.next() < 0.7) draft.add(task.id, 'exec');
  else {
    draft.add(task.id, 'exit');
    task.alive = false;
  }
};

const unixName = (draft: Draft): string =>
  `${draft.chance.weighted([
    [5, 'abs'],
    [3, 'path'],
  ])},${draft.chance.below(2)}`;
const unixType = (draft: Draft): number =>
  draft.chance.weighted([
    [8, 1],
    [2, 5],
  ]) | NONBLOCK;

const unixServe: Move = (draft) => {
  draft.add(0, 'socket', 1, unixType(draft), 0);
  draft.top++;
  if (draft.chance.next() < 0.9) draft.add(0, 'bind', draft.top - 1, unixName(draft), -2);
  draft.add(0, 'listen', draft.top - 1, backlog(draft));
};

const unixConnect: Move = (draft) => {
  draft.add(0, 'socket', 1, unixType(draft), 0);
  draft.top++;
  draft.add(0, 'connect', draft.chance.next() < 0.9 ? draft.top - 1 : draft.fd(), unixName(draft), -2);
};

export type Theme = readonly (readonly [number, Move])[];

const THEMES = (): readonly Theme[] => [
  UNIX,
  // Queues: listeners, clients, acceptors, another backlog.
  [
    [4, serve],
    [8, burst],
    [8, acceptSome],
    [3, listenSome],
    [2, shutdownSome],
    [2, closeSome],
    [1, sysctl],
    [2, data],
    [1, newTask],
    [1, waitToConnect(2, (draft) => `lo4,${port(draft)}`)],
    [1, unspec],
  ],
  // Ports: who may bind and listen beside whom.
  [
    [6, openSocket],
    [8, bindSome],
    [6, listenSome],
    [8, option],
    [3, connectSome],
    [2, closeSome],
    [1, unspec],
    [1, shutdownSome],
    [1, acceptSome],
    [0.7, portSysctl],
    [0.5, other],
  ],
  // Descriptors: duplicates, threads that sleep in accept(), forks.
  [
    [3, serve],
    [5, duplicate],
    [1, execOrExit],
    [0.3, acceptWithTimeout],
    [3, newTask],
    [6, acceptSome],
    [4, burst],
    [5, closeSome],
    [2, shutdownSome],
    [1, listenSome],
    [1, other],
    [1, option],
  ],
  // Everything.
  [
    [2, openSocket],
    [3, bindSome],
    [3, listenSome],
    [3, acceptSome],
    [3, connectSome],
    [2, burst],
    [2, shutdownSome],
    [2, closeSome],
    [1, unspec],
    [3, option],
    [2, readOption],
    [2, duplicate],
    [2, data],
    [1, sysctl],
    [1, newTask],
    [1, other],
  ],
];

/** UNIX listeners. */
const UNIX: Theme = [
  [3, unixServe],
  [8, unixConnect],
  [6, acceptSome],
  [2, listenSome],
  [2, shutdownSome],
  [2, closeSome],
  [2, data],
  [1, duplicate],
  [1, newTask],
  [2, waitToConnect(1, unixName)],
  [0.5, acceptWithTimeout],
];

const RAW: Theme = [
  [3, serve],
  [6, rawSyn],
  [9, rawSegment],
  [2, burst],
  [3, acceptSome],
  [2, listenSome],
  [2, sysctl],
  [1, shutdownSome],
  [1, closeSome],
  [1, option],
  [1, data],
];

/** Fast open: a server that takes data early, from the start. */
const FASTOPEN: Theme = [...RAW, [8, rawFastopen], [2, data]];

/** @param length about how many steps, at least. */
export function generateProgram(seed: number, length = 36): Program {
  const chance = new Chance(seed);
  const raw = chance.next() < 0.25;
  const draft = new Draft(chance, raw);
  const theme = raw ? chance.of([RAW, FASTOPEN]) : chance.of(THEMES());
  if (theme === FASTOPEN) draft.add(0, 'sysctl', 'tcp_fastopen', chance.of([0x402, 0x403, 0x602]));
  if (theme !== UNIX) serve(draft);
  while (draft.steps.length < length) chance.weighted(theme)(draft);
  return { steps: draft.steps };
}
