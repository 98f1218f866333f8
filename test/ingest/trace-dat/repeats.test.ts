// What a file holds in several ways counts once; tasks are followed through events about them. By hand, because it is hard to record.
import { describe, expect, it } from 'vitest';
import {
  Bytes,
  enterListen,
  exitListen,
  LITTLE,
  type Machine,
  Page,
  syscallFormats,
  type Trace,
  version7,
} from './build.ts';
import { type ReadTrace, readTrace } from './rows.ts';

const machine: Machine = { ...LITTLE, pageSize: 1024 };
const T = 1_000_000n;

const field = (type: string, name: string, offset: number, size: number): string =>
  `\tfield:${type} ${name};\toffset:${offset};\tsize:${size};\tsigned:1;\n`;
const format = (name: string, id: number, fields: string): string =>
  `name: ${name}\nID: ${id}\nformat:\n${field('unsigned short', 'common_type', 0, 2)}${field('int', 'common_pid', 4, 4)}${fields}`;
const record = (id: number, tid: number, fill: (bytes: Bytes) => Bytes): Buffer =>
  fill(new Bytes(false).u16(id).u16(0).u32(tid)).build();
const comm = (text: string): Buffer => Buffer.from(text.padEnd(16, '\0'), 'latin1');

type System = readonly [system: string, formats: readonly string[]];
function read(systems: readonly System[], events: readonly Buffer[], more: Partial<Trace> = {}): ReadTrace {
  const page = new Page(machine, T);
  for (const event of events) page.event(10, event);
  return readTrace(
    version7({
      machine,
      instances: [{ name: '', cpus: new Map([[0, [page.build()]]]) }],
      systems: new Map(systems),
      ...more,
    }),
  );
}
const names = ({ rows }: ReadTrace): string[] => rows.map(({ name }) => name);

describe('the same event recorded in two ways', () => {
  it('system calls by themselves and by raw_syscalls', () => {
    const raw = [
      format('sys_enter', 301, field('long', 'id', 8, 8) + field('unsigned long', 'args[6]', 16, 48)),
      format('sys_exit', 302, field('long', 'id', 8, 8) + field('long', 'ret', 16, 8)),
    ];
    const systems: System[] = [
      ['syscalls', syscallFormats(machine)],
      ['raw_syscalls', raw],
    ];
    const six = (bytes: Bytes, values: number[]): Bytes => values.reduce((to, value) => to.u64(value), bytes);
    const events = [
      record(301, 7, (bytes) => six(bytes, [50, 3, 128, 0, 0, 0, 0])),
      enterListen(machine, 7, 3, 128),
      exitListen(machine, 7, 0),
      record(302, 7, (bytes) => six(bytes, [50, 0])),
      record(301, 7, (bytes) => six(bytes, [288, 3, 0, 0, 0, 0, 0])),
      record(302, 7, (bytes) => six(bytes, [288, 5])),
    ];
    const trace = read(systems, events);
    expect(names(trace)).toEqual(['sys_enter_listen', 'sys_exit_listen', 'sys_enter_accept4', 'sys_exit_accept4']);
    expect(trace.rows[0].time).toBe(T + 20n); // as many in both: the call's own event is taken
    expect(trace.totals).toMatchObject({ records: 6, ignored: 2, rejected: 0 });
  });

  it('a function by the tracer and by kprobes', () => {
    const kprobe = format(
      'p_inet_csk_accept_0',
      401,
      field('unsigned long', '__probe_ip', 8, 8) + field('u64', 'sk', 16, 8) + field('u64', 'arg2', 24, 8),
    );
    const tracer = format(
      'function',
      1,
      field('unsigned long', 'ip', 8, 8) + field('unsigned long', 'parent_ip', 16, 8),
    );
    const events = [
      record(401, 7, (bytes) => bytes.u64(0xffffffff81000004n).u64(0xffff888012345678n).u64(42)),
      record(1, 7, (bytes) => bytes.u64(0xffffffff81000004n).u64(0xffffffff81000400n)),
      record(401, 7, (bytes) => bytes.u64(0xffffffff81000004n).u64(0).u64(-5n)),
    ];
    const kallsyms = 'ffffffff81000000 T inet_csk_accept\nffffffff81000400 T next\n';
    const trace = read([['kprobes', [kprobe]]], events, { ftrace: [tracer], kallsyms });
    expect(trace.rows.map(({ name, args }) => [name, args])).toEqual([
      ['func_enter', { func: 'inet_csk_accept', sk: '0xffff888012345678', a1: 42 }],
      ['func_enter', { func: 'inet_csk_accept', a1: -5 }],
    ]);
    expect(trace.totals).toMatchObject({ records: 3, ignored: 1, rejected: 0 });
  });

  it('without symbols a kprobe is told by its name, and the tracer not at all', () => {
    const ip = field('unsigned long', '__probe_ip', 8, 8);
    const made = [
      format('p_inet_csk_accept_0', 401, ip),
      format('inet_listen__entry', 402, ip),
      format('mine', 403, ip),
    ];
    const tracer = format('function', 1, field('unsigned long', 'ip', 8, 8));
    const events = [401, 402, 403, 1].map((id) => record(id, 7, (bytes) => bytes.u64(0xffffffff81000000n)));
    const trace = read([['kprobes', made]], events, { ftrace: [tracer] });
    expect(trace.rows.map(({ args }) => args.func)).toEqual(['inet_csk_accept', 'inet_listen']);
    expect(trace.totals.rejections.map(({ reason }) => reason)).toEqual([
      expect.stringContaining('kprobes:mine: the file has no symbols'),
      expect.stringContaining('ftrace:function: the file has no symbols'),
    ]);
  });

  it('a probe inside of a function is not its entry', () => {
    const made = format('mine', 401, field('unsigned long', '__probe_ip', 8, 8));
    const kallsyms = 'ffffffff81000000 T inet_csk_accept\nffffffff81000400 T next\n';
    const trace = read([['kprobes', [made]]], [record(401, 7, (bytes) => bytes.u64(0xffffffff81000030n))], {
      kallsyms,
    });
    expect(trace.rows).toEqual([]);
    expect(trace.totals).toMatchObject({ ignored: 1, rejected: 0 });
  });
});

it('of a file with the formats of all events those count as probes of which there are records', () => {
  const unused = Array.from({ length: 300 }, (_, k) => format(`event${k}`, 1000 + k, ''));
  const systems: System[] = [
    ['sock', unused],
    ['syscalls', syscallFormats(machine)],
  ];
  const events = [enterListen(machine, 7, 3, 1)];
  expect(read(systems, events).info.probes).toEqual(['syscalls:sys_enter_listen']);
  // whoever selects events wants to know that one never happened
  const few = read([['syscalls', syscallFormats(machine)]], events).info.probes;
  expect(few).toEqual(['syscalls:sys_enter_listen', 'syscalls:sys_exit_listen', 'syscalls:sys_enter_nothing']);
});

describe('tasks', () => {
  const newTask = format(
    'task_newtask',
    501,
    field('pid_t', 'pid', 8, 4) + field('char', 'comm[16]', 12, 16) + field('unsigned long', 'clone_flags', 32, 8),
  );
  const born = (parent: number, tid: number, flags: number): Buffer =>
    record(501, parent, (bytes) => bytes.u32(tid).raw(comm('child')).u32(0).u64(flags));
  const exec = format(
    'sched_process_exec',
    502,
    field('__data_loc char[]', 'filename', 8, 4) + field('pid_t', 'pid', 12, 4) + field('pid_t', 'old_pid', 16, 4),
  );
  const execs = (tid: number, old: number, path: string): Buffer =>
    record(502, tid, (bytes) =>
      bytes
        .u32(20 + ((path.length + 1) << 16))
        .u32(tid)
        .u32(old)
        .text(path),
    );
  const fork = format(
    'sched_process_fork',
    503,
    field('char', 'parent_comm[16]', 8, 16) +
      field('pid_t', 'parent_pid', 24, 4) +
      field('char', 'child_comm[16]', 28, 16) +
      field('pid_t', 'child_pid', 44, 4),
  );
  const forks = (parent: number, tid: number): Buffer =>
    record(503, parent, (bytes) => bytes.raw(comm('p')).u32(parent).raw(comm('p')).u32(tid));
  const exit = format('sched_process_exit', 504, field('char', 'comm[16]', 8, 16) + field('pid_t', 'pid', 24, 4));
  const exits = (tid: number): Buffer => record(504, tid, (bytes) => bytes.raw(comm('p')).u32(tid));
  const rename = format('task_rename', 505, field('char', 'oldcomm[16]', 8, 16) + field('char', 'newcomm[16]', 24, 16));
  const renames = (tid: number, name: string): Buffer =>
    record(505, tid, (bytes) => bytes.raw(comm('old')).raw(comm(name)));
  const switches = format(
    'sched_switch',
    506,
    field('char', 'prev_comm[16]', 8, 16) +
      field('pid_t', 'prev_pid', 24, 4) +
      field('char', 'next_comm[16]', 28, 16) +
      field('pid_t', 'next_pid', 44, 4),
  );
  const switched = (from: number, fromName: string, to: number, toName: string): Buffer =>
    record(506, from, (bytes) => bytes.raw(comm(fromName)).u32(from).raw(comm(toName)).u32(to));
  const systems: System[] = [
    ['syscalls', syscallFormats(machine)],
    ['task', [newTask, rename]],
    ['sched', [exec, exit, switches]],
  ];
  const listen = (tid: number): Buffer => enterListen(machine, tid, 3, 1);
  const who = ({ rows }: ReadTrace): unknown[] =>
    rows.filter(({ name }) => name === 'sys_enter_listen').map(({ tid, pid, comm: name }) => [tid, pid, name]);

  it('get their process from exec and birth, and their name from their parent, exec and prctl', () => {
    const trace = read(
      systems,
      [
        listen(7),
        execs(7, 7, '/usr/sbin/a-name-that-is-too-long'),
        listen(7),
        born(7, 8, 0x10f00),
        listen(8),
        born(8, 9, 0x1200000),
        listen(9),
        renames(9, 'worker'),
        listen(9),
        exits(9),
        listen(9),
      ],
      { cmdlines: '7 early\n' },
    );
    expect(who(trace)).toEqual([
      [7, -1, 'early'],
      [7, 7, 'a-name-that-is-'],
      [8, 7, 'a-name-that-is-'],
      [9, 9, 'a-name-that-is-'],
      [9, 9, 'worker'],
      [9, -1, 'worker'],
    ]);
    expect(trace.rows.filter(({ name }) => name === 'task_fork').map(({ tid, pid, args }) => [tid, pid, args])).toEqual(
      [
        [8, 7, { parent_pid: 7, parent_tid: 7, synthesized: 0 }],
        [9, 9, { parent_pid: 7, parent_tid: 8, synthesized: 0 }],
      ],
    );
  });

  it('a thread that execs becomes the leader', () => {
    const trace = read(systems, [
      execs(7, 7, '/bin/a'),
      born(7, 8, 0x10000),
      execs(7, 8, '/bin/b'),
      listen(7),
      listen(8),
    ]);
    expect(who(trace)).toEqual([
      [7, 7, 'b'],
      [8, -1, 'a'],
    ]);
  });

  it('whether sched_process_fork makes a thread or a process is not said', () => {
    const trace = read(
      [
        ['syscalls', syscallFormats(machine)],
        ['sched', [fork, exec]],
      ],
      [execs(7, 7, '/bin/a'), forks(7, 8), listen(8)],
    );
    expect(who(trace)).toEqual([[8, -1, 'a']]);
  });

  it('a birth told by both events counts once', () => {
    const trace = read(
      [...systems, ['sched2', []], ['sched', [fork, exec, exit, switches]]],
      [born(7, 8, 0x10000), forks(7, 8)],
    );
    expect(trace.rows.filter(({ name }) => name === 'task_fork').length).toBe(1);
    expect(trace.totals).toMatchObject({ ignored: 1, rejected: 0 });
  });

  it('sched_switch names tasks, with a row where a name is new', () => {
    const trace = read(systems, [
      switched(7, 'one', 0, 'swapper/0'),
      listen(7),
      switched(0, 'swapper/0', 7, 'one'),
      switched(7, 'two', 8, 'three'),
      listen(7),
      listen(8),
      listen(0),
    ]);
    expect(who(trace)).toEqual([
      [7, -1, 'one'],
      [7, -1, 'two'],
      [8, -1, 'three'],
      [0, 0, 'swapper'],
    ]);
    expect(trace.rows.filter(({ name }) => name === 'task_comm').length).toBe(3);
  });
});
