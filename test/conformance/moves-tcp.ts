// Moves of TCP programs: sockets and their ports, listeners and clients, options, descriptors, sysctls.
import { type Arg, anyAddress, backlog, CLOEXEC, type Move, NONBLOCK, port, STREAM } from './draft.ts';

export const openSocket: Move = (draft) => {
  const { chance } = draft;
  const type = chance.weighted([
    [20, STREAM],
    [0.2, 5],
    [0.2, 11],
  ]);
  const nonblock = chance.next() < 0.7;
  if (!nonblock) draft.sleepers = true;
  const flags = (nonblock ? NONBLOCK : 0) | (chance.next() < 0.1 ? CLOEXEC : 0);
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

export const bindSome: Move = (draft) => {
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

export const connectSome: Move = (draft) => {
  const { chance } = draft;
  const task = draft.task();
  if (chance.next() < 0.75) {
    draft.add(task, 'socket', chance.next() < 0.85 ? 2 : 10, STREAM | NONBLOCK, 0);
    draft.top++;
    draft.connect(task, chance.next() < 0.8 ? draft.top - 1 : draft.fd(), anyAddress(draft));
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
    draft.connect(0, draft.top - 1, target);
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
export const unspec: Move = (draft) => draft.add(draft.task(), 'connect', draft.fd(), 'unspec,0', -2);

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

export const readOption: Move = (draft) => {
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

export const duplicate: Move = (draft) => {
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

export const data: Move = (draft) =>
  draft.chance.next() < 0.5
    ? draft.add(draft.task(), 'send', draft.fd(), draft.chance.of([1, 10]))
    : draft.add(draft.task(), 'recv', draft.fd(), 5);

export const sysctl: Move = (draft) => {
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
export const portSysctl: Move = (draft) => {
  const { chance } = draft;
  const [name, ...values] = chance.of<readonly [string, ...Arg[]]>([
    ['ip_local_port_range', 'p8', chance.of(['p9', 'p11', 'p15'])],
    ['ip_local_port_range', 32768, 60999],
    ['ip_local_port_range', 'p9', 'p8'],
    ['ip_unprivileged_port_start', chance.of<Arg>(['p1', 'p9', 0, 1024, 65536])],
    ['ip_autobind_reuse', chance.below(2)],
  ]);
  draft.add(0, 'sysctl', name, ...values);
};
