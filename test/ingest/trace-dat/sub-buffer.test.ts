// Pages written by hand: every kind of record, notices of loss, damage; on machines of both byte orders and long sizes.
import { describe, expect, it } from 'vitest';
import { enterListen, exitListen, type Machine, otherEvent, Page, version6, version7 } from './build.ts';
import { type ReadTrace, type Row, readTrace } from './rows.ts';

const T = 5_000_000_000_123n;

const MACHINES: readonly (Machine & { readonly title: string })[] = [
  { title: 'little-endian, 64 bits', big: false, long: 8, pageSize: 256 },
  { title: 'big-endian, 64 bits', big: true, long: 8, pageSize: 256 },
  { title: 'little-endian, 32 bits', big: false, long: 4, pageSize: 256 },
  { title: 'big-endian, 32 bits', big: true, long: 4, pageSize: 256 },
  { title: 'pages of 64 KiB', big: false, long: 8, pageSize: 65536 },
];

const summary = ({ rows }: ReadTrace): unknown[] =>
  rows.map(({ time, name, cpu, tid, args }: Row) => [(time ?? T) - T, name, cpu, tid, ...Object.values(args)]);

describe.each(MACHINES)('$title', (machine) => {
  /** Reads pages of CPU 1 as a file of each version and compression, which must all say the same. */
  const read = (...pages: Buffer[]): ReadTrace => {
    const trace = { machine, instances: [{ name: '', cpus: new Map([[1, pages]]) }] };
    const [six, ...others] = [
      version6(trace),
      version7(trace),
      version7(trace, 'zlib'),
      version7(trace, 'zlib', 3),
    ].map(readTrace);
    for (const other of others) {
      expect(summary(other)).toEqual(summary(six));
      expect(other.totals).toMatchObject({ records: six.totals.records, rejected: six.totals.rejected });
    }
    return six;
  };
  const page = (time = T): Page => new Page(machine, time);
  const enter = (fd: number): Buffer => enterListen(machine, 7, fd, 128);

  it('adds the deltas of events, of whatever length field', () => {
    const trace = read(
      page()
        .event(0, enter(3))
        .event(1000, otherEvent(machine, 7))
        .long(234, exitListen(machine, 7, -98))
        .build(),
    );
    expect(summary(trace)).toEqual([
      [0n, 'sys_enter_listen', 1, 7, 3, 128],
      [1234n, 'sys_exit_listen', 1, 7, -98],
    ]);
    expect(trace.totals).toMatchObject({ records: 3, ignored: 1, rejected: 0 });
  });

  it('adds time extends of more than 27 and more than 32 bits', () => {
    const far = 3n * 2n ** 32n + 5n;
    const trace = read(
      page()
        .event(0, enter(3))
        .extend(2n ** 27n + 9n)
        .event(1, enter(4))
        .extend(far)
        .event(2, enter(5))
        .build(),
    );
    const second = 2n ** 27n + 10n;
    expect(trace.rows.map(({ time }) => (time as bigint) - T)).toEqual([0n, second, second + far + 2n]);
  });

  it('takes absolute times, with the upper bits of the page', () => {
    const high = 3n << 59n;
    const trace = read(
      page(high + 77n)
        .event(0, enter(3))
        .stamp(88888n)
        .event(0, enter(4))
        .event(5, enter(5))
        .build(),
    );
    expect(trace.rows.map(({ time }) => time)).toEqual([high + 77n, high + 88888n, high + 88893n]);
  });

  it('counts the time of discarded events, and ends at padding', () => {
    const trace = read(page().event(0, enter(3)).discarded(100, 28).event(10, enter(4)).end(enter(5)).build());
    expect(summary(trace)).toEqual([
      [0n, 'sys_enter_listen', 1, 7, 3, 128],
      [110n, 'sys_enter_listen', 1, 7, 4, 128],
    ]);
    expect(trace.totals).toMatchObject({ records: 2, rejected: 0 });
  });

  it('tells of lost records where the page does: how many, or only that', () => {
    const trace = read(
      page().event(0, enter(3)).build(113n),
      page(T + 1000n)
        .event(0, enter(4))
        .build(null),
      page(T + 2000n)
        .event(0, enter(5))
        .build(-1n),
      page(T + 3000n)
        .event(0, enter(6))
        .build(),
    );
    expect(summary(trace).filter((row) => !String((row as unknown[])[1]).startsWith('sys'))).toEqual([
      [0n, 'lost', 1, -1, 113],
      [1000n, 'lost_unknown', 1, -1],
      [2000n, 'lost_unknown', 1, -1],
    ]);
    expect(trace.totals.rejected).toBe(0);
  });

  it('passes over empty pages and pages of zeros', () => {
    const trace = read(
      page().event(0, enter(3)).build(),
      Buffer.alloc(machine.pageSize),
      page(T + 5n).build(),
      page(T + 9n)
        .event(0, enter(4))
        .build(),
    );
    expect(summary(trace).length).toBe(2);
    expect(trace.totals).toMatchObject({ records: 2, rejected: 0 });
  });

  it('goes on behind a damaged page, and tells that records may be lost', () => {
    const good = (k: number): Buffer =>
      page(T + BigInt(k) * 1000n)
        .event(0, enter(k))
        .build();
    const bad = [
      page(T + 500n)
        .event(0, enter(9))
        .build(undefined, machine.pageSize), // more than fits
      page(T + 500n)
        .raw(Buffer.alloc(8, 0xff))
        .event(0, enter(9))
        .build(), // an absolute time far away
      page(T + 2n ** 60n)
        .event(0, enter(9))
        .build(), // a time that cannot be
    ];
    for (const damaged of bad) {
      const trace = read(good(0), damaged, good(1));
      expect(summary(trace)).toEqual([
        [0n, 'sys_enter_listen', 1, 7, 0, 128],
        [1000n, 'lost_unknown', 1, -1],
        [1000n, 'sys_enter_listen', 1, 7, 1, 128],
      ]);
      expect(trace.totals.rejected).toBe(1);
    }
  });

  it('keeps what a page has before a record that is too long', () => {
    const cut = page().event(0, enter(3)).long(5, enter(4));
    const trace = read(
      cut.build(undefined, cut.used - 8),
      page(T + 1000n)
        .event(0, enter(5))
        .build(),
    );
    expect(summary(trace)).toEqual([
      [0n, 'sys_enter_listen', 1, 7, 3, 128],
      [1000n, 'lost_unknown', 1, -1],
      [1000n, 'sys_enter_listen', 1, 7, 5, 128],
    ]);
    expect(trace.totals.rejected).toBe(1);
  });

  it('counts records of unknown events and records that are too short, and uses the others', () => {
    const unknown = Buffer.from(otherEvent(machine, 7));
    unknown.fill(0x11, 0, 2);
    const trace = read(
      page().event(0, enter(3)).event(1, unknown).event(1, enter(4).subarray(0, 12)).event(1, enter(5)).build(),
    );
    expect(summary(trace).map((row) => (row as unknown[])[4])).toEqual([3, 5]);
    expect(trace.totals).toMatchObject({ records: 4, rejected: 2 });
  });
});
