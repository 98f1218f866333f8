// The files around the pages: instances, sparse CPUs, several CPUs by time, options, circles, lies about sizes, refusals.
import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { CaptureError } from '../../../ingest/format/format.ts';
import { FORMATS, sniff } from '../../../ingest/format/index.ts';
import { traceDat } from '../../../ingest/format/trace-dat/format.ts';
import { memorySource } from '../perf-data/bytes.ts';
import {
  Bytes,
  enterListen,
  exitListen,
  type Instance,
  LITTLE,
  type Machine,
  Page,
  type Trace,
  version6,
  version7,
} from './build.ts';
import { type ReadTrace, readTrace, traceBytes } from './rows.ts';

const T = 1_000_000n;
const machine: Machine = LITTLE;
const one = (at: bigint, tid = 7, fd = 3): Buffer =>
  new Page(machine, T + at).event(0, enterListen(machine, tid, fd, 128)).build();
const buffer = (cpus: readonly (readonly [number, readonly Buffer[]])[], name = '', clock = 'mono'): Instance => ({
  name,
  clock,
  cpus: new Map(cpus),
});
const fds = ({ rows }: ReadTrace): unknown[] =>
  rows.filter(({ name }) => name === 'sys_enter_listen').map(({ args, cpu }) => [cpu, args.fd]);

function refusal(bytes: Uint8Array): CaptureError {
  try {
    readTrace(bytes);
  } catch (error) {
    if (error instanceof CaptureError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

describe('CPUs and buffers', () => {
  it('are merged by time, CPUs with gaps in their numbers too', () => {
    const cpus = [
      [0, [one(5n, 1, 5), one(30n, 1, 30)]],
      [1, []],
      [200, [one(1n, 2, 1), one(40n, 2, 40)]],
      [3, [one(20n, 3, 20)]],
    ] as const;
    const trace: Trace = { machine, instances: [buffer(cpus)] };
    const wanted = [
      [200, 1],
      [0, 5],
      [3, 20],
      [0, 30],
      [200, 40],
    ];
    expect(fds(readTrace(version6(trace, 201)))).toEqual(wanted);
    for (const compression of ['none', 'zlib'] as const)
      expect(fds(readTrace(version7(trace, compression)))).toEqual(wanted);
  });

  it('an empty top buffer beside an instance with events', () => {
    const trace: Trace = { machine, instances: [buffer([]), buffer([[1, [one(5n)]]], 'web')] };
    for (const bytes of [version6(trace), version7(trace)]) expect(fds(readTrace(bytes))).toEqual([[1, 3]]);
  });

  it('the same events in two instances count once: from the one with more of them', () => {
    const pages = [one(1n, 7, 1), one(2n, 7, 2), one(3n, 7, 3)];
    const exit = (at: bigint): Buffer => new Page(machine, T + at).event(0, exitListen(machine, 7, 0)).build();
    const trace: Trace = {
      machine,
      instances: [
        buffer([]),
        buffer([[0, pages.slice(1)]], 'a'),
        buffer([[0, pages]], 'b'),
        buffer([[0, [exit(4n)]]], 'c'),
      ],
    };
    for (const bytes of [version6(trace), version7(trace)]) {
      const { rows, totals } = readTrace(bytes);
      expect(rows.map(({ name, args }) => [name, args.fd])).toEqual([
        ['sys_enter_listen', 1],
        ['sys_enter_listen', 2],
        ['sys_enter_listen', 3],
      ]);
      // one call, entered and left, is of one instance
      expect(totals).toMatchObject({ records: 6, ignored: 3, rejected: 0 });
    }
  });

  it('an instance with another clock is left out, and that is said', () => {
    const trace: Trace = {
      machine,
      instances: [buffer([[0, [one(1n), one(2n)]]]), buffer([[0, [one(9n)]]], 'b', 'boot')],
    };
    const { info, rows, totals } = readTrace(version7(trace));
    expect(info.clock).toBe('mono');
    expect(rows.length).toBe(2);
    expect(totals.rejections.map(({ reason }) => reason)).toEqual([
      expect.stringContaining("buffer 'b' have another clock (boot)"),
    ]);
  });

  it('CPUs that claim the same bytes are read once', () => {
    const bytes = version7({
      machine,
      instances: [
        buffer([
          [0, [one(1n)]],
          [1, [one(2n)]],
        ]),
      ],
    });
    const text = bytes.indexOf(Buffer.from('mono\0'));
    const entry = text + 5 + 8;
    const size = BigInt(bytes.length);
    for (const k of [0, 1]) {
      bytes.writeBigUInt64LE(0n, entry + k * 20 + 4);
      bytes.writeBigUInt64LE(size, entry + k * 20 + 12);
    }
    const { totals } = readTrace(bytes);
    expect(totals.rejections.filter(({ reason }) => reason.includes('overlap')).length).toBe(1);
  });
});

describe('options', () => {
  const option = (id: number, text: string) => ({ id, data: Buffer.from(`${text}\0`, 'latin1') });
  const withOptions = (...options: { id: number; data: Buffer }[]): Trace => ({
    machine,
    options,
    instances: [buffer([[0, [one(0n), one(4000n, 7, 4)]]])],
  });
  const both = (trace: Trace): ReadTrace[] => [readTrace(version6(trace)), readTrace(version7(trace))];

  it('host, kernel, machine and recorder', () => {
    for (const { info } of both(
      withOptions(
        option(5, 'Linux somehost 6.1.0-50 aarch64'),
        option(9, '3.1.6 not-a-git-repo'),
        option(77, 'of the future'),
      ),
    ))
      expect(info).toMatchObject({
        host: 'somehost',
        kernel: '6.1.0-50',
        arch: 'aarch64',
        tool: 'trace-cmd 3.1.6',
        format: 'trace.dat',
        unit: 'byte',
      });
  });

  it('the date makes time of day of the clock, and does not move events', () => {
    for (const { info, base } of both(withOptions(option(1, '0x5c1f0a2b3c4d5'))))
      expect([info.wallOffset, base]).toEqual([String(0x5c1f0a2b3c4d5n * 1000n), T]);
  });

  it('an offset moves events, unless it leads to the time of day', () => {
    for (const { info, base } of both(withOptions(option(7, '-5000'))))
      expect([info.wallOffset, base]).toEqual([null, T - 5000n]);
    for (const { info, base } of both(withOptions(option(7, '1700000000000000000'))))
      expect([info.wallOffset, base]).toEqual(['1700000000000000000', T]);
  });

  it('cycles become nanoseconds', () => {
    const data = new Bytes(false).u32(3).u32(1).u64(0).build(); // 1.5 ns a cycle
    const { rows, base, info } = readTrace(
      version7({
        ...withOptions({ id: 14, data }),
        instances: [buffer([[0, [one(0n), one(4001n)]]], '', 'x86-tsc')],
      }),
    );
    expect(base).toBe(1_500_000n);
    expect(rows.map(({ time }) => time)).toEqual([1_500_000n, 1_506_001n]);
    expect(info.clock).toBe('x86-tsc');
  });

  it.each([
    ['x86-tsc', 'x86-tsc (cycles)'],
    ['counter', 'counter (no time)'],
    ['uptime', 'uptime (jiffies)'],
    ['mono_raw', 'mono_raw'],
  ])('the clock %s is called %s', (clock, name) => {
    const { info } = readTrace(
      version7({ ...withOptions(option(1, '0x1000')), instances: [buffer([[0, [one(0n)]]], '', clock)] }),
    );
    expect(info.clock).toBe(name);
    if (name.includes('(')) expect(info.wallOffset).toBe(null);
  });

  it("a guest's times come to its host's clock, by a line between samples", () => {
    const samples = new Bytes(false).u64(99).u32(1).u32(1).u32(3);
    for (const time of [T, T + 2000n, T + 6000n]) samples.u64(time);
    for (const offset of [100, 300, -100]) samples.u64(offset);
    for (let k = 0; k < 3; k++) samples.u64(1);
    const at = (time: bigint): Buffer => one(time);
    const trace = withOptions({ id: 12, data: samples.build() });
    const { rows } = readTrace(
      version7({ ...trace, instances: [buffer([[0, [at(0n), at(1000n), at(2000n), at(4000n), at(8000n)]]])] }),
    );
    // offsets 100, half way to 300, 300, half way to -100, and the last line goes on
    expect(rows.map(({ time }) => (time as bigint) - T)).toEqual([100n, 1200n, 2300n, 4100n, 7700n]);
  });

  it('counters of lost records are a sum for each CPU of a buffer', () => {
    const stats = (cpu: number, overrun: number, dropped: number): string =>
      `CPU: ${cpu}\nentries: 1\noverrun: ${overrun}\ncommit overrun: 1\nbytes: 5\noldest event ts:     1.1\nnow ts:     1.2\ndropped events: ${dropped}\nread events: 0\n`;
    const trace = withOptions(
      option(2, stats(0, 10, 20)),
      option(2, '\nBuffer: other\n\n'),
      option(2, stats(0, 500, 0)),
    );
    for (const { rows } of both(trace))
      expect(
        rows
          .filter(({ name }) => name === 'lost_samples')
          .map(({ cpu, args, time }) => [cpu, args.count, (time as bigint) - T]),
      ).toEqual([[0, 31, 4000n]]);
  });

  it('names of tasks: known before the start, the idle task apart', () => {
    const trace = { ...withOptions(), cmdlines: '7 a b-[1] (c)\n8 rest\nof it\n0 nobody\n9999999999 much\n' };
    for (const { rows } of both(trace)) {
      expect(rows.filter(({ time }) => time === null).map(({ tid, args }) => [tid, args])).toEqual([
        [7, { comm: 'a b-[1] (c)', exec: 0, synthesized: 1 }],
        [8, { comm: 'rest', exec: 0, synthesized: 1 }],
      ]);
      expect(rows.at(-1)?.comm).toBe('a b-[1] (c)');
    }
  });

  it('damaged ones are counted, and the others hold', () => {
    for (const { rows, totals } of both(
      withOptions({ id: 8, data: Buffer.alloc(1) }, { id: 12, data: Buffer.alloc(20, 0xff) }, option(1, 'none')),
    )) {
      expect(totals.rejected).toBe(2);
      expect(rows.length).toBe(2);
    }
  });
});

describe('lies and circles', () => {
  const pages = Array.from({ length: 6 }, (_, k) => one(BigInt(k) * 100n, 7, k));
  const zlib = (): Buffer => version7({ machine, instances: [buffer([[0, pages]])] }, 'zlib', 2);
  /** Offsets of the chunks of `zlib()`: each begins with two u32 and the zlib magic. */
  const chunks = (bytes: Buffer): number[] => {
    const found: number[] = [];
    const first = deflateSync(Buffer.concat(pages.slice(0, 2)));
    for (let at = bytes.indexOf(first) - 8, k = 0; k < 3; k++) {
      found.push(at);
      at += 8 + bytes.readUInt32LE(at);
    }
    return found;
  };

  it('a chunk that claims another size is left out, with a notice of loss', () => {
    for (const [lie, rejected] of [
      [511, 1],
      [513, 1],
      [1, 1],
      [0, 1],
    ] as const) {
      const bytes = zlib();
      bytes.writeUInt32LE(lie, chunks(bytes)[1] + 4);
      const { rows, totals } = readTrace(bytes);
      expect(rows.map(({ name, args }) => args.fd ?? name)).toEqual([0, 1, 'lost_unknown', 4, 5]);
      expect(totals.rejected).toBe(rejected);
    }
  });

  it('a chunk that claims to be huge ends the CPU', () => {
    for (const lie of [0xffffffff, 33 << 20]) {
      const bytes = zlib();
      bytes.writeUInt32LE(lie, chunks(bytes)[1] + 4);
      const { rows, totals } = readTrace(bytes);
      expect(rows.map(({ name, args }) => args.fd ?? name)).toEqual([0, 1, 'lost_unknown']);
      expect(totals.rejections[0].reason).toContain('claims to become');
    }
  });

  it('chunks that become far more than the file may are refused: 32 MiB of zeros each', () => {
    const bomb = deflateSync(Buffer.alloc(32 << 20), { level: 9 });
    const chunkOf = (size: number, packed: Buffer): Buffer =>
      new Bytes(false).u32(packed.length).u32(size).raw(packed).build();
    const good = chunkOf(machine.pageSize, deflateSync(pages[0]));
    const front = version7({ machine, instances: [buffer([[0, pages]])] }, 'zlib', 2);
    const bombs = Array.from({ length: 50 }, () => chunkOf(32 << 20, bomb));
    const bytes = Buffer.concat([front, new Bytes(false).u32(51).build(), good, ...bombs]);
    const entry = bytes.indexOf(Buffer.from('mono\0')) + 5 + 8;
    bytes.writeBigUInt64LE(BigInt(front.length), entry + 4);
    bytes.writeBigUInt64LE(BigInt(bytes.length - front.length - 4), entry + 12);
    const { rows, totals } = readTrace(bytes);
    expect(rows.map(({ name }) => name)).toEqual(['sys_enter_listen', 'lost_unknown']);
    expect(totals.rejections.map(({ reason }) => reason)).toEqual([
      expect.stringContaining('claims to become 33554432 bytes'),
    ]);
  });

  it('pages of which none has a time are counted as unreadable', () => {
    const bytes = version7({ machine, instances: [buffer([[0, [Buffer.alloc(machine.pageSize)]]])] });
    expect(readTrace(bytes).totals).toMatchObject({ records: 0, rejected: 1 });
  });

  it('a section that claims to become huge is not decompressed', () => {
    const bytes = zlib();
    const section = bytes.readUInt32LE(bytes.indexOf(Buffer.from([21, 0, 8, 0, 0, 0])) + 6); // option 21 leads to the names of tasks
    bytes.writeUInt32LE(0x7fffffff, section + 20);
    expect(readTrace(bytes).totals.rejections.some(({ reason }) => reason.includes('section 21 claims'))).toBe(true);
  });

  it('options that lead in a circle are followed once', () => {
    const bytes = version7({ machine, instances: [buffer([[0, pages]])] });
    const first = Number(bytes.readBigUInt64LE(10 + 2 + 6 + 5 + 1));
    const done = bytes.indexOf(Buffer.from([0, 0, 8, 0, 0, 0]), bytes.indexOf(Buffer.from('mono\0')));
    bytes.writeBigUInt64LE(BigInt(first), done + 6);
    const { rows, totals } = readTrace(bytes);
    expect(rows.length).toBe(6);
    expect(totals.rejections.map(({ reason }) => reason)).toEqual([expect.stringContaining('circle')]);
  });

  it('a file without its end: version 6 gives what is there, version 7 is refused', () => {
    const trace: Trace = { machine, instances: [buffer([[0, pages]])] };
    const six = version6(trace);
    const cut = readTrace(six.subarray(0, six.length - 300));
    expect(fds(cut).length).toBe(5); // the fifth page is cut off behind its event
    expect(cut.totals.rejections[0].reason).toContain('300 bytes before the end');
    const seven = version7(trace);
    const error = refusal(seven.subarray(0, seven.length - 300));
    expect(error.message).toContain('list of what is in the file is missing');
  });
});

describe('what is refused', () => {
  const plain = version7({ machine, instances: [buffer([[0, [one(0n)]]])] });
  const changed = (change: (bytes: Buffer) => void, from: Buffer = plain): Buffer => {
    const bytes = Buffer.from(from);
    change(bytes);
    return bytes;
  };

  it.each([
    ['another version', changed((bytes) => bytes.write('8', 10)), 10, 'of version 8'],
    ['an old version', Buffer.concat([plain.subarray(0, 10), Buffer.from('3\0\0\0\0\0\0\0\0\0')]), 10, 'of version 3'],
    [
      'the formats of a perf.data',
      Buffer.concat([plain.subarray(0, 10), Buffer.from('0.6\0\0\0\0\0\0\0')]),
      10,
      'event formats out of a perf.data',
    ],
    ['a header that is cut off', plain.subarray(0, 13), 10, 'ends inside the trace.dat header'],
    ['an unknown compression', changed((bytes) => bytes.write('lzma', 18)), 18, 'compressed with lzma'],
    ['a list that was never written', changed((bytes) => bytes.writeBigUInt64LE(0n, 24)), 0, 'killed'],
    [
      'a text of a latency tracer',
      version6({ machine, instances: [], latency: '# tracer: wakeup\n' }),
      null,
      'text of a latency tracer',
    ],
    [
      'events of before Linux 2.6.32',
      changed(
        (bytes) => bytes.write('type  : 2 bits', bytes.indexOf('type_len')),
        version6({ machine, instances: [buffer([])] }),
      ),
      null,
      'older than Linux 2.6.32',
    ],
  ])('%s', (_, bytes, offset, message) => {
    expect(traceDat.sniff(bytes)).toBe(true);
    const error = refusal(bytes);
    expect(error.message).toContain(message);
    expect(error.next.length).toBeGreaterThan(10);
    if (offset !== null) expect(error.offset).toBe(offset);
    expect(error.offset).toBeLessThanOrEqual(bytes.length);
  });

  it('files of other formats are not taken for a trace.dat, and it is registered', () => {
    expect(FORMATS).toContain(traceDat);
    expect(sniff(memorySource(traceBytes('v7-zstd')))).toBe(traceDat);
    expect(traceDat.sniff(Buffer.from('PERFILE2'))).toBe(false);
    expect(traceDat.sniff(new Uint8Array(0))).toBe(false);
    expect(traceDat.sniff(plain.subarray(0, 10))).toBe(false);
  });
});
