// Random programs: a theme chooses which calls are likely, the rest is chance. The same seed gives the same programs.

import type { Program } from '../../replay/kernel.ts';
import { Chance } from './chance.ts';
import { Draft, port, type Theme } from './draft.ts';
import { rawFastopen, rawSegment, rawSyn } from './moves-raw.ts';
import { acceptWithTimeout, execOrExit, newTask, other, waitToConnect } from './moves-task.ts';
import {
  acceptSome,
  bindSome,
  burst,
  closeSome,
  connectSome,
  data,
  duplicate,
  listenSome,
  openSocket,
  option,
  portSysctl,
  readOption,
  serve,
  shutdownSome,
  sysctl,
  unspec,
} from './moves-tcp.ts';
import { unixConnect, unixName, unixServe } from './moves-unix.ts';

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
