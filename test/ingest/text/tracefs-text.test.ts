// Lines of tracefs text that are easy to get wrong, each with what it means, worked out by hand from the kernel's print formats.
import { describe, expect, it } from 'vitest';
import { CaptureError } from '../../../ingest/format/format.ts';
import { type Row, readText, textOf } from './read-text.ts';

const PREFIX = '             srv-42      [001] .....     7.000001: ';
/** The rows of some events of one task at one time. */
const rowsOf = (...events: string[]): readonly Row[] =>
  readText(events.map((event) => `${PREFIX}${event}\n`).join('')).rows;
const argsOf = (event: string): Row['args'] => {
  const rows = rowsOf(event);
  expect(rows.length).toBe(1);
  return rows[0].args;
};

describe('system calls', () => {
  it('have hex arguments, with 0x or without', () => {
    expect(argsOf('sys_listen(fd: 3, backlog: 80)')).toEqual({ fd: 3, backlog: 128 });
    expect(argsOf('sys_listen(fd: 0xa, backlog: 0x80)')).toEqual({ fd: 10, backlog: 128 });
    expect(argsOf('sys_listen(int fd: 3, int backlog: 5)')).toEqual({ fd: 3, backlog: 5 });
    expect(argsOf('sys_listen(fd: 3, backlog: ffffffffffffffff)')).toEqual({ fd: 3, backlog: -1 });
    expect(argsOf('sys_listen(fd: 3, backlog: 0xffffffff)')).toEqual({ fd: 3, backlog: -1 });
    expect(argsOf('sys_close(fd: 0xffffffff)')).toEqual({ fd: 4294967295 });
    expect(argsOf('sys_accept4(fd: 3, upeer_sockaddr: 0, upeer_addrlen: 7ffe, flags: 80800)')).toEqual({
      fd: 3,
      upeer_sockaddr: 0,
      upeer_addrlen: 1,
      flags: 0x80800,
    });
    expect(
      argsOf('sys_accept4(int fd: 3, struct sockaddr * upeer_sockaddr: 0, int * upeer_addrlen: 0, int flags: 0)'),
    ).toEqual({ fd: 3, upeer_sockaddr: 0, upeer_addrlen: 0, flags: 0 });
    expect(argsOf('sys_clone(clone_flags: 3d0f00, newsp: 7f00, parent_tidptr: 0, child_tidptr: 0, tls: 0)')).toEqual({
      clone_flags: 0x3d0f00,
    });
    expect(argsOf('sys_fcntl(fd: 3, cmd: 406, arg: ffffffffffffffff)')).toEqual({ fd: 3, cmd: 1030 });
  });

  it('return hex, of 64 bits or of a 32-bit kernel', () => {
    expect(argsOf('sys_listen -> 0x0')).toEqual({ ret: 0 });
    expect(argsOf('sys_accept4 -> 0xfffffffffffffff5')).toEqual({ ret: -11 });
    expect(argsOf('sys_accept4 -> 0xfffffff5')).toEqual({ ret: -11 });
    expect(argsOf('sys_accept -> 0xfffffffffffffe00')).toEqual({ ret: -512 });
    expect(argsOf('sys_accept4 -> 0x1f')).toEqual({ ret: 31 });
  });

  it('have names and numbers with the option fields', () => {
    expect(argsOf('sys_enter_listen: __syscall_nr=0x32 (50) fd=0x3 (3) backlog=0x80 (128)')).toEqual({
      fd: 3,
      backlog: 128,
    });
    expect(argsOf('sys_exit_accept4: __syscall_nr=0x120 (288) ret=0xfffffffffffffff5 (-11)')).toEqual({ ret: -11 });
    expect(argsOf('sys_enter_listen: nr=50 fd=3 backlog=128')).toEqual({ fd: 3, backlog: 128 });
    expect(argsOf('sys_enter_listen: [FAILED TO PARSE] __syscall_nr=50 fd=3 backlog=-1')).toEqual({
      fd: 3,
      backlog: -1,
    });
  });

  it('may show what pointers pointed to, whatever that is', () => {
    expect(argsOf('sys_execve(filename: 0x564ebcf5a6b8 "/usr/bin/a, b)", argv: 0x1, envp: 0x2)')).toEqual({});
    expect(argsOf('sys_bind(fd: 5, umyaddr: 0x7ffd (02:00:1f:90), addrlen: 0x10)')).toEqual({
      fd: 5,
      umyaddr: 1,
      addrlen: 16,
    });
    expect(argsOf('sys_bind(fd: 5, umyaddr: 0x7ffd "fd: 9, x)", addrlen: 0x10)')).toEqual({
      fd: 5,
      umyaddr: 1,
      addrlen: 16,
    });
  });

  it('by number have hex arguments and decimal results', () => {
    expect(argsOf('sys_enter: NR 50 (3, 80, 0, 7ffe12, 0, 0)')).toEqual({ fd: 3, backlog: 128 });
    expect(rowsOf('sys_exit: NR 288 = -11')[0]).toMatchObject({ type: 'sys_exit_accept4', args: { ret: -11 } });
    expect(rowsOf('sys_exit: NR 60 = 80')[0].args).toEqual({ ret: 80 });
    expect(rowsOf('sys_exit: NR 1 = 80')).toEqual([]);
    expect(rowsOf('sys_enter: id=0x32 (50) args=<INVALID-SIZE>')[0]).toMatchObject({
      type: 'sys_enter_listen',
      args: {},
    });
    // arm64, told by the calls of every program there
    const arm = rowsOf(
      'sys_enter: NR 98 (1, 0, 0, 0, 0, 0)',
      'sys_enter: NR 63 (1, 0, 0, 0, 0, 0)',
      'sys_enter: NR 242 (3, 0, 0, 800, 0, 0)',
    );
    expect(arm.map(({ type, args }) => [type, args])).toEqual([
      ['sys_enter_accept4', { fd: 3, upeer_sockaddr: 0, upeer_addrlen: 0, flags: 2048 }],
    ]);
  });

  it('told twice, by name and by number, count once', () => {
    const rows = rowsOf(
      'sys_close(fd: 3)',
      'sys_enter: NR 3 (3, 0, 0, 0, 0, 0)',
      'sys_exit: NR 3 = 0',
      'sys_close -> 0x0',
      'sys_enter: NR 3 (4, 0, 0, 0, 0, 0)',
      'sys_exit: NR 3 = 0',
    );
    expect(rows.map(({ type, line }) => `${line} ${type}`)).toEqual([
      '1 sys_enter_close',
      '3 sys_exit_close',
      '5 sys_enter_close',
      '6 sys_exit_close',
    ]);
  });

  it('that are cut off are counted as unreadable', () => {
    for (const cut of [
      'sys_listen(fd: 3, back',
      'sys_listen(fd: 3, backlog: 8',
      'sys_accept4 -> ',
      'sys_enter: NR 50 (3',
      'sys_enter_listen: fd: 0x3',
      'sys_exit_listen: ',
      'inet_sock_set_state: family=AF_INET proto',
    ]) {
      const { rows, totals } = readText(`${PREFIX}sys_close(fd: 3)\n${PREFIX}${cut}`);
      expect(rows.length, cut).toBe(1);
      expect(
        totals.rejections.map((rejection) => rejection.offset),
        cut,
      ).toEqual([2]);
    }
  });
});

describe('sockets', () => {
  it('are IPv6 by their family, though they show an IPv4 address', () => {
    const text =
      'inet_sock_set_state: family=AF_INET6 protocol=IPPROTO_TCP sport=80 dport=40000 saddr=127.0.0.6 daddr=127.0.0.7 saddrv6=2001:db8::1:0:7 daddrv6=::ffff:10.0.0.1 oldstate=TCP_SYN_RECV newstate=TCP_ESTABLISHED';
    expect(argsOf(text)).toEqual({
      oldstate: 3,
      newstate: 1,
      protocol: 6,
      local: '[2001:db8::1:0:7]:80',
      remote: '[::ffff:10.0.0.1]:40000',
    });
    expect(argsOf(text.replace('IPPROTO_TCP', '0x84').replace('TCP_SYN_RECV', '0xc'))).toMatchObject({
      protocol: 132,
      oldstate: 12,
    });
  });

  it('have addresses only where the printer did not hide them', () => {
    const drop = (pointers: string): Row['args'] =>
      argsOf(`kfree_skb: ${pointers} protocol=2048 location=tcp_v4_rcv+0x91/0x13f0 reason: TCP_LISTEN_OVERFLOW`);
    const seen = { reason: 'TCP_LISTEN_OVERFLOW', protocol: 2048 };
    expect(drop('skbaddr=00000000ad389f7a rx_sk=00000000e3b2aec4')).toEqual(seen);
    expect(drop('skbaddr=(____ptrval____) rx_sk=(____ptrval____)')).toEqual(seen);
    expect(drop('skbaddr=0xffff888103d2a0e0 rx_sk=(nil)')).toEqual(seen);
    expect(drop('skbaddr=0xffff888103d2a0e0 rx_sk=0xffff88812a749400')).toEqual({
      ...seen,
      rx_sk: '0xffff88812a749400',
    });
    expect(drop('skbaddr=ffff888103d2a0e0 rx_sk=ffff88812a749400')).toEqual({ ...seen, rx_sk: '0xffff88812a749400' });
    // before 5.17, without reason and symbols
    expect(argsOf('kfree_skb: skbaddr=00000000ad389f7a protocol=2048 location=0xffffffff81a2b3c0')).toEqual({
      location: '0xffffffff81a2b3c0',
      protocol: 2048,
    });
  });

  it('reset with a struct sockaddr, or with ports and addresses', () => {
    expect(
      argsOf(
        'tcp_send_reset: skbaddr=0000000012345678 skaddr=0000000012345678 src=[::1]:80 dest=[fe80::1]:4000 state=TCP_CLOSE reason=TCP_ABORT_ON_DATA',
      ),
    ).toEqual({ state: 7, reason: 'TCP_ABORT_ON_DATA', local: '[::1]:80', remote: '[fe80::1]:4000' });
    expect(
      argsOf('tcp_send_reset: skbaddr=0 skaddr=0 src=1.2.3.4:80 dest=5.6.7.8:65535 state=UNKNOWN reason=NO_SOCKET'),
    ).toEqual({
      reason: 'NO_SOCKET',
      local: '1.2.3.4:80',
      remote: '5.6.7.8:65535',
    });
    const old = 'sport=80 dport=4000 saddr=1.2.3.4 daddr=5.6.7.8 saddrv6=::ffff:1.2.3.4 daddrv6=::ffff:5.6.7.8';
    const ends = { local: '1.2.3.4:80', remote: '5.6.7.8:4000' };
    expect(argsOf(`tcp_receive_reset: ${old}`)).toEqual(ends);
    expect(argsOf(`tcp_destroy_sock: ${old} sock_cookie=1ea`)).toEqual(ends);
    expect(argsOf(`tcp_retransmit_synack: ${old}`)).toEqual(ends);
    expect(argsOf(`tcp_retransmit_skb: ${old} state=TCP_SYN_SENT`)).toEqual({ ...ends, state: 2 });
    const six = 'sport=80 dport=4000 saddr=0.0.0.0 daddr=0.0.0.0 saddrv6=::1 daddrv6=fe80::2';
    expect(argsOf(`tcp_retransmit_skb: ${six} state=TCP_SYN_SENT`)).toEqual({
      state: 2,
      local: '[::1]:80',
      remote: '[fe80::2]:4000',
    });
  });
});

describe('tasks', () => {
  it('are made, named and end, with names that look like fields', () => {
    const rows = rowsOf(
      'sched_process_fork: comm=a pid=1 child_pid=2 pid=42 child_comm=b child_pid=3 child_pid=43',
      'task_rename: pid=43 oldcomm=x newcomm=y newcomm=<img src=x> oom_score_adj=-1000',
      'sched_process_exec: filename=/opt/a pid=9 old_pid=1/sixteen-letters-x pid=43 old_pid=43',
      'sched_process_exit: comm=a pid=7 prio=1 pid=43 prio=120 group_dead=true',
    );
    expect(rows.map(({ type, pid, tid, args }) => [type, pid, tid, args])).toEqual([
      ['task_fork', -1, 43, { parent_tid: 42, synthesized: 0 }],
      ['task_comm', -1, 43, { comm: '<img src=x>', exec: 0, synthesized: 0 }],
      ['task_comm', 43, 43, { comm: 'sixteen-letters', exec: 1, synthesized: 0 }],
      ['task_exit', 43, 43, {}],
    ]);
  });

  it('are threads of a process when the flags of clone() say so', () => {
    const rows = rowsOf(
      'sched_process_exec: filename=/bin/srv pid=42 old_pid=42',
      'task_newtask: pid=50 comm=srv clone_flags=3d0f00 oom_score_adj=0',
      'sched_process_fork: comm=srv pid=42 child_comm=srv child_pid=50',
      'sys_clone(clone_flags: 1200011, newsp: 0, parent_tidptr: 0, child_tidptr: 0, tls: 0)',
      'sys_clone -> 0x33',
      'sched_process_fork: comm=srv pid=42 child_comm=srv child_pid=51',
    );
    expect(
      rows.filter(({ type }) => type === 'task_fork').map(({ pid, tid, args }) => [pid, tid, args.parent_pid]),
    ).toEqual([
      [42, 50, 42],
      [51, 51, 42],
    ]);
  });

  it('of a recorded run', () => {
    const text = textOf('tracefs', 'tasks.txt');
    const { rows, totals } = readText(text);
    expect(totals.rejected).toBe(0);
    const count = (pattern: RegExp): number => text.split('\n').filter((line) => pattern.test(line)).length;
    const found = (type: string): number => rows.filter((row) => row.type === type).length;
    expect(found('task_fork')).toBe(count(/: sched_process_fork: /));
    expect(found('task_comm')).toBe(count(/: (sched_process_exec|task_rename): /));
    expect(found('task_exit')).toBe(count(/: sched_process_exit: /));
    const forks = rows.filter((row) => row.type === 'task_fork');
    expect(forks.length).toBeGreaterThan(5);
    expect(forks.every(({ pid, tid }) => pid === tid)).toBe(true); // bash makes processes, not threads
  });
});

describe('the start of a line', () => {
  const event = 'sys_close(fd: 3)';
  const who = (line: string): unknown => {
    const { rows, totals } = readText(`${PREFIX}${event}\n${PREFIX}${event}\n${line}${event}\n`);
    expect(totals.rejected).toBe(0);
    const { comm, pid, tid, cpu, time } = rows[2];
    return [comm, pid, tid, cpu, Number(time)];
  };

  it('has names that look like anything', () => {
    expect(who('     a - b-9-[0] -77      [003] d..1.     7.000002: ')).toEqual(['a - b-9-[0]', -1, 77, 3, 7000002000]);
    expect(who(' x-12 [001] 3.4: -99      [000] .....     7.000002: ')).toEqual([
      'x-12 [001] 3.4:',
      -1,
      99,
      0,
      7000002000,
    ]);
    expect(who('          <idle>-0       [000] d.h3.     7.000002: ')).toEqual([null, 0, 0, 0, 7000002000]);
    expect(who('           <...>-1234    [000] .....     7.000002: ')).toEqual([null, -1, 1234, 0, 7000002000]);
    expect(who('      <img src=x>-5      [000] .....     7.000002: ')).toEqual(['<img src=x>', -1, 5, 0, 7000002000]);
    expect(who('          \xc3\xa4\xff\x01-5      [000] .....     7.000002: ')).toEqual([
      'ä\ufffd\x01',
      -1,
      5,
      0,
      7000002000,
    ]);
  });

  it('has columns that came, went and moved', () => {
    expect(who('             srv-77      (  70) [003] d..1     7.000002: ')).toEqual(['srv', 70, 77, 3, 7000002000]);
    expect(who('             srv-77      (-------) [003] d..1.     7.000002: ')).toEqual([
      'srv',
      -1,
      77,
      3,
      7000002000,
    ]);
    expect(who('             srv-77    [003] (   70) d..1     7.000002: ')).toEqual(['srv', 70, 77, 3, 7000002000]);
    expect(who('             srv-77      [003]     7.000002: ')).toEqual(['srv', -1, 77, 3, 7000002000]);
    expect(who('             srv-77      [003] dNLh3142     7.000002: ')).toEqual(['srv', -1, 77, 3, 7000002000]);
    expect(who('             srv-1234567 [128] ..... 365761.623995: ')).toEqual([
      'srv',
      -1,
      1234567,
      128,
      365761623995000,
    ]);
    expect(who('srv-77 [003] .... 7.000002: ')).toEqual(['srv', -1, 77, 3, 7000002000]);
  });

  it('is one of the latency format', () => {
    const lines = [
      'a-b-c de-20313     1d.s4. 113819us+: sys_close(fd: 3)',
      '  <idle>-0       0.....  113820us : sys_close(fd: 4)',
    ];
    const { rows, info } = readText(`# tracer: nop\n# nop latency trace v1.1.5 on 6.18.44\n${lines.join('\n')}\n`);
    expect(rows.map(({ comm, tid, cpu, time }) => [comm, tid, cpu, time])).toEqual([
      ['a-b-c de', 20313, 1, 113819000n],
      [null, 0, 0, 113820000n],
    ]);
    expect(info.kernel).toBe('6.18.44');
    const verbose =
      ' qemu system-x86    7144   0 0 00000000 0000000a [2e9829d92] 12507585.938ms (+0.045ms): sys_close(fd: 3)\n';
    expect(readText(verbose.repeat(2)).rows[1]).toMatchObject({
      comm: 'qemu system-x86',
      tid: 7144,
      cpu: 0,
      time: 12507585938000n,
    });
  });

  it('is missing without context-info', () => {
    const { rows, info } = readText(
      '# tracer: nop\nsys_listen(fd: 3, backlog: 5)\nsys_listen -> 0x0\nsched_switch: a ==> b\n',
    );
    expect(rows.map(({ type, tid, cpu }) => [type, tid, cpu])).toEqual([
      ['sys_enter_listen', -1, -1],
      ['sys_exit_listen', -1, -1],
    ]);
    expect(info.clock).toBe('order of lines (no times)');
  });

  it('has no time far from all others', () => {
    const far = readText(
      `${PREFIX}${event}\n${PREFIX.replace('7.000001', '99999999999.000001')}${event}\n${PREFIX}${event}\n`,
    );
    expect([far.rows.length, far.totals.rejections.map(({ offset }) => offset)]).toEqual([2, [2]]);
    const first = readText(
      `${PREFIX.replace('7.000001', '99999999999.000001')}${event}\n${`${PREFIX}${event}\n`.repeat(3)}`,
    );
    expect([first.rows.length, first.totals.rejections.map(({ offset }) => offset)]).toEqual([3, [1]]);
  });

  it('counts ticks exactly, however many digits they have', () => {
    const line = (ticks: bigint): string => `             srv-42      [001] ..... ${ticks}: ${event}\n`;
    const ticks = [96_000_000_000_000_001n, 96_000_000_000_000_003n, 96_000_000_123_456_789n];
    const { rows, info } = readText(ticks.map(line).join(''));
    expect(rows.map((row) => row.time)).toEqual(ticks);
    expect(info.clock).toBe('integer ticks (unit unknown)');
  });
});

describe('other lines', () => {
  it('tell of lost events', () => {
    const text = [
      '# tracer: nop',
      '# entries-in-buffer/entries-written: 598/124534   #P:2',
      `${PREFIX}sys_close(fd: 3)`,
      'CPU:1 [LOST 23530 EVENTS]',
      'CPU:0 [LOST EVENTS]',
      'CPU:0 [LOST 18446744073709551615 EVENTS]',
      '##### CPU 1 buffer started ####',
    ].join('\n');
    const { rows, totals } = readText(text);
    expect(totals.rejected).toBe(0);
    expect(rows.map(({ type, cpu, time, args }) => [type, cpu, time, args.count])).toEqual([
      ['lost', -1, null, 123936],
      ['sys_enter_close', 1, 7000001000n, undefined],
      ['lost', 1, 7000001000n, 23530],
      ['lost_unknown', 0, 7000001000n, undefined],
      ['lost_unknown', 0, 7000001000n, undefined],
      ['lost_unknown', 1, 7000001000n, undefined],
    ]);
  });

  it('tie the clock to the wall clock', () => {
    const text = `${PREFIX}tracing_mark_write: trace_event_clock_sync: parent_ts=7.0\n${PREFIX}tracing_mark_write: trace_event_clock_sync: realtime_ts=1700000000123\n${PREFIX}sys_close(fd: 3)\n`;
    expect(readText(text).info.wallOffset).toBe(String(1_700_000_000_123_000_000n - 7_000_001_000n));
    expect(readText(text.replaceAll('tracing_mark_write', '0')).info.wallOffset).toBe('1699999993122999000');
    expect(readText(text.replace('realtime', 'nothing')).info.wallOffset).toBeNull();
  });

  it('of a terminal do no harm, nor do several captures in one paste', () => {
    const text = [
      '\x1b[01;32mroot@box\x1b[00m:/sys/kernel/tracing# cat trace',
      '# tracer: nop\r',
      '#\r',
      `${PREFIX}sys_close(fd: 3)\r`,
      ' => ftrace_syscall_enter',
      `${PREFIX}<user stack trace>`,
      ' =>  <00007f0000001234>',
      '^C',
      '# cat trace',
      '',
      '# tracer: function_graph',
      ' 0) ! 301.560 us  |  inet_listen();',
      '# tracer: nop',
      '     srv-77      (  70) [003] d..1     8.000002: sys_close(fd: 4)',
      '# nop latency trace v1.1.5 on 6.1.0',
      'srv work-20313     1..... 8113819us+: sys_close(fd: 5)',
    ].join('\n');
    const { rows, totals } = readText(text);
    expect(rows.map(({ type, line }) => [line, type])).toEqual([
      [4, 'sys_enter_close'],
      [12, 'func_enter'],
      [12, 'func_return'],
      [14, 'sys_enter_close'],
      [16, 'sys_enter_close'],
    ]);
    expect(totals.rejections.map(({ offset }) => offset)).toEqual([1]);
  });

  it('are refused with a reason when the text holds no events', () => {
    const refused = (text: string): CaptureError => {
      try {
        readText(text);
      } catch (error) {
        if (error instanceof CaptureError) return error;
        throw error;
      }
      throw new Error('it was read');
    };
    expect(
      refused('# event histogram\n#\n# trigger info: hist:keys=newstate\n\n{ newstate: 1 } hitcount: 5\n').message,
    ).toMatch(/hist/);
    const raw = refused('# tracer: nop\n7278 1 12507585367715 type: 442\n');
    expect([raw.message, raw.next, raw.offset, raw.unit]).toEqual([
      'the trace was printed with the option raw: numbers whose meaning is not in the text',
      'turn it off and save the trace again: echo 0 > options/raw',
      2,
      'line',
    ]);
    expect(refused('# tracer: nop\n00001c6e 00000001 00000b60262ecea3 type: 442\n').next).toMatch(/options\/hex/);
    expect(refused('hello\n').message).toMatch(/no known format/);
  });
});
