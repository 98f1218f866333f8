// strace's output: recorded runs against a plain second reading of their lines, and lines that are easy to get wrong.
import { describe, expect, it } from 'vitest';
import { take, withStore } from '../../support/fixtures.ts';
import { type Row, readText, show, textOf, textPath, textsOf } from './read-text.ts';

const rowsOf = (text: string, name?: string): readonly Row[] => {
  const { rows, totals, format } = readText(text, name);
  expect([format, totals.rejections]).toEqual(['strace', []]);
  return rows;
};
const brief = ({ type, args }: Row): string => `${type} ${JSON.stringify(args)}`;

/** Calls whose entries and results the plain reading knows: their integer arguments and descriptors. */
const CALLS = 'accept4|listen|close|connect|bind|socket|shutdown|dup2?|setsockopt|fcntl';
const ERRNO: Readonly<Record<string, number>> = {
  EAGAIN: 11,
  EBADF: 9,
  ENOTSOCK: 88,
  EINPROGRESS: 115,
  ECONNREFUSED: 111,
  ENOTCONN: 107,
};

interface Seen {
  readonly enter: string[];
  readonly exit: string[];
}

/** Every call of the text that begins or ends on a line: `line call fd` and `line call result`. */
function plainReading(text: string): Seen {
  const seen: Seen = { enter: [], exit: [] };
  text.split('\n').forEach((line, i) => {
    const begins = new RegExp(String.raw`(?:^|[\] ])(${CALLS})\((-?\d+)?`).exec(line);
    const resumes = new RegExp(String.raw`<\.\.\. (${CALLS}) resumed>`).exec(line);
    if (begins !== null) seen.enter.push(`${i + 1} ${begins[1]} ${begins[1] === 'socket' ? '' : begins[2]}`);
    const call = (resumes ?? begins)?.[1];
    const result = /\) += (-?\d+|0x[0-9a-f]+)(?: (E[A-Z]+))?(?: \(|<|$| <\d)/.exec(line);
    if (call === undefined || result === null) return;
    seen.exit.push(`${i + 1} ${call} ${result[2] === undefined ? Number(result[1]) : -ERRNO[result[2]]}`);
  });
  return seen;
}

describe('recorded straces', () => {
  it.each(textsOf('strace'))('%s', (name) => {
    const text = textOf('strace', name);
    const rows = rowsOf(text);
    const expected = plainReading(text);
    const isCall = new RegExp(`^sys_(enter|exit)_(${CALLS})$`);
    const calls = rows.filter(({ type }) => isCall.test(type));
    const first = ({ type, args }: Row): unknown => (type === 'sys_enter_socket' ? '' : Object.values(args)[0]);
    const of = (kind: string): string[] =>
      calls
        .filter(({ type }) => type.startsWith(`sys_${kind}`))
        .map((row) => `${row.line} ${row.type.replace(/^sys_\w+?_/, '')} ${first(row)}`);
    expect(of('enter')).toEqual(expected.enter);
    expect(of('exit')).toEqual(expected.exit);
    expect(expected.enter.length).toBeGreaterThan(20);
  });

  it.each(textsOf('strace'))('%s goes into a store', (name) => {
    const stored = withStore((store) => {
      take(store, textPath('strace', name));
      return store.db
        .prepare('SELECT rejected, out_of_order, (SELECT count(*) FROM listen_calls) AS listens FROM captures')
        .get();
    });
    expect(stored).toMatchObject({ rejected: 0, listens: textOf('strace', name).match(/listen\(/g)?.length });
  });

  it('keeps threads in their process, and names of -Y', () => {
    const text = textOf('strace', 'f-tt-Y-o.txt');
    const rows = rowsOf(text);
    const main = Number(/^\d+/.exec(text)?.[0]);
    const threads = rows.filter(({ type, tid, pid }) => type === 'task_fork' && tid !== pid);
    expect(threads.map(({ pid, args }) => [pid, args.parent_tid])).toEqual([
      [main, main],
      [main, main],
    ]);
    for (const { tid } of threads) {
      const accepts = rows.filter((row) => row.tid === tid && row.type === 'sys_enter_accept4');
      expect(accepts.length).toBeGreaterThan(0);
      expect(accepts.every(({ pid, comm }) => pid === main && comm === 'srv worker-1')).toBe(true);
    }
    const children = rows.filter(({ type, tid, pid }) => type === 'task_fork' && tid === pid);
    expect(children.length).toBe(2); // subprocess.run() and os.fork()
    expect(
      rows.filter(({ type, args }) => type === 'task_comm' && args.exec === 1).map(({ args }) => args.comm),
    ).toEqual(['python3', 'true']);
    expect(rows.filter(({ type }) => type === 'task_exit').length).toBe(text.match(/\+\+\+ exited/g)?.length);
  });

  it('knows which task a line without a pid is of', () => {
    const text = textOf('strace', 'f.txt');
    const rows = rowsOf(text);
    const main = Number(/\[pid (\d+)\] getsockname/.exec(text)?.[1]);
    const lines = text.split('\n');
    for (const { line, tid, type } of rows) {
      const printed = /^\[pid +(\d+)\]/.exec(lines[line - 1])?.[1];
      if (printed !== undefined && type !== 'task_fork') expect([line, tid]).toEqual([line, Number(printed)]);
      else if (type.startsWith('sys_')) expect([line, tid]).toEqual([line, main]);
    }
  });

  it('has times of each kind', () => {
    const ttt = rowsOf(textOf('strace', 'f-ttt-T-yy-o.txt'));
    const text = textOf('strace', 'f-ttt-T-yy-o.txt').split('\n');
    for (const { line, time, type } of ttt.filter((row) => row.type === 'sys_enter_listen')) {
      const [, whole, fraction] = /^\d+ +(\d+)\.(\d{6})/.exec(text[line - 1]) ?? [];
      expect([type, String(time)]).toEqual([type, `${whole}${fraction}000`]);
      const duration = /<0\.(\d{6})>$/.exec(text[line - 1])?.[1];
      const exit = ttt.find((row) => row.line === line && row.type === 'sys_exit_listen');
      expect(String((exit?.time ?? 0n) - (time ?? 0n))).toBe(String(Number(duration) * 1000));
    }
    // -r: the sum of the steps
    const relative = rowsOf(textOf('strace', 'f-r-y.txt'));
    const steps = textOf('strace', 'f-r-y.txt')
      .split('\n')
      .map((line) => /^(?:\[pid +\d+\])? +(\d+)\.(\d{6}) /.exec(line));
    const listen = relative.find((row) => row.type === 'sys_enter_listen') as Row;
    const sum = steps
      .slice(0, listen.line)
      .reduce((total, step) => total + (step === null ? 0 : Number(step[1]) * 1e6 + Number(step[2])), 0);
    expect(Number(listen.time)).toBe(sum * 1000);
  });
});

describe('strace', () => {
  const T = '15:00:00.000001 ';

  it('tells what descriptors are', () => {
    const fds = (...lines: string[]): string[] =>
      rowsOf(lines.map((line) => `7 ${T}${line}\n`).join(''))
        .filter(({ type }) => type === 'fd_endpoint')
        .map(({ args }) => JSON.stringify(args));
    expect(
      fds(
        'listen(3<TCP:[127.0.0.1:80]>, 5) = 0',
        'listen(3<TCP:[127.0.0.1:80]>, 5) = 0', // nothing new
        'listen(4<TCPv6:[[::1]:19101]>, 5) = 0',
        'close(5<TCPv6:[[fe80::1]:80->[fe80::2]:4000]>) = 0',
        'accept(6<UNIX-STREAM:[77,"/run/a\\", [b"]>, NULL, NULL) = 7<UNIX-STREAM:[78->79,"/run/x"]>',
        'close(8<socket:[99]>) = 0',
        'close(9</tmp/TCP:[1.2.3.4:5]>) = 0',
        'close(10<TCP:[55]>) = 0',
      ),
    ).toEqual([
      '{"fd":3,"local":"127.0.0.1:80","family":2}',
      '{"fd":4,"local":"[::1]:19101","family":10}',
      '{"fd":5,"local":"[fe80::1]:80","remote":"[fe80::2]:4000","family":10}',
      '{"fd":6,"inode":77,"family":1,"path":"/run/a\\", [b"}',
      '{"fd":7,"inode":78,"family":1,"path":"/run/x"}',
      '{"fd":8,"inode":99}',
      '{"fd":10,"inode":55,"family":2}',
    ]);
    expect(
      fds(
        'bind(3, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("1.2.3.4")}, 16) = 0',
        'bind(3, {sa_family=AF_INET, sin_port=htons(0), sin_addr=inet_addr("1.2.3.4")}, 16) = 0', // any port
        'bind(4, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("1.2.3.4")}, 16) = -1 EADDRINUSE (Address already in use)',
        'accept4(3, {sa_family=AF_INET6, sin6_port=htons(40), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "::1", &sin6_addr), sin6_scope_id=0}, [28], 0) = 5',
        'connect(6, {sa_family=AF_UNIX, sun_path="/a\\303\\244"}, 110) = 0',
        'connect(7, {sa_family=AF_UNIX, sun_path=@"abc"}, 110) = -1 EINPROGRESS (Operation now in progress)',
        'getsockname(8, {sa_family=AF_INET, sin_port=htons(37387), sin_addr=inet_addr("0.0.0.0")}, [16]) = 0',
      ),
    ).toEqual([
      '{"fd":3,"local":"1.2.3.4:80","family":2}',
      '{"fd":5,"remote":"[::1]:40","family":10}',
      '{"fd":6,"family":1,"path":"/aä"}',
      '{"fd":7,"family":1,"path":"@abc"}',
      '{"fd":8,"local":"0.0.0.0:37387","family":2}',
    ]);
  });

  it('prints constants', () => {
    const call = (text: string): Row['args'] => rowsOf(`7 ${T}${text} = 0\n`)[0].args;
    expect(call('socket(AF_INET6, SOCK_STREAM|SOCK_CLOEXEC|SOCK_NONBLOCK, IPPROTO_MPTCP)')).toEqual({
      family: 10,
      sock_type: 0o2004001,
      protocol: 262,
    });
    expect(call('listen(3, -1)')).toEqual({ fd: 3, backlog: -1 });
    expect(call('listen(3, 4096)')).toEqual({ fd: 3, backlog: 4096 });
    expect(call('fcntl(3, F_GETFD)')).toEqual({ fd: 3, cmd: 1 });
    expect(call('fcntl(3, F_DUPFD_CLOEXEC, 10)')).toEqual({ fd: 3, cmd: 1030, arg: 10 });
    expect(call('setsockopt(3, SOL_SOCKET, SO_REUSEPORT, [1], 4)')).toEqual({
      fd: 3,
      level: 1,
      optname: 15,
      optval: 1,
      optlen: 4,
    });
    expect(call('accept4(3, NULL, NULL, SOCK_CLOEXEC)')).toEqual({
      fd: 3,
      upeer_sockaddr: 0,
      upeer_addrlen: 0,
      flags: 0o2000000,
    });
    expect(call('shutdown(3, SHUT_WR)')).toEqual({ fd: 3, how: 1 });
    expect(call('close_range(3, 4294967295, CLOSE_RANGE_CLOEXEC)')).toEqual({ fd: 3, max_fd: 4294967295, flags: 4 });
    expect(call('clone(child_stack=NULL, flags=CLONE_VM|CLONE_IO|SIGCHLD, parent_tid=[9])')).toEqual({
      clone_flags: 0x80000100 + 17,
    });
    expect(call('epoll_wait(4, [{events=EPOLLIN, data={u32=3, u64=3}}], 512, -1)')).toEqual({
      epfd: 4,
      events: 1,
      maxevents: 512,
      timeout: -1,
    });
    expect(call('socket(AF_WHATEVER, 1, 0x6 /* IPPROTO_TCP */)')).toEqual({ sock_type: 1, protocol: 6 });
  });

  it('prints results with their errors', () => {
    const ret = (text: string): unknown =>
      rowsOf(`7 ${T}accept(3, NULL, NULL) = ${text}\n`).find(({ type }) => type === 'sys_exit_accept')?.args.ret;
    expect(ret('7<TCP:[127.0.0.1:1->127.0.0.1:2]> <0.000021>')).toBe(7);
    expect(ret('-1 EAGAIN (Resource temporarily unavailable)')).toBe(-11);
    expect(ret('-1 EMFILE (Too many open files) <0.000021>')).toBe(-24);
    expect(ret('? ERESTARTSYS (To be restarted if SA_RESTART is set)')).toBe(-512);
    expect(ret('-1 (errno 0)')).toBe(-1);
    expect(ret('?')).toBeUndefined();
    expect(ret('0x2 (flags O_RDWR)')).toBe(2);
  });

  it('puts calls together that others interrupted', () => {
    const text = [
      `7 ${T}accept4(3, <unfinished ...>`,
      `8 ${T}accept(3, NULL, NULL <unfinished ...>`,
      '7 15:00:01.000000 <... accept4 resumed>{sa_family=AF_INET, sin_port=htons(40), sin_addr=inet_addr("1.2.3.4")}, [16], SOCK_CLOEXEC) = 7 <0.500000>',
      '8 15:00:02.000000 <... accept resumed> )     = 9',
      '9 15:00:02.000000 <... accept resumed>) = 10', // entered before the text begins
      '8 15:00:02.000000 accept(3, NULL, NULL <unfinished ...>',
      '8 15:00:02.000000 <... accept resumed>) = ?',
      '8 15:00:02.000000 +++ killed by SIGKILL +++',
    ].join('\n');
    const day = 15n * 3600n * 1_000_000_000n;
    expect(rowsOf(text).map((row) => `${row.tid} ${Number((row.time ?? 0n) - day)} ${brief(row)}`)).toEqual([
      '7 1000 sys_enter_accept4 {"fd":3,"upeer_sockaddr":1,"upeer_addrlen":1}',
      '8 1000 sys_enter_accept {"fd":3,"upeer_sockaddr":0,"upeer_addrlen":0}',
      '7 500001000 sys_exit_accept4 {"ret":7}',
      '7 500001000 fd_endpoint {"fd":7,"remote":"1.2.3.4:40","family":2}',
      '8 2000000000 sys_exit_accept {"ret":9}',
      '9 2000000000 sys_exit_accept {"ret":10}',
      '8 2000000000 sys_enter_accept {"fd":3,"upeer_sockaddr":0,"upeer_addrlen":0}',
      '8 2000000000 task_exit {}',
    ]);
  });

  it('goes on over midnight', () => {
    const lines = ['23:59:59.900000', '00:00:00.100000', '23:59:59.950000', '00:00:01.000000'];
    const times = rowsOf(lines.map((time) => `7 ${time} close(3 <unfinished ...>\n`).join('')).map(
      (row) => Number(row.time) / 1e6,
    );
    expect(times).toEqual([86399900, 86400100, 86399950, 86401000]);
  });

  it('survives notices in the middle of a call', () => {
    const text = [
      'clone3({flags=CLONE_VM|CLONE_THREAD, child_tid=0x7f}, 88strace: Process 28674 attached',
      ' => {parent_tid=[28674]}, 88) = 28674',
      'vfork(strace: Process 28678 attached',
      ' <unfinished ...>',
      '[pid 28678] execve("/bin/true", ["/bin/true"], 0x7ffd /* 35 vars */ <unfinished ...>',
      '[pid 28586] <... vfork resumed>)        = 28678',
      '[pid 28678] <... execve resumed>)       = 0',
      '[pid 28678] +++ exited with 0 +++',
      '[pid 28674] +++ exited with 0 +++',
      '<... wait4 resumed>[{WIFEXITED(s) && WEXITSTATUS(s) == 0}], 0, NULL) = 28678',
      '--- SIGCHLD {si_signo=SIGCHLD} ---',
      'close(3) = 0',
    ].join('\n');
    expect(rowsOf(text).map((row) => `${row.line} ${row.tid} ${row.type}`)).toEqual([
      '1 28586 sys_enter_clone3',
      '1 28674 task_fork',
      '2 28586 sys_exit_clone3',
      '3 28586 sys_enter_vfork',
      '3 28678 task_fork',
      '5 28678 sys_enter_execve',
      '6 28586 sys_exit_vfork',
      '7 28678 sys_exit_execve',
      '7 28678 task_comm',
      '8 28678 task_exit',
      '9 28674 task_exit',
      '12 28586 sys_enter_close',
      '12 28586 sys_exit_close',
    ]);
  });

  it('has one file for each task with -ff', () => {
    const rows = rowsOf('1795361990.704005 close(3) = 0\n', '/tmp/out.4711');
    expect(rows.map(({ tid, time }) => [tid, time])).toEqual([
      [4711, 1795361990704005000n],
      [4711, 1795361990704005000n],
    ]);
  });

  it('has names with any character, with -Y', () => {
    const { rows } = readText(
      `7<srv\\76x\\74 \\303\\244> ${T}close(3</a, (b>) = 0\n[pid     8<\\74img src=x\\76>] ${T}close(3) = 0\n`,
    );
    expect(rows[0].args.comm).toBe('srv>x< ä');
    expect(rows.map(show)).toHaveLength(6);
  });
});
