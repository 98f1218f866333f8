// A second reader of event texts, slow and plain: regular expressions line by line, nothing shared with the readers under test.
// It knows the dialects of the recorded texts, and only those.
import type { Row } from './read-text.ts';

type Args = Record<string, string | number>;

/** x86_64, of the calls in the recorded texts. */
const NUMBERS: Readonly<Record<number, string>> = {
  3: 'close',
  7: 'poll',
  33: 'dup2',
  41: 'socket',
  42: 'connect',
  48: 'shutdown',
  49: 'bind',
  50: 'listen',
  54: 'setsockopt',
  56: 'clone',
  59: 'execve',
  60: 'exit',
  72: 'fcntl',
  231: 'exit_group',
  288: 'accept4',
  435: 'clone3',
};

/** Argument names and C types, in the order of the kernel's declarations. */
const CALLS: Readonly<Record<string, string>> = {
  close: 'unsigned fd',
  listen: 'int fd, int backlog',
  accept4: 'int fd, ptr upeer_sockaddr, ptr upeer_addrlen, int flags',
  socket: 'int family, int sock_type, int protocol',
  bind: 'int fd, ptr umyaddr, int addrlen',
  connect: 'int fd, ptr uservaddr, int addrlen',
  shutdown: 'int fd, int how',
  dup2: 'unsigned oldfd, unsigned newfd',
  fcntl: 'unsigned fd, unsigned cmd, long arg',
  clone: 'long clone_flags',
  clone3: 'ptr uargs, long size',
  execve: '',
  exit: 'int error_code',
  exit_group: 'int error_code',
  poll: 'ptr ufds, unsigned nfds, int timeout_msecs',
  setsockopt: 'int fd, int level, int optname, ptr optval, int optlen',
};

const STATES =
  'ESTABLISHED SYN_SENT SYN_RECV FIN_WAIT1 FIN_WAIT2 TIME_WAIT CLOSE CLOSE_WAIT LAST_ACK LISTEN CLOSING'.split(' ');
const state = (text: string): number => (text.startsWith('TCP_') ? STATES.indexOf(text.slice(4)) + 1 : Number(text));

function typed(type: string, value: bigint): number | null {
  if (type === 'ptr') return value === 0n ? 0 : 1;
  if (type === 'int') return Number(BigInt.asIntN(32, value));
  if (type === 'unsigned') return Number(BigInt.asUintN(32, value));
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : null;
}

function callArgs(call: string, values: readonly bigint[]): Args {
  const args: Args = {};
  CALLS[call].split(', ').forEach((declaration, i) => {
    if (declaration === '') return;
    const [type, name] = declaration.split(' ');
    const value = typed(type, values[i]);
    if (value !== null) args[name] = value;
  });
  return args;
}

const signed = (value: bigint): number => Number(BigInt.asIntN(64, value));
const hex = (text: string): bigint => BigInt(text.startsWith('0x') ? text : `0x${text}`);

/** Pairs `key=value`; values end at a space, arrays at their bracket. */
function pairs(text: string): Map<string, string> {
  return new Map([...text.matchAll(/(\w+)(?:=|: )(ARRAY\[[^\]]*\]|\S*)/g)].map((match) => [match[1], match[2]]));
}

/** A pointer that the text really shows: with `0x`, and not NULL. */
const pointer = (text: string | undefined): string | null =>
  text?.startsWith('0x') && hex(text) !== 0n ? `0x${hex(text).toString(16)}` : null;

function endpoint(fields: Map<string, string>, side: 's' | 'd'): string | null {
  const family = fields.get('family');
  const port = Number(fields.get(`${side}port`));
  if (family === 'AF_INET6') return `[${fields.get(`${side}addrv6`)}]:${port}`;
  if (family === 'AF_INET') return `${fields.get(`${side}addr`)}:${port}`;
  if (family === '10' || family === '0xa') return null; // shown as raw memory, without the IPv6 address
  const address = fields.get(`${side}addr`) ?? '';
  const array = /^ARRAY\[(.*)\]$/.exec(address);
  if (array !== null)
    return `${array[1]
      .split(', ')
      .map((byte) => Number.parseInt(byte, 16))
      .join('.')}:${port}`;
  if (address === '') return `0.0.0.0:${port}`;
  const word = Number(address);
  return `${[0, 8, 16, 24].map((shift) => (word >>> shift) & 255).join('.')}:${port}`;
}

const number = (text: string): number => Number(text);

/** The event of a payload: its catalogue name and arguments; null when it is none of the path's. */
export function eventOf(name: string, payload: string): { type: string; args: Args } | null {
  const fields = pairs(payload);
  const put = (type: string, values: Readonly<Record<string, string | number | null | undefined>>) => ({
    type,
    args: Object.fromEntries(
      Object.entries(values).filter(
        (pair): pair is [string, string | number] => pair[1] !== null && pair[1] !== undefined,
      ),
    ),
  });
  const called = /^sys_enter_(\w+)$/.exec(name);
  if (called !== null) {
    if (!(called[1] in CALLS)) return null;
    const isPairs = payload.includes('=');
    const all = isPairs
      ? [...payload.matchAll(/=(0x[0-9a-f]+|-?\d+)/g)].slice(1)
      : [...payload.matchAll(/: (0x[0-9a-f]+|[0-9a-f]+)/g)];
    const values = all.map((match) => (isPairs && !match[1].startsWith('0x') ? BigInt(match[1]) : hex(match[1])));
    return { type: name, args: callArgs(called[1], values) };
  }
  const left = /^sys_exit_(\w+)$/.exec(name);
  if (left !== null) {
    if (!(left[1] in CALLS)) return null;
    const ret = /(?:ret=)?(0x[0-9a-f]+)(?: \(-?\d+\))?$/.exec(payload.trim());
    return { type: name, args: { ret: signed(hex(ret?.[1] ?? '')) } };
  }
  switch (name) {
    case 'sys_enter': {
      const [, nr, list] = /^NR (\d+) \((.*)\)$/.exec(payload) ?? [];
      const call = NUMBERS[Number(nr)];
      return call === undefined ? null : { type: `sys_enter_${call}`, args: callArgs(call, list.split(', ').map(hex)) };
    }
    case 'sys_exit': {
      const [, nr, ret] = /^NR (\d+) = (-?\d+)$/.exec(payload) ?? [];
      const call = NUMBERS[Number(nr)];
      return call === undefined ? null : { type: `sys_exit_${call}`, args: { ret: Number(ret) } };
    }
    case 'inet_sock_set_state':
      return put(name, {
        sk: pointer(fields.get('skaddr')),
        oldstate: state(fields.get('oldstate') ?? ''),
        newstate: state(fields.get('newstate') ?? ''),
        local: endpoint(fields, 's'),
        remote: endpoint(fields, 'd'),
        protocol: fields.get('protocol') === 'IPPROTO_TCP' ? 6 : number(fields.get('protocol') ?? ''),
      });
    case 'sk_data_ready':
      return put(name, {
        sk: pointer(fields.get('skaddr')),
        family: number(fields.get('family') ?? ''),
        protocol: number(fields.get('protocol') ?? ''),
      });
    case 'kfree_skb': {
      const reason = fields.get('reason') ?? '';
      return put(name, {
        rx_sk: pointer(fields.get('rx_sk')),
        reason: /^\d/.test(reason) ? String(Number(reason)) : reason,
        location: pointer(fields.get('location')),
        protocol: number(fields.get('protocol') ?? ''),
      });
    }
    case 'tcp_destroy_sock':
      return put(name, { local: endpoint(fields, 's'), remote: endpoint(fields, 'd') });
    default:
      return null;
  }
}

/** How a line begins, by dialect. Groups: comm, tid, tgid, cpu, whole, fraction, event. */
const LINES: Readonly<Record<string, RegExp>> = {
  tracefs:
    /^ *(?<comm>.+?)-(?<tid>\d+) +(?:\( *(?<tgid>\d+|-+)\) )?\[(?<cpu>\d+)\] \S{4,5} +(?<whole>\d+)(?:\.(?<fraction>\d+))?: (?<event>.*)$/,
  latency: /^ *(?<comm>.{1,8})-(?<tid>\d+) +(?<cpu>\d+)[.dsNHhbn]\S+ +(?<us>\d+)us.: (?<event>.*)$/,
  'trace-cmd':
    /^(?:f_[ab]: )? *(?<comm>.+?)-(?<tid>\d+) +\[(?<cpu>\d+)\] +(?<whole>\d+)\.(?<fraction>\d+): (?<event>.*)$/,
  'trace-cmd latency':
    /^(?:f_[ab]: )? *(?<comm>.+?)-(?<tid>\d+) +(?<cpu>\d+)[.d]\S+ +(?<whole>\d+)\.(?<fraction>\d+): (?<event>.*)$/,
  perf: /^ *(?<comm>.+?) +(?<tid>\d+) \[(?<cpu>\d+)\] +(?<whole>\d+)\.(?<fraction>\d+): +(?:\w+:)?(?<event>.*)$/,
};

/** Every event that the oracle finds in a text, one row each. */
export function oracle(dialect: keyof typeof LINES, text: string): Row[] {
  return withProcesses(rowsOf(dialect, text));
}

/** Gives tasks that a clone() of the text made their process: their own, unless they are threads. */
function withProcesses(rows: readonly Row[]): Row[] {
  const flags = new Map<number, number>();
  const processes = new Map<number, number>();
  return rows.map((row) => {
    const pid = row.pid < 0 ? (processes.get(row.tid) ?? -1) : row.pid;
    if (row.type === 'sys_enter_clone') flags.set(row.tid, Number(row.args.clone_flags));
    const child = Number(row.args.ret);
    const made = flags.get(row.tid);
    if (row.type === 'sys_exit_clone' && made !== undefined && child > 0)
      processes.set(child, (made & 0x10000) !== 0 ? pid : child);
    return { ...row, pid };
  });
}

function rowsOf(dialect: keyof typeof LINES, text: string): Row[] {
  return text.split('\n').flatMap((line, i): Row[] => {
    const groups = LINES[dialect].exec(line)?.groups;
    if (groups === undefined) return [];
    const event = splitEvent(groups.event);
    const found = event === null ? null : eventOf(event.name, event.payload);
    if (found === null) return [];
    const time =
      groups.us !== undefined
        ? BigInt(groups.us) * 1000n
        : groups.fraction === undefined
          ? BigInt(groups.whole)
          : BigInt(groups.whole) * 1_000_000_000n + BigInt(groups.fraction.padEnd(9, '0'));
    const tid = Number(groups.tid);
    const pid = /^\d+$/.test(groups.tgid ?? '') ? Number(groups.tgid) : tid === 0 ? 0 : -1;
    const comm = groups.comm === '<idle>' || groups.comm === '<...>' ? null : groups.comm.trim();
    return [{ ...found, time, cpu: Number(groups.cpu), pid, tid, comm, line: i + 1 }];
  });
}

function splitEvent(text: string): { name: string; payload: string } | null {
  const call = /^sys_(\w+)\((.*)\)$/.exec(text);
  if (call !== null) return { name: `sys_enter_${call[1]}`, payload: call[2] };
  const left = /^sys_(\w+) -> (0x[0-9a-f]+)$/.exec(text);
  if (left !== null) return { name: `sys_exit_${left[1]}`, payload: left[2] };
  const named = /^(\w+):\s*(.*)$/.exec(text);
  return named === null ? null : { name: named[1], payload: named[2] };
}
