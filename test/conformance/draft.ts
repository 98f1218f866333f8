// A program under construction, and the ports and addresses that its moves choose from.
import type { Step } from '../../replay/kernel.ts';
import type { Chance } from './chance.ts';

export type Arg = number | string;
export const NONBLOCK = 2048;
export const STREAM = 1;
export const CLOEXEC = 0o2000000;

/** A program under construction: what the generator remembers, to make calls that mostly meet something. */
export class Draft {
  readonly steps: Step[] = [];
  readonly chance: Chance;
  /** Guess of the highest descriptor in use. */
  top = 3;
  /** Threads and forked tasks: number and whether it forked. */
  readonly tasks: { readonly id: number; readonly forked: boolean; alive: boolean }[] = [];
  peers = 0;
  /** There are sockets that sleep in connect(). */
  sleepers = false;
  /** Members of a reuseport group are chosen by a hash: with raw peers the choice could not be read back. */
  readonly raw: boolean;
  constructor(chance: Chance, raw: boolean) {
    this.chance = chance;
    this.raw = raw;
  }

  add(task: number, op: string, ...args: Arg[]): void {
    this.steps.push({ task, op, args });
  }

  /** Task 0 plays the steps, so that it must not sleep: a descriptor that may do so is made non-blocking first. */
  connect(task: number, fd: number, address: Arg): void {
    if (task === 0 && this.sleepers) this.add(0, 'setfl', fd, 1);
    this.add(task, 'connect', fd, address, -2);
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

export type Theme = readonly (readonly [number, Move])[];

export const port = (draft: Draft): string =>
  draft.chance.weighted([
    [6, 'p0'],
    [3, 'p1'],
    [1, 'p2'],
    [1, '0'],
  ]);
export const address = (draft: Draft): string =>
  `${draft.chance.weighted([
    [10, 'lo4'],
    [5, 'any4'],
    [2, 'lo4b'],
    [1, 'far4'],
    [0.3, 'unspec'],
    [0.3, 'unspeclo'],
    [0.3, 'fam7'],
  ])},${port(draft)}`;
export const address6 = (draft: Draft): string =>
  `${draft.chance.weighted([
    [5, 'any6'],
    [5, 'lo6'],
    [3, 'map4'],
    [1, 'mapany'],
    [1, 'far6'],
  ])},${port(draft)}`;
export const anyAddress = (draft: Draft): string => (draft.chance.next() < 0.85 ? address(draft) : address6(draft));
/** Backlogs that fill soon, negative ones, and the largest. */
export const backlog = (draft: Draft): number =>
  draft.chance.weighted([
    [4, 0],
    [6, 1],
    [5, 2],
    [2, 5],
    [1, -1],
    [1, 4096],
    [0.5, 2147483647],
  ]);
