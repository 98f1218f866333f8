// Small files with something of everything in them, for damage: tracepoints, raw_syscalls, tasks, functions, losses, two instances.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  Bytes,
  enterListen,
  exitListen,
  type Instance,
  LITTLE,
  type Machine,
  otherEvent,
  Page,
  syscallFormats,
  type Trace,
  version6,
  version7,
} from './build.ts';

const FORMATS = fileURLToPath(new URL('../../fixture/event-format/', import.meta.url));
const recorded = (name: string): string => readFileSync(`${FORMATS}${name}.format`, 'latin1').split('\nprint fmt')[0];

const field = (type: string, name: string, offset: number, size: number): string =>
  `\tfield:${type} ${name};\toffset:${offset};\tsize:${size};\tsigned:0;\n`;
const COMMON = field('unsigned short', 'common_type', 0, 2) + field('int', 'common_pid', 4, 4);
const made = (name: string, id: number, fields: string): string =>
  `name: ${name}\nID: ${id}\nformat:\n${COMMON}${fields}`;

const STATE = recorded('sock__inet_sock_set_state');
const RAW = recorded('raw_syscalls__sys_enter');
const idOf = (format: string): number => Number(/^ID: (\d+)/m.exec(format)?.[1]);

const machine: Machine = { ...LITTLE, pageSize: 512 };
const record = (id: number, rest: Buffer): Buffer =>
  Buffer.concat([new Bytes(false).u16(id).u16(0).u32(7).build(), rest]);
const words = (...values: (number | bigint)[]): Buffer => {
  const bytes = new Bytes(false);
  for (const value of values) bytes.u64(value);
  return bytes.build();
};

const state = (old: number, next: number): Buffer =>
  record(
    idOf(STATE),
    new Bytes(false)
      .u64(0xffff888000001000n)
      .u32(old)
      .u32(next)
      .u16(80)
      .u16(4000)
      .u16(2)
      .u16(6)
      .raw(Buffer.alloc(40, 1))
      .build(),
  );
const newTask = record(
  201,
  new Bytes(false).u32(8).raw(Buffer.from('worker\0\0\0\0\0\0\0\0\0\0')).u32(0).u64(0x10000).build(),
);
const exec = record(
  202,
  new Bytes(false)
    .u32(12 + 8 + (10 << 16))
    .u32(7)
    .u32(7)
    .raw(Buffer.from('/bin/name\0\0\0'))
    .build(),
);
const call = record(203, words(0xffffffff81000010n, 0xffffffff81000000n));

/** `damage` may change any page before it goes into the file. */
function trace(damage: (page: Buffer) => Buffer = (page) => page): Trace {
  const T = 7_000_000_000n;
  const page = (at: bigint): Page => new Page(machine, T + at);
  const first = [
    page(0n)
      .event(0, exec)
      .event(5, newTask)
      .event(9, enterListen(machine, 7, 3, 128))
      .event(4, state(7, 10))
      .event(8, exitListen(machine, 7, 0))
      .build(),
    page(1000n)
      .event(0, record(idOf(RAW), words(50, 3, 128, 0, 0, 0, 0)))
      .extend(2n ** 30n)
      .long(3, state(12, 1))
      .end(Buffer.alloc(9, 7))
      .build(40n),
    page(2n ** 31n)
      .discarded(3, 12)
      .event(1, call)
      .stamp(7_000_000_000n + 2n ** 31n + 50n)
      .event(1, otherEvent(machine, 8))
      .build(null),
  ];
  const second = [
    page(500n)
      .event(0, enterListen(machine, 8, 4, 5))
      .event(50, exitListen(machine, 8, -98))
      .event(3, state(1, 7))
      .build(),
  ];
  const instances: Instance[] = [
    {
      name: '',
      cpus: new Map([
        [0, first.map(damage)],
        [1, second.map(damage)],
      ]),
    },
    { name: 'web', cpus: new Map([[1, second.map(damage)]]) },
  ];
  return {
    machine,
    instances,
    systems: new Map([
      ['syscalls', syscallFormats(machine)],
      ['sock', [STATE]],
      ['raw_syscalls', [RAW]],
      [
        'task',
        [
          made(
            'task_newtask',
            201,
            field('pid_t', 'pid', 8, 4) +
              field('char', 'comm[16]', 12, 16) +
              field('unsigned long', 'clone_flags', 32, 8),
          ),
        ],
      ],
      [
        'sched',
        [
          made(
            'sched_process_exec',
            202,
            field('__data_loc char[]', 'filename', 8, 4) +
              field('pid_t', 'pid', 12, 4) +
              field('pid_t', 'old_pid', 16, 4),
          ),
        ],
      ],
    ]),
    ftrace: [made('function', 203, field('unsigned long', 'ip', 8, 8) + field('unsigned long', 'parent_ip', 16, 8))],
    kallsyms: 'ffffffff81000000 T inet_csk_accept\nffffffff81000400 T next\n',
    cmdlines: '7 server\n8 wor ker\n',
    options: [
      { id: 5, data: Buffer.from('Linux somehost 6.1.0 x86_64\0') },
      { id: 4, data: Buffer.from('local [mono] boot\0') },
      { id: 2, data: Buffer.from('CPU: 0\noverrun: 40\ndropped events: 2\n\0') },
      { id: 1, data: Buffer.from('0x1234567\0') },
    ],
  };
}

type Damage = (page: Buffer) => Buffer;

/** Files by name; with `damage` to the pages inside of them, also where they are compressed afterwards. */
export const FILES = {
  six: (damage?: Damage) => version6(trace(damage)),
  seven: (damage?: Damage) => version7(trace(damage)),
  zlib: (damage?: Damage) => version7(trace(damage), 'zlib'),
} as const;
