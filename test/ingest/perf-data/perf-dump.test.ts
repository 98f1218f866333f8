// What `perf script` shows only when it dumps: socket addresses, side-band records, losses and each record's offset.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { TraceEvent } from '../../../core/event/trace-event.ts';
import { queryEvents } from '../../../core/store/event-query.ts';
import { CASES, perfDataOf, take, withStore } from '../../support/fixtures.ts';
import { group } from '../../support/needs.ts';

const ALL_FIELDS = fileURLToPath(new URL('./all-fields.py', import.meta.url));

function perf(...args: string[]): string[] {
  const text = execFileSync('perf', args, {
    encoding: 'latin1',
    maxBuffer: 1 << 30,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return text.split('\n');
}

function eventsOf(name: string): { origin: bigint; events: TraceEvent[] } {
  return withStore((store) => {
    const capture = take(store, perfDataOf(name));
    const origin = store.db.prepare('SELECT origin FROM captures WHERE id = ?').pluck().get(capture) as string;
    return { origin: BigInt(origin), events: [...queryEvents(store.db, {})] };
  });
}

/** The first lines that only one side has: short enough to read when it fails. */
function difference(ours: readonly string[], theirs: readonly string[]): { ours: string[]; theirs: string[] } {
  const count = new Map<string, number>();
  for (const line of ours) count.set(line, (count.get(line) ?? 0) + 1);
  for (const line of theirs) count.set(line, (count.get(line) ?? 0) - 1);
  const only = (sign: number): string[] => [...count].filter(([, n]) => n * sign > 0).map(([line]) => line);
  return { ours: only(1).slice(0, 5), theirs: only(-1).slice(0, 5) };
}

const SOCKET_OF: Readonly<Record<string, string>> = { kfree_skb: 'rx_sk' };
const HAS_SOCKET = /^(sock|tcp|skb)__(\w+)$/;

/** Needs a perf that can run Python. */
function socketsAsPerfReadsThem(name: string): string[] {
  const lines = perf('script', '-f', '-i', perfDataOf(name), '-s', ALL_FIELDS).filter((line) => line.startsWith('['));
  const address = /"(skaddr|rx_sk)": (\d+)/g; // above 2^53: not to be read as a JSON number
  return lines.flatMap((line) => {
    const [event, time, tid] = JSON.parse(line) as [string, number, number];
    const match = HAS_SOCKET.exec(event);
    if (match === null) return [];
    const found = new Map([...line.matchAll(address)].map(([, key, value]) => [key, BigInt(value)]));
    const value = found.get(SOCKET_OF[match[2]] ?? 'skaddr');
    if (value === undefined) throw new Error(`${event} has no socket address: ${line}`);
    return [`${time} ${tid} ${match[2]} ${value === 0n ? 'none' : `0x${value.toString(16)}`}`];
  });
}

const python = (() => {
  try {
    return perf('version', '--build-options').some((line) => /libpython: \[ on/.test(line));
  } catch {
    return false;
  }
})();

group('socket addresses equal those that perf reads', ['perf'], () => {
  const required = process.env.ACCEPTQ_REQUIRE === 'all';
  if (!python && !required) {
    it.skip('skipped, perf was built without Python', () => undefined);
    return;
  }
  it.each(CASES)('%s', (name) => {
    const theirs = socketsAsPerfReadsThem(name);
    const { origin, events } = eventsOf(name);
    const ours = events.flatMap((event) => {
      if (!('sk' in event || 'rx_sk' in event)) return [];
      const socket = 'rx_sk' in event ? event.rx_sk : event.sk;
      return [`${origin + BigInt(event.at_ns)} ${event.tid} ${event.type} ${socket ?? 'none'}`];
    });
    expect(theirs.length).toBeGreaterThan(0);
    expect(difference(ours, theirs)).toEqual({ ours: [], theirs: [] });
  });
});

const RECORD = /^(?:(-?\d+) )?(\d+) (0x[0-9a-f]+) \[0x[0-9a-f]+\]: PERF_RECORD_(.*)$/;

/** The dumped bytes of FORK and EXIT records by offset: the time in them is not among what perf prints. */
function taskTimes(lines: readonly string[]): Map<bigint, bigint> {
  const times = new Map<bigint, bigint>();
  for (let i = 0; i < lines.length; i++) {
    const start = /^(0x[0-9a-f]+)@.* \[0x[0-9a-f]+\]: event: (?:4|7)$/.exec(lines[i]);
    if (start === null) continue;
    const hex: string[] = [];
    for (let k = i + 3; /^\. {2}[0-9a-f]{4}: /.test(lines[k]); k++)
      hex.push(...lines[k].slice(10, 58).trim().split(' '));
    times.set(BigInt(start[1]), Buffer.from(hex.join(''), 'hex').readBigUInt64LE(24));
  }
  return times;
}

/** One line of `perf script -D` as we would say it; null for a record that is no event of ours. */
function ofDumped(line: string, times: ReadonlyMap<bigint, bigint>): string | null {
  const match = RECORD.exec(line);
  if (match === null) return null;
  const [, cpu, time, offset, rest] = match;
  const at = `${BigInt(offset)} `;
  if (rest.startsWith('SAMPLE(')) return `${at}sample ${time}`;
  const comm = /^COMM( exec)?: (.*):(\d+)\/(\d+)$/.exec(rest);
  if (comm !== null) return `${at}comm ${time} ${comm[3]} ${comm[4]} ${comm[2]} ${comm[1] === undefined ? 0 : 1}`;
  const task = /^(FORK|EXIT)\((\d+):(\d+)\):\((\d+):(\d+)\)$/.exec(rest);
  if (task !== null) {
    const parent = task[1] === 'FORK' ? ` ${task[4]} ${task[5]}` : '';
    return `${at}${task[1].toLowerCase()} ${times.get(BigInt(offset))} ${task[2]} ${task[3]}${parent}`;
  }
  const lost = /^LOST: id:\d+: lost:(\d+)$/.exec(rest);
  if (lost !== null) return `${at}lost ${time} ${cpu} ${lost[1]}`;
  const samples = /^LOST_SAMPLES: id:\d+: lost samples :(\d+)$/.exec(rest);
  return samples === null ? null : `${at}lost_samples ${samples[1]}`;
}

function ofOurs(event: TraceEvent, origin: bigint): string {
  // perf prints time 0 for what it made up at start; where we have that, it is the start
  const made = 'synthesized' in event && event.synthesized === 1;
  const time = made ? 0n : origin + BigInt(event.at_ns);
  switch (event.type) {
    case 'task_comm':
      return `${event.source} comm ${time} ${event.pid} ${event.tid} ${event.comm} ${event.exec}`;
    case 'task_fork':
      return `${event.source} fork ${time} ${event.pid} ${event.tid} ${event.parent_pid} ${event.parent_tid}`;
    case 'task_exit':
      return `${event.source} exit ${time} ${event.pid} ${event.tid}`;
    case 'lost':
      return `${event.source} lost ${time} ${event.cpu} ${event.count}`;
    case 'lost_samples':
      return `${event.source} lost_samples ${event.count}`;
    default:
      return `${event.source} sample ${time}`;
  }
}

group('every record is found where perf finds it', ['perf'], () => {
  it.each(CASES)('%s', (name) => {
    const lines = perf('script', '-f', '-D', '-i', perfDataOf(name));
    const times = taskTimes(lines);
    const theirs = lines.flatMap((line) => ofDumped(line, times) ?? []);
    const { origin, events } = eventsOf(name);
    expect(theirs.length).toBeGreaterThan(100);
    expect(theirs.filter((line) => / (comm|fork) /.test(line)).length).toBeGreaterThan(5);
    expect(
      difference(
        events.map((event) => ofOurs(event, origin)),
        theirs,
      ),
    ).toEqual({ ours: [], theirs: [] });
  });
});
