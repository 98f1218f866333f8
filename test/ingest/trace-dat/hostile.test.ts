// Files made to cost time or memory: reading takes time in proportion to the file's size, whatever it says.
import { deflateSync } from 'node:zlib';
import { expect, it } from 'vitest';
import {
  Bytes,
  enterListen,
  type Instance,
  LITTLE,
  Page,
  syscallFormats,
  type Trace,
  version6,
  version7,
} from './build.ts';
import { readTrace } from './rows.ts';

const machine = LITTLE;
const page = new Page(machine, 1000n).event(0, enterListen(machine, 7, 3, 1)).build();
const instance = (pages: readonly Buffer[]): Instance => ({ name: '', clock: 'mono', cpus: new Map([[0, pages]]) });

/** Reads; a guard against hanging, far above what a loaded machine takes. */
function inTime(bytes: Buffer): ReturnType<typeof readTrace> {
  const started = performance.now();
  const trace = readTrace(bytes);
  expect(performance.now() - started).toBeLessThan(20_000);
  return trace;
}

/** A version 7 file whose only buffer has these CPUs, behind whose end `tail` stands. */
function withCpus(
  count: number,
  place: (k: number, end: number) => readonly [offset: number, size: number],
  tail = Buffer.alloc(0),
  codec: 'none' | 'zlib' = 'none',
): Buffer {
  const front = version7({ machine, instances: [instance([page])] }, codec);
  const head = new Bytes(false).u64(0).text('').text('mono').u32(machine.pageSize).u32(count);
  // behind the front: the header of the section, of the option, the option, the end of options
  const end = front.length + 16 + 6 + head.length + count * 20 + 14;
  for (let k = 0; k < count; k++) {
    const [offset, length] = place(k, end);
    head.u32(k).u64(offset).u64(length);
  }
  const data = head.build();
  const body = new Bytes(false).u16(3).u32(data.length).raw(data).u16(0).u32(8).u64(0).build();
  const section = new Bytes(false).u16(0).u16(0).u32(0).u64(body.length).raw(body).build();
  // the options that describe the buffer of one page end by leading to these
  const done = front.indexOf(Buffer.from([0, 0, 8, 0, 0, 0]), front.indexOf(Buffer.from('mono\0')));
  front.writeBigUInt64LE(BigInt(front.length), done + 6);
  return Buffer.concat([front, section, tail]);
}

it('tens of thousands of CPUs that all claim the whole file, or a byte each', () => {
  const whole = inTime(withCpus(30_000, () => [0, 1 << 20]));
  expect(whole.totals.rejected).toBeGreaterThan(29_000);
  inTime(withCpus(30_000, (k) => [k, 1]));
  inTime(withCpus(30_000, (k) => [k * 4, 4], Buffer.alloc(0), 'zlib'));
});

it('chunks without end: empty ones, and a count of four thousand million', () => {
  const tail = Buffer.concat([Buffer.alloc(4, 0xff), Buffer.alloc(1 << 20)]);
  const { totals } = inTime(withCpus(2000, (k, end) => [end + k * 8, 8], tail, 'zlib'));
  expect(totals.rejected).toBeGreaterThan(1000);
});

it('small chunks that become large ones full of records', () => {
  const full = Buffer.alloc(8 << 20);
  const one = new Page(machine, 1000n);
  while (one.used + 12 <= machine.pageSize - 16) one.event(1, Buffer.from([103, 0, 0, 0, 7, 0, 0, 0]));
  full.fill(one.build());
  const packed = deflateSync(full, { level: 9 });
  const chunk = new Bytes(false).u32(packed.length).u32(full.length).raw(packed).build();
  const tail = Buffer.concat([new Bytes(false).u32(40).build(), ...Array.from({ length: 40 }, () => chunk)]);
  const { totals } = inTime(withCpus(1, (_, end) => [end, tail.length], tail, 'zlib'));
  expect(totals.records).toBeLessThan(20_000_000);
});

it('thousands of instances, options and formats', () => {
  const empty: Instance = { name: 'x', clock: 'mono', cpus: new Map() };
  const many: Trace = { machine, instances: [instance([page]), ...Array.from({ length: 3000 }, () => empty)] };
  inTime(version7(many));
  inTime(version6(many));
  const probe = (k: number): string =>
    `name: p${k}\nID: ${2000 + k}\nformat:\n\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\tfield:unsigned long __probe_ip;\toffset:8;\tsize:8;\tsigned:0;\n`;
  const systems = new Map([
    ['syscalls', syscallFormats(machine)],
    ['kprobes', Array.from({ length: 10_000 }, (_, k) => probe(k))],
  ]);
  const stats = Array.from({ length: 20_000 }, (_, k) => `CPU: ${k}\noverrun: 1\n`).join('');
  const options = [{ id: 2, data: Buffer.from(stats.slice(0, 60_000)) }];
  expect(inTime(version7({ machine, systems, options, instances: many.instances })).rows.length).toBe(2);
});
