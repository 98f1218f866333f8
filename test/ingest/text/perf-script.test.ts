// Lines of perf script that are easy to get wrong.
import { describe, expect, it } from 'vitest';
import { CaptureError } from '../../../ingest/format/format.ts';
import { readText, textOf } from './read-text.ts';

const event = 'syscalls:sys_enter_close: fd: 0x00000003';
const who = (line: string, payload = event): unknown => {
  const { rows, totals } = readText(`            srv    42 [001]     7.000001: ${event}\n${line}${payload}\n`);
  expect([rows.length, totals.rejected]).toEqual([2, 0]);
  const { comm, pid, tid, cpu, time } = rows[1];
  return [comm, pid, tid, cpu, time === null ? null : Number(time)];
};

describe('perf script', () => {
  it('has names that look like anything', () => {
    expect(who('  npm i hyparquet 15766 [000]     7.000002: ')).toEqual(['npm i hyparquet', -1, 15766, 0, 7000002000]);
    expect(who('    npm 12 [001] 15766 [000]     7.000002: ')).toEqual(['npm 12 [001]', -1, 15766, 0, 7000002000]);
    expect(who(' a 1 [000] 2.3:x    77 [000]     7.000002: ')).toEqual(['a 1 [000] 2.3:x', -1, 77, 0, 7000002000]);
    expect(who('          :15766 15766 [000]     7.000002: ')).toEqual([null, -1, 15766, 0, 7000002000]);
    expect(who('             :-1    -1 [000]     7.000002: ')).toEqual([null, -1, -1, 0, 7000002000]);
    expect(who('         swapper     0 [000]     7.000002: ')).toEqual(['swapper', 0, 0, 0, 7000002000]);
  });

  it('has the fields that -F chose', () => {
    expect(who('             srv    70/77    [003]     7.000002003: ')).toEqual(['srv', 70, 77, 3, 7000002003]);
    expect(who('srv 77 [003] 7.000002: ')).toEqual(['srv', -1, 77, 3, 7000002000]);
    expect(who('             srv    77     7.000002: ')).toEqual(['srv', -1, 77, -1, 7000002000]);
    expect(who('             srv    77 [003]     7.000002:          1 ')).toEqual(['srv', -1, 77, 3, 7000002000]);
  });

  it('ignores events of other kinds', () => {
    const { rows, totals } = readText(
      `            srv    42 [001]     7.000001: cycles:u:  ffff\n            srv    42 [001]     7.000001:    5025125 cpu-clock:\n            srv    42 [001]     7.000001: ${event}\n`,
    );
    expect([rows.length, totals.ignored, totals.rejected]).toEqual([1, 2, 0]);
  });

  it('tells of lost events and of tasks', () => {
    const lines = [
      'PERF_RECORD_LOST lost 35',
      'PERF_RECORD_LOST_SAMPLES lost 3',
      'PERF_RECORD_COMM exec: a:b/c 9:70/77',
      'PERF_RECORD_FORK(70:78):(70:77)',
      'PERF_RECORD_EXIT(70:78):(70:77)',
      'PERF_RECORD_MMAP2 70/77: [0x0(0x1) @ 0]',
    ];
    const { rows, totals } = readText(
      lines.map((line) => `            srv    77 [001]     7.000001: ${line}\n`).join(''),
    );
    expect([totals.ignored, totals.rejected]).toEqual([1, 0]);
    expect(rows.map(({ type, pid, tid, args }) => [type, pid, tid, args])).toEqual([
      ['lost', -1, -1, { count: 35 }],
      ['lost_samples', -1, -1, { count: 3 }],
      ['task_comm', 70, 77, { comm: 'a:b/c 9', exec: 1, synthesized: 0 }],
      ['task_fork', 70, 78, { parent_pid: 70, parent_tid: 77, synthesized: 0 }],
      ['task_exit', 70, 78, {}],
    ]);
    const made = readText(
      `            srv     0 [000]     0.000000: PERF_RECORD_COMM: srv:70/77\n            srv    77 [001]     7.000001: ${event}\n`,
    ).rows;
    expect(made.map(({ type, time, pid }) => [type, time, pid])).toEqual([
      ['task_comm', null, 70],
      ['sys_enter_close', 7000001000n, 70],
    ]);
  });

  it('counts a call once that was recorded by name and by number', () => {
    const text = textOf('perf-script', 'lost.txt');
    const { rows, totals } = readText(text);
    expect(totals.rejected).toBe(0);
    // the first lines: close(3) entered by name and by number, left by number alone
    const first = text.split('\n').findIndex((line) => line.includes('sys_enter_close')) + 1;
    expect(
      rows.filter(({ line }) => line >= first && line < first + 3).map(({ line, type }) => `${line - first} ${type}`),
    ).toEqual(['0 sys_enter_close', '2 sys_exit_close']);
    expect(rows.filter(({ type }) => type === 'lost').map(({ args }) => args.count)).toEqual(
      [...text.matchAll(/PERF_RECORD_LOST lost (\d+)/g)].map((match) => Number(match[1])),
    );
  });

  it('has a header that says where and how it was recorded', () => {
    const { info } = readText(textOf('perf-script', 'header.txt'));
    expect(info).toMatchObject({
      tool: 'perf 6.1.187',
      kernel: '6.18.44-fc-v657',
      arch: 'x86_64',
      host: 'th',
      clock: 'monotonic',
    });
    // reference time: 1795361918.429296 (TOD) = 2981.028801330 (monotonic)
    expect(info.wallOffset).toBe(String(1_795_361_918_429_296_000n - 2_981_028_801_330n));
  });

  it('is refused without times', () => {
    const read = (): unknown => readText(`            srv    42 [001] ${event}\n`);
    expect(read).toThrow(CaptureError);
    expect(read).toThrow(/without their times/);
  });
});
