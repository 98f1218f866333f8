// Recordings that trace-cmd prints otherwise than we name them: functions, kprobes, raw_syscalls, events twice, pages of 16 KiB.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SYSCALLS } from '../../../core/event/event-type.ts';
import { group } from '../../support/needs.ts';
import { parseReport, traceCmdReport } from './report-text.ts';
import { eventsOf, type Row, readTrace, TRACE_DAT, traceBytes, traceDatOf } from './rows.ts';

const printed = (name: string, buffers: readonly string[] = []) =>
  parseReport(traceCmdReport(traceDatOf(name)), buffers).events;

const place = ({ time, cpu, tid }: Pick<Row, 'time' | 'cpu' | 'tid'>): string => `${time} ${cpu} ${tid}`;

/** arch/x86/entry/syscalls/syscall_64.tbl, the calls of the recordings. */
const NUMBERS: Readonly<Record<string, string>> = {
  3: 'close',
  41: 'socket',
  42: 'connect',
  43: 'accept',
  49: 'bind',
  50: 'listen',
  54: 'setsockopt',
  56: 'clone',
  59: 'execve',
  60: 'exit',
  72: 'fcntl',
  231: 'exit_group',
  270: 'pselect6',
  288: 'accept4',
  435: 'clone3',
};

group('special recordings equal trace-cmd report', ['trace-cmd'], () => {
  it.each(['raw-syscalls', 'v6-raw-syscalls'])('%s: calls by number', (name) => {
    const lines = printed(name);
    const wanted = lines.flatMap((line) => {
      const [, number, rest] = /^NR (\d+)(.*)$/.exec(line.text) ?? [];
      const call = NUMBERS[number];
      if (call === undefined) return [];
      const numbers = rest
        .replace(/[()=]/g, '')
        .split(',')
        .map((word) => word.trim());
      if (line.name === 'sys_exit')
        return [`${place(line)} sys_exit_${call} ${Number(BigInt.asIntN(64, BigInt(numbers[0])))}`];
      const kinds = SYSCALLS[call as keyof typeof SYSCALLS].split(' ').filter((word) => word !== '');
      const args = kinds.map((kind, k) => {
        const value = BigInt(`0x${numbers[k]}`);
        if (kind.endsWith(':pointer')) return value === 0n ? 0 : 1;
        if (kind === 'size' || kind === 'arg') return Number(value);
        return Number(call === 'close' ? BigInt.asUintN(32, value) : BigInt.asIntN(32, value));
      });
      return [`${place(line)} sys_enter_${call} ${args.join(' ')}`];
    });
    const ours = readTrace(traceBytes(name));
    const shown = eventsOf(ours).map((row) => `${place(row)} ${row.name} ${Object.values(row.args).join(' ')}`);
    expect(shown.sort()).toEqual(wanted.sort());
    expect(wanted.length).toBeGreaterThan(100);
    expect(ours.totals).toMatchObject({ records: lines.length, ignored: lines.length - wanted.length, rejected: 0 });
  });

  it('function: the functions by their addresses', () => {
    const wanted = printed('function').map((line) => `${place(line)} ${line.text.split(' ')[0]}`);
    const rows = eventsOf(readTrace(traceBytes('function')));
    expect(new Set(rows.map(({ name }) => name))).toEqual(new Set(['func_enter']));
    expect(rows.map((row) => `${place(row)} ${row.args.func}`)).toEqual(wanted);
    expect(wanted.length).toBe(115);
  });

  it('function-graph: entries, and how long each took', () => {
    const lines = printed('function-graph');
    const rows = eventsOf(readTrace(traceBytes('function-graph')));
    const entries = lines.filter(({ name }) => name === 'funcgraph_entry');
    const enters = rows.filter(({ name }) => name === 'func_enter');
    const returns = rows.filter(({ name }) => name === 'func_return');
    expect(enters.map((row) => `${place(row)} ${row.args.func}`)).toEqual(
      entries.map((line) => `${place(line)} ${/(\w+)\(\)/.exec(line.text)?.[1]}`),
    );
    expect(returns.length).toBe(enters.length);
    const durations = lines.flatMap(({ text }) => (/([\d.]+) us/.test(text) ? [/([\d.]+) us/.exec(text)?.[1]] : []));
    const shown = returns.map(({ args }) => (Number(args.duration_ns) / 1000).toFixed(3));
    expect(shown.sort()).toEqual(durations.map((text) => Number(text).toFixed(3)).sort());
  });

  it('kprobe: functions under the names that the user gave', () => {
    const functions: Readonly<Record<string, string>> = {
      lk: 'inet_csk_listen_start',
      ak: 'inet_csk_accept',
      x: '__sys_listen',
    };
    const lines = printed('kprobe').filter(({ name }) => name in functions);
    const rows = eventsOf(readTrace(traceBytes('kprobe'))).filter(({ name }) => name.startsWith('func_'));
    expect(rows.map((row) => `${place(row)} ${row.name} ${row.args.func}`)).toEqual(
      lines.map(
        (line) => `${place(line)} ${line.name === 'lk' ? 'func_enter' : 'func_return'} ${functions[line.name]}`,
      ),
    );
    expect(rows.find(({ name }) => name === 'func_enter')?.args.sk).toBe(
      /sk=(0x\w+)/.exec(lines.find(({ name }) => name === 'lk')?.text ?? '')?.[1],
    );
    // a pointer is not told, NULL and integers are
    lines.forEach((line, k) => {
      const value = /(?:newsk|ret)=(\w+)/.exec(line.text)?.[1];
      if (line.name !== 'lk') expect(rows[k].args.ret).toBe(Number(value) === 0 ? 0 : undefined);
    });
  });

  it('instances-same-events: what two instances recorded counts once', () => {
    const lines = printed('instances-same-events', ['one', 'two']);
    const count = (name: string): number => lines.filter((line) => line.name === name).length;
    const ours = readTrace(traceBytes('instances-same-events'));
    const rows = eventsOf(ours);
    const states = rows.filter(({ name }) => name === 'inet_sock_set_state');
    expect(states.length * 2).toBe(count('inet_sock_set_state'));
    expect(rows.filter(({ name }) => name === 'sys_exit_accept4').length).toBe(count('sys_exit_accept4'));
    expect(ours.totals).toMatchObject({
      records: lines.length,
      ignored: states.length + count('inet_sk_error_report'),
      rejected: 0,
    });
  });
});

describe('large-pages', () => {
  /** Lines of the tracefs text `comm-tid [cpu] flags seconds: call(...)`, `call -> result` or `event: ...` */
  const LINE = /^ *(.*)-(\d+) +\[(\d+)\] \S+ +(\d+)\.(\d{6}): (?:sys_(\w+)\(.*|sys_(\w+) -> (\w+)|(\w+): .*)$/;

  it('has the events that the kernel itself printed of the same buffer', () => {
    const text = readFileSync(join(TRACE_DAT, 'large-pages.trace.txt'), 'latin1');
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    const wanted = lines.flatMap((line) => {
      const match = LINE.exec(line);
      if (match === null) throw new Error(`a line of another shape: ${line}`);
      const [, , tid, cpu, seconds, micros, entered, left, result, event] = match;
      const name = entered ? `sys_enter_${entered}` : left ? `sys_exit_${left}` : event;
      const ret = left ? ` ${Number(BigInt.asIntN(64, BigInt(result)))}` : '';
      return /^(sched|task)_/.test(name) ? [] : [`${seconds}${micros} ${Number(cpu)} ${tid} ${name}${ret}`];
    });
    const ours = readTrace(traceBytes('large-pages'));
    // the kernel rounds to microseconds
    const shown = eventsOf(ours).map(
      ({ time, cpu, tid, name, args }) =>
        `${((time as bigint) + 500n) / 1000n} ${cpu} ${tid} ${name}${args.ret === undefined ? '' : ` ${args.ret}`}`,
    );
    expect(shown).toEqual(wanted);
    expect(ours.totals).toMatchObject({ records: lines.length, rejected: 0 });
  });

  it('follows tasks from their birth: names, and the process they belong to', () => {
    const { rows } = readTrace(traceBytes('large-pages'));
    const forks = rows.filter(({ name }) => name === 'task_fork');
    expect(forks.map(({ pid, args }) => [pid, args.parent_pid])).toEqual([
      [18081, 18081],
      [18081, 18081],
    ]);
    const accepts = rows.filter(({ name }) => name === 'sys_exit_accept4');
    expect(new Set(accepts.map(({ pid }) => pid))).toEqual(new Set([18081]));
    expect(new Set(accepts.map(({ comm }) => comm))).toEqual(new Set(['acceptor']));
    expect(rows.filter(({ name }) => name === 'task_exit').length).toBe(3);
  });
});
