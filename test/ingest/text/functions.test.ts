// Functions of the path in texts: the function and function_graph tracers, kprobes and kretprobes, here and in other dialects.
import { describe, expect, it } from 'vitest';
import { PATH_FUNCTIONS } from '../../../ingest/probe/path-functions.ts';
import { type Row, readText, textOf } from './read-text.ts';

const path = new Set<string>(PATH_FUNCTIONS);
const PREFIX = '             srv-42      [001] .....     7.000001: ';
const rowsOf = (...events: string[]): readonly Row[] =>
  readText(events.map((event) => `${PREFIX}${event}\n`).join('')).rows;
const brief = ({ type, args }: Row): string => [type.slice(5), ...Object.values(args)].join(' ');

describe('recorded function traces', () => {
  it.each(['5.10-function.txt', '6.1-function.txt'])('%s', (name) => {
    const text = textOf('tracefs', name);
    const expected = text.split('\n').flatMap((line, i) => {
      const match = /^ +(\S+)-(\d+) +\[(\d+)\] \S+ +(\d+)\.(\d+): (\w+) <-\w+$/.exec(line);
      if (match === null || !path.has(match[6])) return [];
      const [, comm, tid, cpu, seconds, micros, func] = match;
      return [`${i + 1} ${seconds}${micros}000 ${Number(cpu)} ${tid} ${comm === '<idle>' ? null : comm} ${func}`];
    });
    const { rows, totals } = readText(text);
    expect(totals.rejected).toBe(0);
    expect(expected.length).toBeGreaterThan(50);
    expect(rows.map((row) => `${row.line} ${row.time} ${row.cpu} ${row.tid} ${row.comm} ${row.args.func}`)).toEqual(
      expected,
    );
  });

  it.each(['5.10-function_graph.txt', '6.1-function_graph.txt'])('%s', (name) => {
    const text = textOf('tracefs', name);
    // by hand: a stack for each CPU, a name in the closing comment counts more
    const stacks = new Map<string, string[]>();
    const expected = text.split('\n').flatMap((line, i) => {
      const match =
        /^ (\d)\) [ +!#*@$] *(?:([\d.]+) us)? +\| {2}( *)(?:(\w+)\(\)(;| \{)|\}(?: \/\* (\w+) \*\/)?)$/.exec(line);
      if (match === null) return [];
      const [, cpu, duration, indent, func, end, named] = match;
      const stack = stacks.get(cpu) ?? [];
      stacks.set(cpu, stack);
      const nanoseconds = duration === undefined ? '' : ` ${Math.round(Number(duration) * 1000)}`;
      if (end === ' {') {
        stack[indent.length] = func;
        return [`${i + 1} enter ${func}`];
      }
      if (end === ';') return [`${i + 1} enter ${func}`, `${i + 1} return ${func}${nanoseconds}`];
      return [`${i + 1} return ${named ?? stack[indent.length]}${nanoseconds}`];
    });
    const { rows, totals, info } = readText(text);
    expect(totals.rejected).toBe(0);
    expect(rows.map((row) => `${row.line} ${brief(row)}`)).toEqual(expected);
    expect(info.clock).toBe('order of lines (no times)');
    // what a CPU switched to is the task of its lines from there on
    const switched = /^ (\d)\).*=>\s+\S*-(\d+)\s*$/m.exec(text);
    const at = text.slice(0, switched?.index).split('\n').length;
    expect(rows.find(({ line, cpu }) => line > at && cpu === Number(switched?.[1]))?.tid).toBe(Number(switched?.[2]));
  });

  it.each(['5.10-kprobe.txt', '6.1-kprobe.txt'])('%s', (name) => {
    const text = textOf('tracefs', name);
    const { rows, totals } = readText(text);
    expect(totals.rejected).toBe(0);
    const sk = /lk: .* sk=(0x\w+)/.exec(text)?.[1];
    expect([rows[0].type, rows[0].args]).toEqual(['func_enter', { func: 'inet_csk_listen_start', sk }]);
    const returns = text.match(/ak: /g)?.length;
    expect(rows.filter((row) => row.type === 'func_return' && row.args.func === 'inet_csk_accept').length).toBe(
      returns,
    );
  });
});

describe('functions', () => {
  it('are those of the path only', () => {
    expect(
      rowsOf('vfs_read <-ksys_read', 'inet_listen <-__sys_listen', 'tcp_conn_request.isra.0 <-tcp_v4_conn_request').map(
        brief,
      ),
    ).toEqual(['enter inet_listen', 'enter tcp_conn_request']);
    expect(rowsOf('inet_csk_accept(sk=0xffff888100000000, arg=0x1) <-inet_accept')[0].args).toEqual({
      func: 'inet_csk_accept',
      sk: '0xffff888100000000',
    });
  });

  it('probed at their entry, with sk and two numbers', () => {
    expect(
      rowsOf('p1: (tcp_v4_conn_request+0x0/0x110) name="a sk=0x1 b" sk=0xffff888100000000 qlen=6 max=-1 more=9')[0]
        .args,
    ).toEqual({
      func: 'tcp_v4_conn_request',
      sk: '0xffff888100000000',
      a1: 6,
      a2: -1,
    });
    expect(rowsOf('p1: (inet_listen+0x4/0x60) a=0x10 b=(fault) c=0x20')[0].args).toEqual({
      func: 'inet_listen',
      a1: 16,
      a2: 32,
    });
    expect(rowsOf('p1: (inet_listen+0x40/0x60) a=0x10', 'p2: (vfs_read+0x0/0x1)', 'p3: (0x55d012) x=1')).toEqual([]);
    // a dynamic probe may have a tracepoint's name
    expect(rowsOf('tcp_send_reset: (inet_listen+0x0/0x60)')[0].args).toEqual({ func: 'inet_listen' });
  });

  it('probed at their return, with the value', () => {
    const ret = (values: string): unknown =>
      rowsOf(`r1: (inet_accept+0x40/0x160 <- inet_csk_listen_start)${values}`)[0].args.ret;
    expect(ret(' ret=0x0')).toBe(0);
    expect(ret(' ret=0xfffffffffffffff5')).toBe(-11);
    expect(ret(' arg1=0xfffffff5')).toBe(-11);
    expect(ret(' ret=-98')).toBe(-98);
    expect(ret(' x=1 ret=2')).toBe(2);
    expect(ret(' newsk=0xffff89c23441f1c0')).toBeUndefined(); // a pointer is no result
    expect(ret('')).toBeUndefined();
  });

  it('probed by perf and trace-cmd, which print addresses and name the event after them', () => {
    const perf = (event: string): readonly Row[] =>
      readText(`             srv    42 [001]     7.000001: ${event}\n`.repeat(2)).rows.slice(0, 1);
    expect(perf('probe:inet_csk_accept: (ffffffff81a2b3c0) sk=0xffff888100000000').map(brief)).toEqual([
      'enter inet_csk_accept 0xffff888100000000',
    ]);
    expect(perf('probe:inet_csk_accept__return: (ffffffff81a2b3c0 <- ffffffff81a2b3d0) arg1=0x0').map(brief)).toEqual([
      'return inet_csk_accept 0',
    ]);
    expect(perf('probe:inet_listen_1: (ffffffff81a2b3c0)').map(brief)).toEqual(['enter inet_listen']);
    expect(perf('probe:tcp_sendmsg: (ffffffff81a2b3c0)')).toEqual([]);
    const line = '             srv-42    [001]     7.000001: ';
    const cmd = `cpus=2\n${line}p_inet_listen_0:      (ffffffff81a2b3c0)\n${line}function:             inet_listen <-- __sys_listen\n${line}funcgraph_entry:      + 82.218 us  |  inet_csk_listen_start();\n${line}funcgraph_entry:                   |  inet_listen() {\n${line}funcgraph_exit:       ! 301.560 us |  }\n`;
    expect(readText(cmd).rows.map((row) => `${brief(row)} @${row.time}`)).toEqual([
      'enter inet_listen @7000001000',
      'enter inet_listen @7000001000',
      'enter inet_csk_listen_start @7000001000',
      'return inet_csk_listen_start 82218 @7000083218',
      'enter inet_listen @7000001000',
      'return inet_listen 301560 @7000001000',
    ]);
  });

  it('in a graph with all of its columns', () => {
    const graph = (...lines: string[]): readonly Row[] =>
      readText(`# tracer: function_graph\n#\n${lines.join('\n')}\n`).rows;
    expect(
      graph(
        '    73.188286 |   0)  accept-145   |               |  __sys_listen() {',
        '    73.188290 |   0)  accept-145   |   1.500 us    |    inet_listen(sock=0xffff888100000001, backlog=5); /* = 0x0 */',
        '    73.188300 |   1)  other-9      |               |    /* sys_listen(fd: 3, backlog: 5) */',
        '    73.188310 |   0)  accept-145   | ! 647.855 us  |  } /* __sys_listen = 0xffffffea */',
      ).map((row) => `${row.time} ${row.cpu} ${row.tid} ${brief(row)}`),
    ).toEqual([
      '73188286000 0 145 enter __sys_listen',
      '73188290000 0 145 enter inet_listen',
      '73188291500 0 145 return inet_listen 0 1500',
      '73188300000 1 9 nter_listen 3 5',
      '73188310000 0 145 return __sys_listen -22 647855',
    ]);
    // a brace without its entry, and one whose entry was on another CPU
    expect(
      graph(
        ' 0) + 12.3 us   |  }',
        ' 1) $ 1012126 us  |  } /* inet_csk_accept */',
        ' 1)   0.1 us    |  } /* vfs_read */',
      ).map(brief),
    ).toEqual(['return inet_csk_accept 1012126000']);
    expect(
      graph(' 0)               |  vfs_read() {', ' 0)   1.0 us    |    inet_listen();', ' 0)   9.0 us    |  }').map(
        brief,
      ),
    ).toEqual(['enter inet_listen', 'return inet_listen 1000']);
  });
});
