// Addresses of tracepoints that have no family, as Linux 5.10 prints the format of tcp_retransmit_skb.
import { expect, it } from 'vitest';
import { Dictionaries } from '../../../core/event/dictionary.ts';
import { EventBatch } from '../../../core/event/event-batch.ts';
import { parseEventFormat } from '../../../ingest/format/event-format/parse.ts';
import { compileTracepoint } from '../../../ingest/probe/tracepoint.ts';

const FIELDS = [
  'unsigned short common_type;	offset:0;	size:2;	signed:0;',
  'unsigned char common_flags;	offset:2;	size:1;	signed:0;',
  'unsigned char common_preempt_count;	offset:3;	size:1;	signed:0;',
  'int common_pid;	offset:4;	size:4;	signed:1;',
  'const void * skbaddr;	offset:8;	size:8;	signed:0;',
  'const void * skaddr;	offset:16;	size:8;	signed:0;',
  'int state;	offset:24;	size:4;	signed:1;',
  '__u16 sport;	offset:28;	size:2;	signed:0;',
  '__u16 dport;	offset:30;	size:2;	signed:0;',
  '__u8 saddr[4];	offset:32;	size:4;	signed:0;',
  '__u8 daddr[4];	offset:36;	size:4;	signed:0;',
  '__u8 saddr_v6[16];	offset:40;	size:16;	signed:0;',
  '__u8 daddr_v6[16];	offset:56;	size:16;	signed:0;',
];
const TEXT = `name: tcp_retransmit_skb\nID: 1306\nformat:\n${FIELDS.map((field) => `\tfield:${field}\n`).join('')}\nprint fmt: ""\n`;

const LOOPBACK4 = '7f000001';
const mapped = (v4: string): string => `00000000000000000000ffff${v4}`;
const LOOPBACK6 = '00000000000000000000000000000001';

it.each([
  ['IPv4: both forms agree', [LOOPBACK4, LOOPBACK4, mapped(LOOPBACK4), mapped(LOOPBACK4)], ['127.0.0.1', '127.0.0.1']],
  // what stands in the place of the IPv4 address of an IPv6 socket means nothing
  ['IPv6', ['7f000006', '7f000006', LOOPBACK6, '20010db8000000000000000000000007'], ['::1', '2001:db8::7']],
])('%s', (_, addresses, expected) => {
  const format = parseEventFormat('tcp', TEXT);
  if (format === null) throw new Error('the format can be read');
  const dictionaries = new Dictionaries();
  const decoder = compileTracepoint(format, true, dictionaries);
  const head = '1a05000000000000' + '00112233448888ff' + '00112233448888ff' + '02000000' + '5000' + '901f';
  const record = Buffer.from(head + addresses.join(''), 'hex');
  const rows = new EventBatch();
  const row = rows.push(0, 0, 0, 0, 0, 0);
  decoder?.decode(new DataView(record.buffer, record.byteOffset, record.length), 0, rows, row);
  const ends = [2, 3].map((k) => dictionaries.endpoints.get(rows.args[k][row]));
  expect(ends.map(({ address, port }) => [address, port])).toEqual([
    [expected[0], 80],
    [expected[1], 8080],
  ]);
});
