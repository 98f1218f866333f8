// Live replays for tests: a workload into a file, the command line on it, processes of theirs that are still there.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { Outcome, Workload } from '../../replay/workload/workload.ts';
import { ROOT } from './run.ts';

const CHILD = 'dist/replay/live/child.js';

/** A directory for workload files that anyone may read; it is removed with the group. */
export function workloadFiles(): { write(name: string, workload: Workload): string; path(name: string): string } {
  const directory = mkdtempSync(join(tmpdir(), 'acceptq-live-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  return {
    path: (name) => join(directory, name),
    write(name, workload) {
      const path = join(directory, name);
      writeFileSync(path, JSON.stringify(workload));
      return path;
    },
  };
}

export interface LiveScenarioJson extends Outcome {
  readonly modelled: Outcome;
  readonly meets_target: boolean;
  readonly live: {
    readonly arrivals_late_ns: { readonly p50: number; readonly p99: number; readonly max: number };
    readonly counters: Readonly<Record<string, number>>;
    readonly unset: readonly string[];
    readonly left_in_queue: number;
    readonly not_begun: number;
    readonly cut_short: boolean;
  };
}

/** Processes whose command line has `word`: of them the network namespace. */
export function processesWith(word: string): { readonly pid: number; readonly netns: string }[] {
  return readdirSync('/proc').flatMap((name) => {
    try {
      if (!/^\d+$/.test(name) || !readFileSync(`/proc/${name}/cmdline`, 'latin1').includes(word)) return [];
      return [{ pid: Number(name), netns: readlinkSync(`/proc/${name}/ns/net`) }];
    } catch {
      return []; // it has just ended
    }
  });
}

/** Whether `parent` started a process. */
export function isChildOf(pid: number, parent: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1].split(' ')[1] === String(parent);
  } catch {
    return false;
  }
}

/** The processes of live replays of the command line that `parent` is. */
export function childrenOf(parent: number): { readonly pid: number; readonly netns: string }[] {
  return processesWith(CHILD).filter(({ pid }) => isChildOf(pid, parent));
}

/** Whether any process is in a network namespace. */
export const isInhabited = (netns: string): boolean =>
  readdirSync('/proc').some((name) => {
    try {
      return /^\d+$/.test(name) && readlinkSync(`/proc/${name}/ns/net`) === netns;
    } catch {
      return false;
    }
  });

export function startReplay(args: readonly string[]): ChildProcess & { said(): string } {
  const child = spawn(process.execPath, [join(ROOT, 'dist/cli/main.js'), 'replay', ...args, '--live'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let text = '';
  child.stderr?.on('data', (bytes: Buffer) => {
    text += bytes.toString();
  });
  return Object.assign(child, { said: () => text });
}

/** Asks again until it holds. Throws after `seconds`, with what it waited for. */
export async function until<T>(what: string, ask: () => T | null | false, seconds = 20): Promise<T> {
  for (let k = 0; k < seconds * 50; k++) {
    const answer = ask();
    if (answer !== null && answer !== false) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`waited ${seconds} s for ${what}`);
}
