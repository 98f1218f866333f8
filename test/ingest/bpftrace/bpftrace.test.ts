// bpftrace's output, as JSON and as text, whole and damaged: rows against what the lines say.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventBatch } from '../../../core/event/event-batch.ts';
import { EVENT_TYPES } from '../../../core/event/event-type.ts';
import { bpftrace } from '../../../ingest/format/bpftrace/format.ts';
import { CaptureError } from '../../../ingest/format/format.ts';
import { sniff } from '../../../ingest/format/index.ts';
import { RoundSorter } from '../../../ingest/order/round-sorter.ts';
import { byRow } from '../../support/by-row.ts';
import { takeAny, withStoreAsync } from '../../support/fixtures.ts';
import { memorySource } from '../perf-data/bytes.ts';

const HEADER = 'aq 1 5000000000 1700000000.250000 6.1.0-18-amd64 web standard';
const LINES = [
  'e 5000001000 1 40 41 listen 3 128 srv worker 1',
  's 5000002000 1 40 41 ffff888102fd2e40 7 10 6 127.0.0.1:80 0.0.0.0:0',
  'x 5000003000 1 40 41 listen 0',
  'i 5000004000 1 40 41 ffff888102fd2e40 127.0.0.1:80 4026531840 18446744073709551615',
  'f 5000005000 1 40 41 3 ffff888102fd2e40',
  'e 5000006000 1 40 41 accept4 3 0 0 524288 <img src=x onerror=alert(1)>',
  's 5000007000 0 0 0 ffff8881aaaaaaaa 10 3 6 [::1]:80 [2001:db8::1]:40000',
  'r 5000008000 0 0 0 ffff888102fd2e40 2 6 1 128 7 3',
  'x 5000009000 1 40 41 accept4 -11',
  'd 5000010000 0 0 0 ffff888102fd2e40 SYN_ACCEPT_QUEUE_FULL 129 128 4',
  'h 5000011000 0 0 0 ffff888102fd2e40 127.0.0.1:80 10.0.0.9:1234',
  'c 5000012000 0 0 0 127.0.0.1:80 5 128',
  'q 5000013000 1 40 41 ffff888102fd2e40 2 128 9 0',
  't 5000014000 0 0 0 ffff888102fd1111 2 10.0.0.9:1234 127.0.0.1:80',
  'y 5000015000 0 0 0 ffff888102fd2e40 127.0.0.1:80 10.0.0.9:1234',
];
const json = (data: string): string => `{"type": "printf", "data": ${JSON.stringify(data)}}`;
const asJson = (lines: readonly string[]): string =>
  ['{"type": "attached_probes", "data": {"probes": 13}}', ...lines.map((line) => json(`${line}\n`)), '', ''].join('\n');

interface Row {
  readonly at: number;
  readonly name: string;
  readonly who: readonly number[];
  readonly comm: string | null;
  readonly args: Readonly<Record<string, number | string>>;
}

/** All rows, with interned things spelled out. */
function rowsOf(text: string | Buffer): { rows: Row[]; rejected: number; ignored: number; wall: string | null } {
  const reader = bpftrace.open(memorySource(typeof text === 'string' ? Buffer.from(text) : text));
  const rows = new EventBatch();
  for (const _ of reader.read({ rows, endRound: () => undefined, releaseBefore: () => undefined }));
  const { addresses, endpoints, strings } = reader.dictionaries;
  const spell = (kind: string, value: number): number | string => {
    if (Number.isNaN(value)) return 'absent';
    if (kind === 'socket' || kind === 'address') return addresses.entries[value - 1];
    if (kind === 'endpoint') return `${endpoints.get(value).address} ${endpoints.get(value).port}`;
    return kind === 'string' ? strings.entries[value - 1] : value;
  };
  return {
    rows: Array.from({ length: rows.length }, (_, i) => {
      const type = EVENT_TYPES[rows.type[i]];
      return {
        at: rows.at[i] + Number(reader.base),
        name: type.name,
        who: [rows.cpu[i], rows.pid[i], rows.tid[i]],
        comm: rows.comm[i] < 0 ? null : strings.entries[rows.comm[i] - 1],
        args: Object.fromEntries(type.args.map((arg, k) => [arg.name, spell(arg.kind, rows.args[k][i])])),
      };
    }),
    rejected: reader.totals.rejected,
    ignored: reader.totals.ignored,
    wall: reader.info.wallOffset,
  };
}

const SK = '0xffff888102fd2e40';
const EXPECTED: readonly (readonly [name: string, args: Row['args'], comm?: string])[] = [
  ['sys_enter_listen', { fd: 3, backlog: 128 }, 'srv worker 1'],
  [
    'inet_sock_set_state',
    { sk: SK, oldstate: 7, newstate: 10, local: '127.0.0.1 80', remote: '0.0.0.0 0', protocol: 6 },
  ],
  ['sys_exit_listen', { ret: 0 }],
  ['sock_identity', { sk: SK, local: '127.0.0.1 80', netns: 4026531840, cookie: '18446744073709551615' }],
  ['fd_socket', { fd: 3, sk: SK }],
  ['sys_enter_accept4', { fd: 3, upeer_sockaddr: 0, upeer_addrlen: 0, flags: 524288 }, '<img src=x onerror=alert(1)>'],
  [
    'inet_sock_set_state',
    { sk: '0xffff8881aaaaaaaa', oldstate: 10, newstate: 3, local: '::1 80', remote: '2001:db8::1 40000', protocol: 6 },
  ],
  ['sk_data_ready', { sk: SK, family: 2, protocol: 6 }],
  ['queue_sample', { sk: SK, sk_ack_backlog: 1, sk_max_ack_backlog: 128, sk_drops: 7, syn_queue_len: 3 }],
  ['sys_exit_accept4', { ret: -11 }],
  [
    'queue_drop',
    { sk: SK, reason: 'SYN_ACCEPT_QUEUE_FULL', sk_ack_backlog: 129, sk_max_ack_backlog: 128, syn_queue_len: 4 },
  ],
  ['syn_queued', { sk: SK, local: '127.0.0.1 80', remote: '10.0.0.9 1234' }],
  [
    'listener_sample',
    {
      local: '127.0.0.1 80',
      sk_ack_backlog: 5,
      sk_max_ack_backlog: 128,
      sk_drops: 'absent',
      inode: 'absent',
      path: 'absent',
    },
  ],
  ['queue_sample', { sk: SK, sk_ack_backlog: 2, sk_max_ack_backlog: 128, sk_drops: 9, syn_queue_len: 0 }],
  ['tcp_retransmit_skb', { sk: '0xffff888102fd1111', state: 2, local: '10.0.0.9 1234', remote: '127.0.0.1 80' }],
  ['tcp_retransmit_synack', { sk: SK, req: 'absent', local: '127.0.0.1 80', remote: '10.0.0.9 1234' }],
];

describe('the lines of the program', () => {
  it.each([
    ['as JSON', asJson([HEADER, ...LINES])],
    ['as text', ['Attaching 13 probes...', HEADER, ...LINES, ''].join('\n')],
    ['behind a shell and with CRLF', ['$ sudo bpftrace acceptq.bt', HEADER, ...LINES, '^C', ''].join('\r\n')],
    [
      'printed in pieces',
      asJson([HEADER]).concat(LINES.flatMap((line) => [json(line.slice(0, 7)), json(`${line.slice(7)}\n`)]).join('\n')),
    ],
    ['several in one object', `${json(`${HEADER}\n`)}\n${json(`${LINES.join('\n')}\n`)}\n`],
  ])('%s', (_, text) => {
    const { rows, rejected, wall } = rowsOf(text);
    expect(rejected).toBe(0);
    expect(rows.map(({ name, args, comm }) => [name, args, ...(comm === null ? [] : [comm])])).toEqual(EXPECTED);
    expect(rows[0]).toMatchObject({ at: 5_000_001_000, who: [1, 40, 41] });
    expect(rows.at(-1)?.at).toBe(5_000_015_000);
    expect(wall).toBe(String(1_700_000_000_250_000_000n - 5_000_000_000n));
  });

  it('are not those of another program: said with a way out', () => {
    const other = asJson(['1568612347867 python3 listen fd=3']);
    expect(sniff(memorySource(Buffer.from(other))).name).toBe('bpftrace');
    expect(() => rowsOf(other)).toThrow(CaptureError);
  });

  it('count as unreadable when they are not whole, and the rest is read', () => {
    const broken = LINES.map((line, k) => (k % 3 === 1 ? line.slice(0, line.length - 12) : line));
    const { rows, rejected } = rowsOf(asJson([HEADER, ...broken]));
    expect(rejected).toBeGreaterThan(2);
    expect(rows.length).toBeGreaterThan(8);
  });
});

describe('losses', () => {
  it.each([
    ['0.9.3 to 0.23', '{"type": "lost_events", "data": {"events": 3856}}'],
    ['0.24', '{"type": "lost_events", "data": {"events": 3856}, "count": 3856}'],
    ['0.9.2', '{"type":"lost_events","events":3856}'],
    ['text', 'Lost 3856 events'],
  ])('%s', (_, line) => {
    const { rows } = rowsOf(`${asJson([HEADER, ...LINES.slice(0, 3)])}\n${line}\n`);
    expect(rows.at(-1)).toMatchObject({ name: 'lost', args: { count: 3856 }, at: 5_000_003_000 });
  });
});

const ONE = fileURLToPath(new URL('../../fixture/one-load/bpftrace.json.xz', import.meta.url));

describe('damage', () => {
  const whole = Buffer.from(asJson([HEADER, ...LINES, ...LINES, ...LINES]));

  it('ends in rows or a CaptureError, and never otherwise', () => {
    let refused = 0;
    let rejections = 0;
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        fc.nat(whole.length),
        (changes, cut) => {
          const bytes = Buffer.from(cut % 3 === 0 ? whole.subarray(0, cut) : whole);
          for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
          try {
            const reader = bpftrace.open(memorySource(bytes));
            let rows = 0;
            const sorter = new RoundSorter(
              byRow((batch, row) => {
                rows++;
                if (Number.isNaN(batch.at[row])) throw new Error('a row without a time');
              }),
            );
            for (const _ of reader.read(sorter));
            sorter.finish();
            expect(rows).toBeLessThanOrEqual(2 * (bytes.length / 16));
            rejections += reader.totals.rejected;
          } catch (error) {
            if (!(error instanceof CaptureError)) throw error;
            refused++;
          }
        },
      ),
      { seed: 20260301, numRuns: Number(process.env.ACCEPTQ_FUZZ_CASES ?? 10_000) },
    );
    expect(refused).toBeGreaterThan(10);
    expect(rejections).toBeGreaterThan(100);
  }, 600_000);

  it('a store made from it has the lines of the file for places', () =>
    withStoreAsync(async (store) => {
      await takeAny(store, ONE);
      const { unit, most } = store.db
        .prepare('SELECT (SELECT unit FROM captures) AS unit, max(source) AS most FROM events')
        .get() as { unit: string; most: number };
      expect(unit).toBe('line');
      expect(most).toBeGreaterThan(100);
    }));
});

it('the fixture is what xz made of it', () => {
  expect(readFileSync(ONE).subarray(1, 5).toString('latin1')).toBe('7zXZ');
});
