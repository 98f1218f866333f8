// However a live replay ends, nothing of it stays: no process, no network namespace, no file.
import { readdirSync, readlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { acceptorOf, workloadOf } from '../replay/what-if/made.ts';
import {
  childrenOf,
  isChildOf,
  isInhabited,
  processesWith,
  startReplay,
  until,
  workloadFiles,
} from '../support/live.ts';
import { group } from '../support/needs.ts';

/** Nobody is ever accepted, and everyone waits: it would go on for two minutes. */
const ENDLESS = workloadOf(
  9,
  { arrivals_ns: Array.from({ length: 200 }, (_, k) => k * 10e6) },
  [{ ...acceptorOf([0]), ready_ns: 120e9 }],
  120e9,
);

/** One that runs: its threads are there, in a namespace that is not this one. */
async function running(path: string, ...args: string[]) {
  const parent = startReplay([path, ...args]);
  const [child] = await until('the child', () => {
    const children = childrenOf(parent.pid as number);
    return children.length > 0 && children[0].netns !== readlinkSync('/proc/self/ns/net') ? children : null;
  });
  return { parent, child };
}

const gone = (pid: number, netns: string): boolean =>
  !processesWith('child.js').some((one) => one.pid === pid) && !isInhabited(netns);

group('a live replay that is ended', ['root', 'koffi'], () => {
  const files = workloadFiles();
  const path = files.write('endless.json', ENDLESS);

  for (const [signal, status] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)
    it(`by ${signal} says so by its exit status`, async () => {
      const { parent, child } = await running(path);
      const ended = new Promise((resolve) => parent.once('exit', (code) => resolve(code)));
      parent.kill(signal);
      expect(await ended).toBe(status);
      expect(parent.said()).toBe('');
      await until('its end', () => gone(child.pid, child.netns));
    });

  it('by SIGKILL takes the child with it', async () => {
    const { parent, child } = await running(path);
    parent.kill('SIGKILL');
    await until('its end', () => gone(child.pid, child.netns));
  });

  it('by the end of the child says what ended it', async () => {
    const { parent, child } = await running(path);
    const ended = new Promise((resolve) => parent.once('exit', (code) => resolve(code)));
    process.kill(child.pid, 'SIGKILL');
    expect(await ended).not.toBe(0);
    expect(parent.said()).toContain("the replay's process ended with SIGKILL");
    expect(parent.said()).not.toContain('    at ');
    await until('its end', () => gone(child.pid, child.netns));
  });
});

group('a recorded live replay that is ended', ['root', 'koffi', 'bpftrace'], () => {
  const files = workloadFiles();
  const path = files.write('endless.json', ENDLESS);

  for (const signal of ['SIGINT', 'SIGKILL'] as const)
    it(`by ${signal} leaves no bpftrace and no file`, async () => {
      const before = new Set(readdirSync(tmpdir()).filter((name) => name.startsWith('acceptq-live-')));
      const capture = files.path(`${signal}.json`);
      const { parent, child } = await running(path, '--capture', capture);
      const ofParent = () => processesWith('nsecs').filter((one) => isChildOf(one.pid, parent.pid as number));
      const [bpftrace] = await until('bpftrace', () => (ofParent().length > 0 ? ofParent() : null));
      parent.kill(signal);
      await until('its end', () => gone(child.pid, child.netns));
      await until('the end of bpftrace', () => !processesWith('nsecs').some(({ pid }) => pid === bpftrace.pid));
      expect(readdirSync(files.path(''))).toEqual(['endless.json']);
      const after = readdirSync(tmpdir()).filter((name) => name.startsWith(`acceptq-live-${parent.pid}`));
      expect(after.filter((name) => !before.has(name))).toEqual([]);
    });
});
