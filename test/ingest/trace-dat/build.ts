// Writes trace.dat files of both versions by hand, byte for byte after their format documents, for what is hard to record.
import { deflateSync } from 'node:zlib';

export interface Machine {
  readonly big: boolean;
  /** Size of the kernel's long. */
  readonly long: 4 | 8;
  readonly pageSize: number;
}

export const LITTLE: Machine = { big: false, long: 8, pageSize: 256 };

/** Appends numbers of a machine's byte order. */
export class Bytes {
  private readonly parts: Buffer[] = [];
  private readonly big: boolean;
  length = 0;

  constructor(big: boolean) {
    this.big = big;
  }

  raw(bytes: Uint8Array | string): this {
    const part = Buffer.from(bytes as Uint8Array);
    this.parts.push(part);
    this.length += part.length;
    return this;
  }

  private write(size: number, put: (buffer: Buffer) => void): this {
    const buffer = Buffer.alloc(size);
    put(buffer);
    if (this.big) buffer.reverse();
    return this.raw(buffer);
  }

  u8 = (value: number): this => this.write(1, (b) => b.writeUInt8(value));
  u16 = (value: number): this => this.write(2, (b) => b.writeUInt16LE(value));
  u32 = (value: number): this => this.write(4, (b) => b.writeUInt32LE(value >>> 0));
  u64 = (value: number | bigint): this => this.write(8, (b) => b.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value))));
  text = (value: string): this => this.raw(Buffer.from(`${value}\0`, 'latin1'));
  pad = (to: number): this => this.raw(Buffer.alloc(Math.max(0, to - this.length)));

  build(): Buffer {
    return Buffer.concat(this.parts);
  }
}

/** A page: its records one after the other, then the commit word with its flags. */
export class Page {
  readonly time: bigint;
  readonly machine: Machine;
  private readonly data: Bytes;

  constructor(machine: Machine, time: bigint) {
    this.machine = machine;
    this.time = time;
    this.data = new Bytes(machine.big);
  }

  private header(type: number, delta: number): this {
    this.data.u32(this.machine.big ? type * 2 ** 27 + delta : delta * 32 + type);
    return this;
  }

  /** An event whose length is in its header: up to 112 bytes, padded to four. */
  event(delta: number, payload: Buffer): this {
    const padded = Buffer.concat([payload, Buffer.alloc((4 - (payload.length % 4)) % 4)]);
    this.header(padded.length / 4, delta).data.raw(padded);
    return this;
  }

  /** An event with its length behind the header. */
  long(delta: number, payload: Buffer): this {
    this.header(0, delta)
      .data.u32(payload.length + 4)
      .raw(payload);
    this.data.raw(Buffer.alloc((4 - (payload.length % 4)) % 4));
    return this;
  }

  extend(delta: bigint): this {
    this.header(30, Number(delta & 0x7ffffffn)).data.u32(Number(delta >> 27n));
    return this;
  }

  /** An absolute time: 59 bits of it. */
  stamp(time: bigint): this {
    this.header(31, Number(time & 0x7ffffffn)).data.u32(Number((time >> 27n) & 0xffffffffn));
    return this;
  }

  /** A discarded event of `size` bytes behind its header. */
  discarded(delta: number, size: number): this {
    this.header(29, delta)
      .data.u32(size)
      .raw(Buffer.alloc(size - 4, 0xee));
    return this;
  }

  /** The rest is unused. */
  end(garbage: Buffer): this {
    this.header(29, 0).data.raw(garbage);
    return this;
  }

  raw(bytes: Buffer): this {
    this.data.raw(bytes);
    return this;
  }

  get used(): number {
    return this.data.length;
  }

  /** `missed`: records lost before the page; null for "some". `commit` overrides the number of bytes used. */
  build(missed: bigint | null | undefined = undefined, commit = this.used): Buffer {
    const { big, long, pageSize } = this.machine;
    const flags = missed === undefined ? 0 : missed === null ? 0x80000000 : 0xc0000000;
    const page = new Bytes(big).u64(this.time);
    if (long === 8) page.u64(commit + flags);
    else page.u32(commit + flags);
    page.raw(this.data.build());
    if (missed !== undefined && missed !== null) {
      if (long === 8) page.u64(missed);
      else page.u32(Number(BigInt.asUintN(32, missed)));
    }
    return page.pad(pageSize).build();
  }
}

const field = (type: string, name: string, offset: number, size: number, signed: 0 | 1): string =>
  `\tfield:${type} ${name};\toffset:${offset};\tsize:${size};\tsigned:${signed};\n`;

const COMMON =
  field('unsigned short', 'common_type', 0, 2, 0) +
  field('unsigned char', 'common_flags', 2, 1, 0) +
  field('unsigned char', 'common_preempt_count', 3, 1, 0) +
  `${field('int', 'common_pid', 4, 4, 1)}\n`;

const format = (name: string, id: number, fields: string): string =>
  `name: ${name}\nID: ${id}\nformat:\n${COMMON}${fields}\nprint fmt: ""\n`;

export const ID = { enterListen: 101, exitListen: 102, other: 103, fork: 104, rename: 105, rawEnter: 106 } as const;

/** Formats of sys_enter_listen, sys_exit_listen and one event of no use, as a kernel of this long size has them. */
export const syscallFormats = ({ long }: Machine): string[] => [
  format(
    'sys_enter_listen',
    ID.enterListen,
    field('int', '__syscall_nr', 8, 4, 1) +
      field('int', 'fd', long === 8 ? 16 : 12, long, 0) +
      field('int', 'backlog', long === 8 ? 24 : 16, long, 0),
  ),
  format(
    'sys_exit_listen',
    ID.exitListen,
    field('int', '__syscall_nr', 8, 4, 1) + field('long', 'ret', long === 8 ? 16 : 12, long, 1),
  ),
  format('sys_enter_nothing', ID.other, ''),
];

const head = (machine: Machine, id: number, tid: number): Bytes => new Bytes(machine.big).u16(id).u8(0).u8(0).u32(tid);
const longs = (machine: Machine, bytes: Bytes, values: readonly number[]): Buffer => {
  for (const value of values) {
    if (machine.long === 8) bytes.u64(value);
    else bytes.u32(value);
  }
  return bytes.build();
};

export function enterListen(machine: Machine, tid: number, fd: number, backlog: number): Buffer {
  const bytes = head(machine, ID.enterListen, tid).u32(50);
  return longs(machine, machine.long === 8 ? bytes.u32(0) : bytes, [fd, backlog]);
}

export function exitListen(machine: Machine, tid: number, ret: number): Buffer {
  const bytes = head(machine, ID.exitListen, tid).u32(50);
  return longs(machine, machine.long === 8 ? bytes.u32(0) : bytes, [ret]);
}

export const otherEvent = (machine: Machine, tid: number): Buffer => head(machine, ID.other, tid).build();

export interface Option {
  readonly id: number;
  readonly data: Buffer;
}

export interface Instance {
  readonly name: string;
  readonly clock?: string;
  /** Pages of each CPU, by number. */
  readonly cpus: ReadonlyMap<number, readonly Buffer[]>;
}

export interface Trace {
  readonly machine: Machine;
  readonly instances: readonly Instance[];
  readonly systems?: ReadonlyMap<string, readonly string[]>;
  readonly ftrace?: readonly string[];
  readonly options?: readonly Option[];
  readonly kallsyms?: string;
  readonly cmdlines?: string;
  /** Stands instead of pages, in version 6. */
  readonly latency?: string;
}

const blocks = (trace: Trace) => {
  const { machine, systems, ftrace = [], kallsyms = '', cmdlines = '' } = trace;
  const { big, long, pageSize } = machine;
  const bytes = (): Bytes => new Bytes(big);
  const sized = (text: string): Buffer => bytes().u64(text.length).raw(Buffer.from(text, 'latin1')).build();
  const texts = (list: readonly string[]): Buffer =>
    Buffer.concat([bytes().u32(list.length).build(), ...list.map(sized)]);
  const page =
    `\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n\tfield: local_t commit;\toffset:8;\tsize:${long};\tsigned:1;\n` +
    `\tfield: int overwrite;\toffset:8;\tsize:1;\tsigned:1;\n\tfield: char data;\toffset:${8 + long};\tsize:${pageSize - 8 - long};\tsigned:1;\n`;
  const event =
    '# compressed entry header\n\ttype_len    :    5 bits\n\ttime_delta  :   27 bits\n\tarray       :   32 bits\n';
  const all = systems ?? new Map([['syscalls', syscallFormats(machine)]]);
  const systemBlock = bytes().u32(all.size);
  for (const [name, list] of all) systemBlock.text(name).raw(texts(list));
  return {
    header: bytes().text('header_page').raw(sized(page)).text('header_event').raw(sized(event)).build(),
    ftrace: texts(ftrace),
    systems: systemBlock.build(),
    kallsyms: bytes().u32(kallsyms.length).raw(Buffer.from(kallsyms, 'latin1')).build(),
    printk: bytes().u32(0).build(),
    cmdlines: sized(cmdlines),
  };
};

const start = ({ big, pageSize }: Machine, version: string): Bytes =>
  new Bytes(big)
    .raw(Buffer.from([0x17, 0x08, 0x44]))
    .text(`tracing${version}`)
    .u8(big ? 1 : 0)
    .u8(8)
    .u32(pageSize);

const writeOptions = (bytes: Bytes, options: readonly Option[]): Bytes => {
  for (const { id, data } of options) bytes.u16(id).u32(data.length).raw(data);
  return bytes;
};

/** Version 6. The first instance is the top buffer; its name does not count. */
export function version6(trace: Trace, cpuCount = 2): Buffer {
  const { machine, instances, options = [], latency } = trace;
  const { big, pageSize } = machine;
  const { header, ftrace, systems, kallsyms, printk, cmdlines } = blocks(trace);
  const front = start(machine, '6')
    .raw(header)
    .raw(ftrace)
    .raw(systems)
    .raw(kallsyms)
    .raw(printk)
    .raw(cmdlines)
    .u32(cpuCount);
  const tag = (text: string): Buffer => Buffer.from(text, 'latin1');
  if (latency !== undefined) return front.raw(tag('latency  \0')).raw(tag(latency)).build();
  const [top, ...others] = instances;
  const clock = Buffer.from('local [mono]', 'latin1');
  const tableSize = 10 + cpuCount * 16 + 8 + clock.length;
  const optionsSize =
    options.reduce((sum, { data }) => sum + 6 + data.length, 0) +
    others.reduce((sum, { name }) => sum + 15 + name.length, 0);
  let at = front.length + 10 + optionsSize + 2;
  const tables = [at];
  for (const _ of others) {
    at += tableSize;
    tables.push(at);
  }
  at = Math.ceil((at + tableSize) / pageSize) * pageSize;
  const body = new Bytes(big);
  const table = (instance: Instance): Buffer => {
    const bytes = new Bytes(big).raw(tag('flyrecord\0'));
    for (let cpu = 0; cpu < cpuCount; cpu++) {
      const pages = Buffer.concat(instance.cpus.get(cpu) ?? []);
      bytes.u64(at).u64(pages.length);
      body.raw(pages);
      at += pages.length;
    }
    return bytes.u64(clock.length).raw(clock).build();
  };
  const written = [top, ...others].map(table);
  front.raw(tag('options  \0'));
  writeOptions(front, [
    ...options,
    ...others.map(({ name }, k) => ({
      id: 3,
      data: new Bytes(big)
        .u64(tables[k + 1])
        .text(name)
        .build(),
    })),
  ]).u16(0);
  for (const part of written) front.raw(part);
  return front
    .pad(Math.ceil(front.length / pageSize) * pageSize)
    .raw(body.build())
    .build();
}

/** Version 7, with sections and pages compressed by zlib or not at all. `pagesPerChunk` pages go into each chunk. */
export function version7(trace: Trace, compression: 'none' | 'zlib' = 'none', pagesPerChunk = 2): Buffer {
  const { machine, instances, options = [] } = trace;
  const { big, pageSize } = machine;
  const packed = compression === 'zlib';
  const block = blocks(trace);
  const file = start(machine, '7').text(compression).text('');
  const firstOptions = file.length;
  file.u64(0);
  const section = (id: number, content: Buffer, compress = packed): number => {
    const at = file.length;
    const small = deflateSync(content);
    const body = compress ? new Bytes(big).u32(small.length).u32(content.length).raw(small).build() : content;
    file
      .u16(id)
      .u16(compress ? 1 : 0)
      .u32(0)
      .u64(body.length)
      .raw(body);
    return at;
  };
  const pointers = (
    [
      [16, block.header],
      [17, block.ftrace],
      [18, block.systems],
      [19, block.kallsyms],
      [20, block.printk],
      [21, block.cmdlines],
    ] as const
  ).map(([id, content]) => ({ id, data: new Bytes(big).u64(section(id, content)).build() }));
  const buffers = instances.map(({ name, clock = 'mono', cpus }) => {
    const at = file.length;
    const header = (size: number): Bytes =>
      new Bytes(big)
        .u16(3)
        .u16(packed ? 1 : 0)
        .u32(0)
        .u64(size);
    const data = new Bytes(big);
    const option = new Bytes(big).u64(at).text(name).text(clock).u32(pageSize).u32(cpus.size);
    for (const [cpu, pages] of cpus) {
      const offset = at + 16 + data.length;
      const before = data.length;
      if (packed) {
        data.u32(Math.ceil(pages.length / pagesPerChunk));
        for (let k = 0; k < pages.length; k += pagesPerChunk) {
          const plain = Buffer.concat(pages.slice(k, k + pagesPerChunk));
          const small = deflateSync(plain);
          data.u32(small.length).u32(plain.length).raw(small);
        }
      } else for (const page of pages) data.raw(page);
      option
        .u32(cpu)
        .u64(offset)
        .u64(data.length - before - (packed ? 4 : 0));
    }
    file.raw(header(data.length).build()).raw(data.build());
    return { id: 3, data: option.build() };
  });
  // two sections of options: the first leads to the second
  const second = section(0, writeOptions(new Bytes(big), buffers).u16(0).u32(8).u64(0).build(), false);
  const first = section(
    0,
    writeOptions(new Bytes(big), [...pointers, ...options])
      .u16(0)
      .u32(8)
      .u64(second)
      .build(),
    false,
  );
  const whole = file.build();
  new Bytes(big).u64(first).build().copy(whole, firstOptions);
  return whole;
}
