// Random programs in which time passes: SYN-ACKs are sent again, requests age and expire, clients try again, calls time out.

import type { Program } from '../../replay/kernel.ts';
import { Chance } from './chance.ts';
import { Draft, type Move, type Theme } from './draft.ts';
import { rawFastopen, rawSegment, rawSyn } from './moves-raw.ts';
import { newTask } from './moves-task.ts';
import { acceptSome, burst, closeSome, listenSome, option, serve, shutdownSome } from './moves-tcp.ts';

/** Milliseconds that one program may sleep in all. */
const NIGHT = 12_000;

/** Sleeps of different lengths, so that looks fall before, between and after the expiries of 1, 3, 7 seconds. */
const sleepSome: Move = (draft) => draft.add(0, 'sleep', draft.chance.of([310, 560, 720, 1_150, 1_320, 2_240, 3_710]));

const timerSysctl: Move = (draft) => {
  const { chance } = draft;
  const [name, value] = chance.of<readonly [string, number]>([
    ['tcp_synack_retries', chance.of([0, 1, 2, 5])],
    ['tcp_syn_retries', chance.of([1, 2, 6])],
    ['tcp_syn_linear_timeouts', chance.of([0, 1, 4])],
    ['tcp_syncookies', chance.below(3)],
    ['tcp_migrate_req', chance.below(2)],
  ]);
  draft.add(0, 'sysctl', name, value);
};

const timerOption: Move = (draft) => {
  const { chance } = draft;
  const [name, value] = chance.of<readonly [number, number]>([
    [7, chance.of([1, 2, 3])],
    [9, chance.of([0, 1, 2, 4])],
  ]);
  draft.add(0, 'setsockopt', draft.fd(), 6, name, value);
};

/** Clients beyond the backlog, half of which send their SYNs for seconds. */
const crowd: Move = (draft) => {
  burst(draft);
  burst(draft);
};

/** Half-open connections in number, so that ageing begins. */
const flood: Move = (draft) => {
  for (let left = 2 + draft.chance.below(8); left > 0; left--) rawSyn(draft);
};

/** A thread that waits for a connection, for a while or for ever. */
const waitingAcceptor: Move = (draft) => {
  newTask(draft);
  const task = draft.tasks[draft.tasks.length - 1].id;
  const fd = draft.fd();
  draft.add(task, 'timeo', fd, 20, draft.chance.of([0, 420, 920, 1_630]));
  draft.add(task, 'setfl', fd, 0);
  draft.add(task, 'accept', fd, 0);
  draft.top++;
};

const TIMED: Theme = [
  [8, sleepSome],
  [3, flood],
  [3, rawSyn],
  [6, rawSegment],
  [2, rawFastopen],
  [3, crowd],
  [3, acceptSome],
  [2, waitingAcceptor],
  [2, timerOption],
  [1, timerSysctl],
  [1, listenSome],
  [1, shutdownSome],
  [1, closeSome],
  [1, option],
];

const slept = (draft: Draft): number =>
  draft.steps.reduce((sum, { op, args }) => sum + (op === 'sleep' ? Number(args[0]) : 0), 0);

/** @param length about how many steps, at least; the program ends earlier when it has slept enough. */
export function generateTimedProgram(seed: number, length = 36): Program {
  const chance = new Chance(seed ^ 0x71ed);
  const draft = new Draft(chance, true);
  timerSysctl(draft);
  if (chance.next() < 0.3) draft.add(0, 'sysctl', 'tcp_fastopen', chance.of([0x402, 0x602]));
  serve(draft);
  while (draft.steps.length < length && slept(draft) < NIGHT) chance.weighted(TIMED)(draft);
  return { steps: draft.steps };
}
