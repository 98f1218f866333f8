// Functions, raw_syscalls and events recorded twice, in recordings of a guest: each fact once, and what perf script prints.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { reportOn, take, withStore } from '../../support/fixtures.ts';
import { group } from '../../support/needs.ts';
import { bytesOf, changed, layoutOf } from './bytes.ts';
import { readRows, typeOf } from './rows.ts';

const pathOf = (name: string): string =>
  fileURLToPath(new URL(`../../fixture/perf-data-probes/${name}.data`, import.meta.url));
const files = Object.fromEntries(['kprobe', 'raw-syscalls', 'twice'].map((name) => [name, readFileSync(pathOf(name))]));

const count = (lines: readonly string[], pattern: RegExp): number => lines.filter((line) => pattern.test(line)).length;

const SOFTWARE = 1;

/** The same file with these events made into ones of another type, which nothing is known of. */
function withoutEvents(file: Buffer, isUnwanted: (event: string) => boolean): Buffer {
  const names = new Map(
    [...file.toString('latin1').matchAll(/name: (\w+)\nID: (\d+)\nformat:/g)].map(([, name, id]) => [Number(id), name]),
  );
  const { attrs, attrSize } = layoutOf(file);
  return changed(file, (copy) => {
    for (let at = attrs.offset; at < attrs.offset + attrs.size; at += attrSize)
      if (isUnwanted(names.get(copy.readUInt32LE(at + 8)) ?? '')) copy.writeUInt32LE(SOFTWARE, at);
  });
}

/** Type, task and arguments: what does not change with who told it. */
const facts = (lines: readonly string[]): string[] =>
  lines.map((line) =>
    line
      .split(' ')
      .filter((_, k) => k !== 1 && k !== 2)
      .join(' '),
  );

const ofCalls = (lines: readonly string[], calls: RegExp): string[] =>
  facts(lines.filter((line) => calls.test(typeOf(line))));
const LISTEN_OR_ACCEPT = /^sys_(enter|exit)_(listen|accept4)$/;

describe('raw_syscalls beside syscalls:*', () => {
  const file = files['raw-syscalls'];
  const both = readRows(file);

  it('tells each call once', () => {
    const named = readRows(withoutEvents(file, (name) => /^sys_(enter|exit)$/.test(name)));
    expect(both.rejected).toBe(0);
    expect(ofCalls(both.lines, LISTEN_OR_ACCEPT).length).toBeGreaterThan(20);
    expect(ofCalls(both.lines, LISTEN_OR_ACCEPT)).toEqual(ofCalls(named.lines, LISTEN_OR_ACCEPT));
  });

  it('tells by itself what syscalls:* tell', () => {
    const raw = readRows(withoutEvents(file, (name) => LISTEN_OR_ACCEPT.test(name)));
    expect(ofCalls(raw.lines, LISTEN_OR_ACCEPT)).toEqual(ofCalls(both.lines, LISTEN_OR_ACCEPT));
    expect(raw.probes).toContain('raw_syscalls:sys_enter');
  });

  it('has the calls that only raw_syscalls recorded, and ignores those of no use', () => {
    expect(count(both.lines, /^sys_enter_socket .*family=2 sock_type=/)).toBeGreaterThan(10);
    expect(both.ignored).toBeGreaterThan(20);
  });
});

describe('functions', () => {
  const { lines, rejected, probes } = readRows(files.kprobe);

  it('are rows, one for each call though two probes told of it', () => {
    expect(rejected).toBe(0);
    expect(count(lines, /^func_enter .*func=inet_csk_listen_start /)).toBe(1);
    // each accept4() on a TCP socket is one inet_csk_accept
    expect(count(lines, /^func_enter .*func=inet_csk_accept /)).toBe(count(lines, /^sys_enter_accept4 /));
    expect(count(lines, /^func_return .*func=inet_csk_accept /)).toBe(count(lines, /^sys_exit_accept4 /));
    // and each connection of the load one inet_csk_complete_hashdance
    expect(count(lines, /^func_enter .*func=inet_csk_complete_hashdance /)).toBe(
      count(lines, /^inet_sock_set_state .*oldstate=3 newstate=1 /),
    );
  });

  it('are named among the probes and as evidence', () => {
    expect(probes).toContain('probe:inet_csk_accept__return');
    expect(probes).toContain('acceptq:func_enter');
    expect(probes).toContain('acceptq:func_return');
    withStore((store) => {
      take(store, pathOf('kprobe'));
      expect(reportOn(store).captures[0].evidence).toContain('functions');
    });
  });

  it('alone are a finding that lists them', () =>
    withStore((store, directory) => {
      const path = `${directory}/functions.data`;
      const only = withoutEvents(files.kprobe, (name) => /^(sys_|inet_sock_set_state)/.test(name));
      writeFileSync(path, only);
      take(store, path);
      const { findings, listeners } = reportOn(store);
      expect(listeners).toEqual([]);
      const finding = findings.find(({ id }) => id === 'functions-only');
      expect(finding).toMatchObject({ severity: 'info', evidence: { inet_csk_listen_start: 1 } });
      expect(finding?.evidence.inet_csk_accept).toBe(count(lines, /^func_enter .*func=inet_csk_accept /));
    }));
});

describe('an event opened twice', () => {
  it('has one row for each record', () => {
    const { lines, rejected } = readRows(files.twice);
    const once = withoutEvents(files.twice, () => false);
    // the second attr of each tracepoint, made unknown
    const { attrs, attrSize } = layoutOf(once);
    const seen = new Set<number>();
    for (let at = attrs.offset; at < attrs.offset + attrs.size; at += attrSize) {
      const id = once.readUInt32LE(at + 8);
      if (seen.has(id)) once.writeUInt32LE(SOFTWARE, at);
      seen.add(id);
    }
    expect(rejected).toBe(0);
    expect(seen.size).toBeLessThan(attrs.size / attrSize);
    // which of the two is told first is the kernel's choice: their times differ a little
    expect(facts(lines)).toEqual(facts(readRows(once).lines));
  });
});

describe('output of BPF programs', () => {
  it('is named and ignored', () => {
    const file = bytesOf('listen-errors');
    const { attrs, attrSize } = layoutOf(file);
    const last = attrs.offset + attrs.size - attrSize; // dummy:HG, for side-band
    const { probes, rejected } = readRows(changed(file, (copy) => copy.writeUInt32LE(10, last + 8)));
    expect(probes).toContain('bpf-output');
    expect(rejected).toBe(0);
  });
});

group('functions and raw_syscalls by perf script', ['perf'], () => {
  const script = (name: string): string[] =>
    execFileSync('perf', ['script', '-f', '-i', pathOf(name), '-F', 'tid,event,trace'], {
      encoding: 'latin1',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).split('\n');

  it('functions, by name and task', () => {
    const { lines } = readRows(files.kprobe);
    const ours = lines.flatMap((line) => {
      const match = /^func_(enter|return) \S+ \S+ \S+ (\d+) func=(\w+)/.exec(line);
      return match === null ? [] : [`${match[2]} ${match[3]} ${match[1]}`];
    });
    const theirs = script('kprobe').flatMap((line) => {
      const match = /^ *(\d+) +probe:(\w+?)(_1)?(__return)?:/.exec(line);
      return match === null || match[3] !== undefined
        ? []
        : [`${match[1]} ${match[2]} ${match[4] === undefined ? 'enter' : 'return'}`];
    });
    expect(ours.length).toBeGreaterThan(40);
    expect(ours).toEqual(theirs);
  });

  it('raw calls, by number', () => {
    const { lines } = readRows(files['raw-syscalls']);
    const printed = script('raw-syscalls');
    expect(count(lines, /^sys_enter_socket /)).toBe(count(printed, /raw_syscalls:sys_enter: NR 41 /));
    expect(count(lines, /^sys_exit_accept4 /)).toBe(count(printed, /raw_syscalls:sys_exit: NR 288 /));
    expect(count(lines, /^sys_exit_accept4 /)).toBe(count(printed, / syscalls:sys_exit_accept4:/));
  });
});
