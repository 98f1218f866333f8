// Groups of tests that need something of the machine: they run where it is, and where it is not the report says why not.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './run.ts';

const runs = (command: string): boolean => {
  try {
    execFileSync('sh', ['-c', command], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

const has = (tool: string): boolean => runs(`command -v ${tool}`);

/** What a group may need, and how to tell that it is there. Each gives the reason when it is not. */
const NEEDS = {
  'trace-cmd': () => (has('trace-cmd') ? null : 'trace-cmd is not installed'),
  perf: () => (has('perf') ? null : 'perf is not installed (Debian: linux-perf)'),
  root: () => (process.getuid?.() === 0 ? null : 'not root'),
  bpftrace: () => (has('bpftrace') ? null : 'bpftrace is not installed'),
  namespaces: () => (has('unshare') && has('ip') ? null : 'unshare or ip (iproute2) is not installed'),
  tracefs: () => (existsSync('/sys/kernel/tracing') ? null : 'the kernel has no tracefs'),
  nginx: () => (has('nginx') ? null : 'nginx is not installed (Debian: nginx-light)'),
  compiler: () => (has('gcc') ? null : 'gcc is not installed'),
  python: () => (runs("python3 -c 'import sqlite3'") ? null : 'python3 with its sqlite3 module is not installed'),
  chromium: () => (has('chromium') ? null : 'chromium is not installed'),
  man: () => (has('man') && has('mandoc') ? null : 'man or mandoc is not installed (Debian: man-db, mandoc)'),
  koffi: () =>
    existsSync(join(ROOT, 'node_modules/koffi')) ? null : 'koffi, an optional dependency, is not installed',
  emulator: () => {
    const missing = ['qemu-system-x86_64', 'busybox', 'cpio', 'zstd', 'xz'].filter((tool) => !has(tool));
    return missing.length === 0 ? null : `no guests without ${missing.join(', ')}`;
  },
  slow: () => (process.env.ACCEPTQ_REQUIRE === 'all' ? null : 'takes minutes; set ACCEPTQ_REQUIRE=all'),
} as const;

export type Need = keyof typeof NEEDS;

export const isThere = (need: Need): boolean => NEEDS[need]() === null;

/**
 * A group of tests that needs all of `needs`. With ACCEPTQ_REQUIRE=all a missing need fails, so that nothing is skipped in
 * silence; otherwise the group is one skipped test whose name says why.
 */
export function group(name: string, needs: readonly Need[], tests: () => void): void {
  const missing = needs.map((need) => NEEDS[need]()).filter((reason) => reason !== null);
  if (missing.length === 0) {
    describe(name, tests);
    return;
  }
  if (process.env.ACCEPTQ_REQUIRE === 'all') {
    it(`${name}: everything is there`, () => expect(missing, 'required by ACCEPTQ_REQUIRE=all').toEqual([]));
    return;
  }
  it.skip(`${name}: skipped, ${missing.join(', ')}`, () => undefined);
}
