// Reads what `trace-cmd report` prints, from its text alone: the other side of the comparison with our own decoding.
import { execFileSync } from 'node:child_process';
import type { Row } from './rows.ts';

export interface Printed {
  /** Nanoseconds, or the clock's own unit where it prints whole numbers. */
  readonly time: bigint;
  /** Digits behind the point: 9 with -t, 6 without, 0 where it prints whole numbers. */
  readonly digits: number;
  readonly cpu: number;
  readonly tid: number;
  /** Null where it prints `<...>`. */
  readonly comm: string | null;
  readonly name: string;
  readonly text: string;
}

export interface Report {
  readonly events: readonly Printed[];
  /** Notices of loss: the CPU, and how many (null when it does not say). */
  readonly losses: readonly { readonly cpu: number; readonly count: number | null }[];
}

/** What trace-cmd prints for a recording, times to the nanosecond. */
export const traceCmdReport = (path: string): string =>
  execFileSync('trace-cmd', ['report', '-t', '-i', path], {
    encoding: 'latin1',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'ignore'],
  });

const EVENT = /^(.*?)-(\d+) +\[(\d{3,})\] *(\d+)(?:\.(\d+))?: +(\w+): *(.*)$/;
const LOSS = /^(?:\S+: )?CPU:(\d+) \[(?:(\d+) )?EVENTS DROPPED\]$/;

/** Takes the text apart. `buffers` are names of instances that lines may begin with. Throws on a line of another shape. */
export function parseReport(text: string, buffers: readonly string[]): Report {
  const events: Printed[] = [];
  const losses: Report['losses'][number][] = [];
  for (const line of text.split('\n')) {
    if (line === '' || /^cpus=\d+$/.test(line)) continue;
    const loss = LOSS.exec(line);
    if (loss !== null) {
      losses.push({ cpu: Number(loss[1]), count: loss[2] === undefined ? null : Number(loss[2]) });
      continue;
    }
    const match = EVENT.exec(line);
    if (match === null) throw new Error(`trace-cmd printed a line of another shape: ${line}`);
    const [, left, tid, cpu, whole, fraction = '', name, rest] = match;
    const buffer = buffers.find((prefix) => left.startsWith(`${prefix}:`));
    const comm = (buffer === undefined ? left : left.slice(buffer.length + 1)).trim();
    events.push({
      time: BigInt(whole + fraction) * (fraction.length === 6 ? 1000n : 1n),
      digits: fraction.length,
      cpu: Number(cpu),
      tid: Number(tid),
      comm: comm === '<...>' ? null : comm === '<idle>' ? 'swapper' : comm,
      name,
      text: rest,
    });
  }
  return { events, losses };
}

/** include/net/tcp_states.h */
const STATES =
  'ESTABLISHED SYN_SENT SYN_RECV FIN_WAIT1 FIN_WAIT2 TIME_WAIT CLOSE CLOSE_WAIT LAST_ACK LISTEN CLOSING NEW_SYN_RECV';
const stateOf = (name: string): number => STATES.split(' ').indexOf(name.replace(/^TCP_/, '')) + 1;
const PROTOCOLS: Readonly<Record<string, number>> = { IPPROTO_TCP: 6, IPPROTO_MPTCP: 262 };

/** Calls whose first arguments are unsigned in the kernel; all others are ints or pointers. */
const UNSIGNED = /^(close|close_range|dup|dup2|dup3|fcntl)$/;

const syscallArgs = (
  call: string,
  printed: readonly string[],
  names: readonly string[],
  kinds: readonly string[],
): Row['args'] =>
  Object.fromEntries(
    names.map((name, k) => {
      const value = BigInt(printed[k]);
      if (kinds[k] === 'pointer') return [name, value === 0n ? 0 : 1];
      return [name, Number(UNSIGNED.test(call) ? BigInt.asUintN(32, value) : BigInt.asIntN(32, value))];
    }),
  );

const resultOf = (text: string): number => Number(BigInt.asIntN(64, BigInt(text)));

/** The arguments that a printed event tells, as our rows name them. `names` and `kinds` are those of the catalogue. */
export function printedArgs(event: Printed, names: readonly string[], kinds: readonly string[]): Row['args'] {
  const { name, text } = event;
  const call = name.replace(/^sys_(enter|exit)_/, '');
  if (name.startsWith('sys_exit_')) return { ret: resultOf(text) };
  if (name.startsWith('sys_enter_')) {
    const values = text.split(', ').map((pair) => pair.split(': ')[1]);
    return syscallArgs(call, values, names, kinds);
  }
  const pairs = new Map([...text.matchAll(/(\w+)[=:] ?(\S+)/g)].map((match) => [match[1], match[2]]));
  const get = (key: string): string => {
    const value = pairs.get(key);
    if (value === undefined) throw new Error(`${name} is printed without ${key}`);
    return value;
  };
  if (name === 'inet_sock_set_state') {
    const six = get('family') === 'AF_INET6';
    return {
      oldstate: stateOf(get('oldstate')),
      newstate: stateOf(get('newstate')),
      protocol: PROTOCOLS[get('protocol')],
      local: `${get(six ? 'saddrv6' : 'saddr')} ${get('sport')}`,
      remote: `${get(six ? 'daddrv6' : 'daddr')} ${get('dport')}`,
    };
  }
  if (name === 'sk_data_ready') return { family: Number(get('family')), protocol: Number(get('protocol')) };
  if (name === 'kfree_skb') {
    const rxSk = get('rx_sk');
    const sk = /^0x[0-9a-f]+$/.test(rxSk) && BigInt(rxSk) !== 0n ? { rx_sk: rxSk } : {};
    return { ...sk, reason: get('reason'), protocol: Number(get('protocol')) };
  }
  throw new Error(`no comparison for ${name}: write one`);
}
