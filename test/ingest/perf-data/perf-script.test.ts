// Every decoded event against what `perf script` prints of the same recording, field by field.

import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { findEventType } from '../../../core/event/event-type.ts';
import type { TraceEvent } from '../../../core/event/trace-event.ts';
import { queryEvents } from '../../../core/store/event-query.ts';
import { CASES, perfDataOf, takeAny, withStoreAsync } from '../../support/fixtures.ts';
import { group } from '../../support/needs.ts';
import { type PrintedEvent, parsePrinted, perfScript } from './perf-script-text.ts';

/** What both sides are brought to; `time` is the recording's clock. */
interface Common {
  readonly time: bigint;
  readonly name: string;
  readonly cpu: number | null;
  readonly pid: number | null;
  readonly tid: number | null;
  readonly comm: string | null;
  readonly args: Readonly<Record<string, number | string | null>>;
}

/** include/net/tcp_states.h */
const STATES: Readonly<Record<string, number>> = {
  TCP_ESTABLISHED: 1,
  TCP_SYN_SENT: 2,
  TCP_SYN_RECV: 3,
  TCP_FIN_WAIT1: 4,
  TCP_FIN_WAIT2: 5,
  TCP_TIME_WAIT: 6,
  TCP_CLOSE: 7,
  TCP_CLOSE_WAIT: 8,
  TCP_LAST_ACK: 9,
  TCP_LISTEN: 10,
  TCP_CLOSING: 11,
  TCP_NEW_SYN_RECV: 12,
};
const PROTOCOLS: Readonly<Record<string, number>> = { IPPROTO_TCP: 6, IPPROTO_MPTCP: 262 };

/** Integer arguments that SYSCALL_DEFINE does not declare as `int`; perf prints all of them as unsigned longs. */
const WIDTHS: Readonly<Record<string, 'unsigned int' | 'unsigned long'>> = {
  'close fd': 'unsigned int',
  'close_range fd': 'unsigned int',
  'close_range max_fd': 'unsigned int',
  'close_range flags': 'unsigned int',
  'dup fildes': 'unsigned int',
  'dup2 oldfd': 'unsigned int',
  'dup2 newfd': 'unsigned int',
  'dup3 oldfd': 'unsigned int',
  'dup3 newfd': 'unsigned int',
  'clone clone_flags': 'unsigned long',
  'clone3 size': 'unsigned long',
};
/** Arguments of which only NULL or not is kept. */
const POINTERS = ['umyaddr', 'upeer_sockaddr', 'upeer_addrlen', 'uservaddr', 'uargs'];
/** Arguments with a name of ours, where the kernel's is that of something else in an event. */
const RENAMED: Readonly<Record<string, string>> = { 'socket type': 'sock_type' };
/** Arguments that acceptq has no use for. */
const UNUSED: Readonly<Record<string, readonly string[]>> = {
  execve: ['filename', 'argv', 'envp'],
  clone: ['newsp', 'parent_tidptr', 'child_tidptr', 'tls'],
};

function syscallArg(call: string, name: string, printed: string): number {
  const value = BigInt(printed);
  if (POINTERS.includes(name)) return value === 0n ? 0 : 1;
  switch (WIDTHS[`${call} ${name}`]) {
    case 'unsigned int':
      return Number(BigInt.asUintN(32, value));
    case 'unsigned long':
      return Number(value);
    default:
      return Number(BigInt.asIntN(32, value));
  }
}

const pointerOrNull = (text: string): string | null => (text === '(nil)' ? null : text);
const endpoint = (address: string, port: string): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

/** Both ends, from the fields that belong to the printed family. */
function endpoints(arg: (name: string) => string): { local: string; remote: string } {
  const v6 = arg('family') === 'AF_INET6' ? 'v6' : '';
  return {
    local: endpoint(arg(`saddr${v6}`), arg('sport')),
    remote: endpoint(arg(`daddr${v6}`), arg('dport')),
  };
}

/** The printed arguments under our names. What perf does not print (a socket's address in some) is left out. */
function argsOf({ system, name, args }: PrintedEvent): Record<string, number | string | null> {
  const arg = (key: string): string => {
    const value = args.get(key);
    if (value === undefined) throw new Error(`${name} is printed without ${key}`);
    return value;
  };
  if (system === 'syscalls') {
    if (name.startsWith('sys_exit_')) return { ret: Number(BigInt.asIntN(64, BigInt(arg('ret')))) };
    const call = name.slice('sys_enter_'.length);
    const used = [...args].filter(([key]) => !UNUSED[call]?.includes(key));
    return Object.fromEntries(
      used.map(([key, value]) => [RENAMED[`${call} ${key}`] ?? key, syscallArg(call, key, value)]),
    );
  }
  switch (name) {
    case 'inet_sock_set_state':
      return {
        oldstate: STATES[arg('oldstate')],
        newstate: STATES[arg('newstate')],
        protocol: PROTOCOLS[arg('protocol')],
        ...endpoints(arg),
      };
    case 'sk_data_ready':
      return { family: Number(arg('family')), protocol: Number(arg('protocol')) };
    case 'kfree_skb':
      return { rx_sk: pointerOrNull(arg('rx_sk')), reason: arg('reason'), protocol: Number(arg('protocol')) };
    case 'tcp_retransmit_skb':
      return { sk: pointerOrNull(arg('skaddr')), state: Number(arg('state')), ...endpoints(arg) };
    case 'tcp_receive_reset':
      return endpoints(arg);
    case 'tcp_send_reset': {
      const state = arg('state') === 'UNKNOWN' ? 'UNKNOWN' : Number(arg('state'));
      return {
        sk: pointerOrNull(arg('skaddr')),
        state,
        reason: arg('reason'),
        local: arg('src'),
        remote: arg('dest'),
      };
    }
    default:
      throw new Error(`no comparison for ${system}:${name}: write one`);
  }
}

function ofPrinted(event: PrintedEvent): Common {
  const { time, name, cpu, pid, tid, comm } = event;
  // a task without a name is printed as its number
  return { time, name, cpu, pid, tid, comm: comm === `:${tid}` ? null : comm, args: argsOf(event) };
}

/** What perf does not print of ours; the dump of fields compares it. */
const NOT_PRINTED: Readonly<Record<string, readonly string[]>> = {
  inet_sock_set_state: ['sk'],
  sk_data_ready: ['sk'],
  kfree_skb: ['location'],
  tcp_receive_reset: ['sk'],
};

/** Our event with all of its arguments that perf prints. */
function ofOurs(event: TraceEvent, origin: bigint): Common {
  const { type: name, at_ns, cpu, pid, tid, comm } = event;
  const own = event as unknown as Record<string, number | string | null>;
  const names = findEventType(name)?.args.map((arg) => arg.name) ?? [];
  const args = Object.fromEntries(
    names.filter((key) => !NOT_PRINTED[name]?.includes(key)).map((key) => [key, own[key]]),
  );
  if (event.type === 'tcp_send_reset' && event.sk === null) args.state = 'UNKNOWN'; // printed so where no socket has one
  return { time: origin + BigInt(at_ns), name, cpu, pid, tid, comm, args };
}

const SIDE_BAND = [
  'lost_unknown',
  'task_comm',
  'task_fork',
  'task_exit',
  'lost',
  'lost_samples',
  'throttle',
  'unthrottle',
];

/** Sorts events of one time by all that they say; the order of different times stays as it is. */
function settleTies<T>(items: readonly T[], timeOf: (item: T) => bigint, keyOf: (item: T) => string): T[] {
  const settled: T[] = [];
  for (let start = 0; start < items.length; ) {
    let end = start + 1;
    while (end < items.length && timeOf(items[end]) === timeOf(items[start])) end++;
    settled.push(...items.slice(start, end).sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)));
    start = end;
  }
  return settled;
}

const tieKey = (event: { cpu: number | null; tid: number | null; name: string }): string =>
  `${event.cpu} ${event.tid} ${event.name}`;

/** The same load in every form that perf writes: compressed, piped, in a directory, overwritten, with call chains, by another clock. */
const FORMS = fileURLToPath(new URL('../../fixture/perf-data-forms/', import.meta.url));
const RECORDINGS = [
  ...CASES.map((name) => ({ name, path: perfDataOf(name) })),
  ...readdirSync(FORMS).map((name) => ({ name, path: `${FORMS}${name}` })),
];

group('decoded events equal perf script', ['perf'], () => {
  it.each(RECORDINGS)('$name', async ({ path }) => {
    const lines = perfScript(path).map(parsePrinted);
    expect(lines.length).toBeGreaterThan(0);
    const printed = settleTies(lines.map(ofPrinted), (event) => event.time, tieKey);

    const { origin, events } = await withStoreAsync(async (store) => {
      const capture = await takeAny(store, path);
      const text = store.db.prepare('SELECT origin FROM captures WHERE id = ?').pluck().get(capture) as string;
      const all = [...queryEvents(store.db, {})].filter((event) => !SIDE_BAND.includes(event.type));
      return { origin: BigInt(text), events: all };
    });
    const ours = settleTies(
      events,
      (event) => BigInt(event.at_ns),
      (event) => tieKey({ ...event, name: event.type }),
    );

    expect(ours.length).toBe(printed.length);
    const wrong = printed
      .map((theirs, i) => ({ ours: ofOurs(ours[i], origin), theirs }))
      .filter((pair) => show(pair.ours) !== show(pair.theirs));
    expect(wrong.slice(0, 3), `${wrong.length} of ${printed.length} events differ`).toEqual([]);

    // perf prints code addresses as symbols: one address, one symbol
    const places = lines.filter((line) => line.args.has('location')).map((line) => line.args.get('location'));
    const addresses = events.flatMap((event) => (event.type === 'kfree_skb' ? [event.location] : []));
    const pairs = new Set(places.map((place, i) => `${place} ${addresses[i]}`));
    expect(addresses.length).toBe(places.length);
    expect([pairs.size, pairs.size]).toEqual([new Set(places).size, new Set(addresses).size]);
  });
});

function show(event: Common): string {
  return JSON.stringify({ ...event, time: String(event.time), args: Object.entries(event.args).sort() });
}
