// Lines of trace-cmd report that are easy to get wrong.
import { describe, expect, it } from 'vitest';
import { readText, textOf } from './read-text.ts';

const event = 'sys_enter_listen:     fd: 0x00000003, backlog: 0x00000080';
const rows = (...lines: string[]): unknown[] => {
  const read = readText(`cpus=2\n${lines.map((line) => `${line}${event}\n`).join('')}`);
  expect([read.format, read.totals.rejected]).toEqual(['trace-cmd report', 0]);
  return read.rows.map(({ comm, tid, cpu, time, args }) => [comm, tid, cpu, Number(time), args.backlog]);
};

describe('trace-cmd report', () => {
  it('has buffers and files before its lines', () => {
    expect(
      rows(
        'f_a:     srv:[v6] <x>-18288 [001]  1187.197252: ',
        '    srv:[v6] <x>-18288 [001]  1187.197252: ',
        'b.dat: my buffer:          <idle>-0     [000]  1187.197252: ',
      ),
    ).toEqual([
      ['srv:[v6] <x>', 18288, 1, 1187197252000, 128],
      ['srv:[v6] <x>', 18288, 1, 1187197252000, 128],
      [null, 0, 0, 1187197252000, 128],
    ]);
  });

  it('has flags, differences and nanoseconds as asked', () => {
    expect(
      rows(
        '             srv-42    [000] d..2.  1187.197252080: ',
        '             srv-42    [000]  1187.197252080: (+77) ',
        'f_a: srv work-42     1d.s4.  1187.197252080: ',
        'f_a: srv: wor-42     1d.s4.  1187.197252080: ',
      ),
    ).toEqual([
      ['srv', 42, 0, 1187197252080, 128],
      ['srv', 42, 0, 1187197252080, 128],
      ['srv work', 42, 1, 1187197252080, 128],
      ['srv: wor', 42, 1, 1187197252080, 128],
    ]);
  });

  it('has ticks right behind the CPU', () => {
    expect(rows('             srv-42    [001]2507965975704: ')).toEqual([['srv', 42, 1, 2507965975704, 128]]);
    expect(readText(`cpus=1\n             srv-42    [001]2507965975704: ${event}\n`).info.clock).toBe(
      'integer ticks (unit unknown)',
    );
  });

  it('tells of dropped events, behind the name of a buffer or not', () => {
    const { rows: read } = readText(textOf('trace-cmd', 'lost.txt'));
    expect(read.map(({ type, cpu, line, args }) => [line, type, cpu, args.count])).toEqual([
      [4, 'lost', 1, 113],
      [12, 'lost_unknown', 1, undefined],
      [20, 'lost_unknown', 1, undefined],
      [27, 'lost_unknown', 0, undefined],
    ]);
  });

  it('shows raw arrays, and leaves out those that start with a zero', () => {
    const line =
      'srv-42    [001]  7.000001: inet_sock_set_state:   skaddr=0xffff8882107c3780 oldstate=7 newstate=10 sport=80 dport=0 family=2 protocol=6 saddr=ARRAY[0a, 00, 00, 01] daddr= saddr_v6= daddr_v6=';
    expect(readText(`cpus=1\n${line}\n`).rows[0].args).toEqual({
      sk: '0xffff8882107c3780',
      oldstate: 7,
      newstate: 10,
      local: '10.0.0.1:80',
      remote: '0.0.0.0:0',
      protocol: 6,
    });
  });

  it('may begin with its version, and end anywhere', () => {
    const read = readText(
      `version = 6\ncpus=6\nCPU 3 is empty\n             srv-42    [001]  7.000001: ${event}\n             srv-42    [0`,
    );
    expect([read.format, read.rows.length, read.totals.rejections.map(({ offset }) => offset)]).toEqual([
      'trace-cmd report',
      1,
      [5],
    ]);
  });
});
