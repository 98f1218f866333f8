// System call numbers against the kernel's own headers.
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { SYSCALLS } from '../../../core/event/event-type.ts';
import { syscallTable } from '../../../ingest/probe/syscall-table.ts';
import { group } from '../../support/needs.ts';

/** `#define __NR_name number` as the C compiler has them, from one header; some names stand for others. */
function numbersOf(header: string): (name: string) => number | undefined {
  const flags = ['-E', '-dM', '-D__ARCH_WANT_SYS_CLONE3', '-include', header, '-x', 'c', '/dev/null'];
  const text = execFileSync('gcc', flags, { encoding: 'latin1' });
  const defined = new Map([...text.matchAll(/^#define (__NR\w+) (\w+)$/gm)].map(([, name, value]) => [name, value]));
  return (name) => {
    const value = defined.get(`__NR_${name}`);
    const number = Number(defined.get(value ?? '') ?? value);
    return Number.isNaN(number) ? undefined : number;
  };
}

group('numbers equal the kernel headers', ['compiler'], () => {
  it.each([
    ['x86_64', 'asm/unistd_64.h'],
    ['aarch64', 'asm-generic/unistd.h'],
  ])('%s', (arch, header) => {
    const number = numbersOf(header);
    const wanted = Object.keys(SYSCALLS).flatMap((name) => (number(name) === undefined ? [] : [[name, number(name)]]));
    expect(Object.entries(syscallTable(arch) ?? {}).sort()).toEqual(wanted.sort());
  });
});

describe('tables', () => {
  it('are shared by names of one architecture, and none is made up for others', () => {
    expect(syscallTable('arm64')).toBe(syscallTable('aarch64'));
    expect(syscallTable('amd64')).toBe(syscallTable('x86_64'));
    for (const arch of ['i686', 'armv7l', 's390x', '', 'constructor']) expect(syscallTable(arch)).toBe(null);
  });
});
