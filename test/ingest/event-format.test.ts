// Event format texts: those of a real kernel (6.18, fixture/event-format), and ones that lie.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Dictionaries } from '../../core/event/dictionary.ts';
import { EventBatch } from '../../core/event/event-batch.ts';
import { type EventFormat, parseEventFormat, symbolsOf } from '../../ingest/format/event-format/parse.ts';
import { compileTracepoint } from '../../ingest/probe/tracepoint.ts';

const FOLDER = fileURLToPath(new URL('../fixture/event-format/', import.meta.url));
const NAMES = readdirSync(FOLDER).map((file) => file.replace('.format', ''));

function real(name: string): EventFormat {
  const [system] = name.split('__');
  const format = parseEventFormat(system, readFileSync(`${FOLDER}${name}.format`, 'latin1'));
  if (format === null) throw new Error(`${name} cannot be read`);
  return format;
}

const COMMON = `\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n`;
const text = (fields: string, head = 'name: x\nID: 5\nformat:\n'): string =>
  `${head}${COMMON}\n${fields}\nprint fmt: ""\n`;
const field = (declaration: string, offset: number | string, size: number | string): string =>
  `\tfield:${declaration};\toffset:${offset};\tsize:${size};\tsigned:0;\n`;

describe('formats of a real kernel', () => {
  it.each(NAMES)('%s has a field for every line, one behind the other', (name) => {
    const lines = readFileSync(`${FOLDER}${name}.format`, 'latin1').match(/^\tfield:/gm)?.length;
    const { fields } = real(name);
    expect(fields.length).toBe(lines);
    fields.slice(1).forEach((each, i) => {
      expect(each.offset).toBeGreaterThanOrEqual(fields[i].offset + fields[i].size);
    });
    expect(fields[0]).toEqual({ name: 'common_type', type: 'unsigned short', offset: 0, size: 2, signed: false });
    expect(fields[3]).toMatchObject({ name: 'common_pid', type: 'int', offset: 4, size: 4, signed: true });
  });

  it('have names, ids and the declarations of C', () => {
    const state = real('sock__inet_sock_set_state');
    expect([state.system, state.name, state.id]).toEqual(['sock', 'inet_sock_set_state', 2287]);
    const types = Object.fromEntries(state.fields.map(({ name, type }) => [name, type]));
    expect(types).toMatchObject({ skaddr: 'const void *', oldstate: 'int', sport: '__u16', saddr_v6: '__u8[16]' });
    const raw = real('raw_syscalls__sys_enter').fields.find(({ name }) => name === 'args');
    expect(raw).toEqual({ name: 'args', type: 'unsigned long[6]', offset: 16, size: 48, signed: false });
    const reason = real('skb__kfree_skb').fields.find(({ name }) => name === 'reason');
    expect(reason).toMatchObject({ type: 'enum skb_drop_reason', offset: 36, size: 4 });
  });

  it('name their values', () => {
    const state = real('sock__inet_sock_set_state');
    expect([...symbolsOf(state, 'family')]).toEqual([
      [2, 'AF_INET'],
      [10, 'AF_INET6'],
    ]);
    expect(symbolsOf(state, 'newstate').get(12)).toBe('TCP_NEW_SYN_RECV');
    expect(symbolsOf(state, 'oldstate').size).toBe(12);
    const reasons = symbolsOf(real('skb__kfree_skb'), 'reason');
    expect(reasons.get(2)).toBe('NOT_SPECIFIED');
    expect([...reasons.values()]).toContain('TCP_LISTEN_OVERFLOW');
    expect(symbolsOf(real('sched__sched_switch'), 'prev_state').size).toBe(0); // flags, not names
    expect(symbolsOf(state, 'skaddr').size).toBe(0);
    expect(symbolsOf(state, 'no_such_field').size).toBe(0);
  });
});

describe('declarations', () => {
  it.each([
    ['int fd', 'fd', 'int'],
    ['const void * skaddr', 'skaddr', 'const void *'],
    ['char *name', 'name', 'char *'],
    ['__u8 saddr[4]', 'saddr', '__u8[4]'],
    ['char comm[TASK_COMM_LEN]', 'comm', 'char[TASK_COMM_LEN]'],
    ['__u8 saddr[sizeof(struct sockaddr_in6)]', 'saddr', '__u8[sizeof(struct sockaddr_in6)]'],
    ['__data_loc char[] name', 'name', '__data_loc char[]'],
    ['__rel_loc char[] name', 'name', '__rel_loc char[]'],
    ['enum skb_drop_reason reason', 'reason', 'enum skb_drop_reason'],
    ['unsigned  int   value ', 'value', 'unsigned  int'],
  ])('%s', (declaration, name, type) => {
    const format = parseEventFormat('s', text(field(declaration, 8, 4)));
    expect(format?.fields[1]).toEqual({ name, type, offset: 8, size: 4, signed: false });
  });
});

describe('formats that lie', () => {
  it.each([
    ['nothing', ''],
    ['no name', text('', 'ID: 5\nformat:\n')],
    ['no id', text('', 'name: x\nformat:\n')],
    ['an id that is no number', text('', 'name: x\nID: five\nformat:\n')],
    ['an id that is no integer', text('', 'name: x\nID: 5.5\nformat:\n')],
    ['a field without a name', text(field('', 8, 4))],
    ['a field of brackets', text(field('[[[]]]', 8, 4))],
    ['a field without an offset', text('\tfield:int fd;\tsize:4;\tsigned:0;\n')],
    ['a field at a negative offset', text(field('int fd', -8, 4))],
    ['zeros for a field', text('\0\0\0\0d:int fd;\toffset:8;\tsize:4;\tsigned:0;\n')],
  ])('%s: no format, rather than one with a hole', (_, lie) => {
    expect(parseEventFormat('s', lie)).toBeNull();
  });

  it.each([
    [4294967296, 8],
    [8, 4294967296],
    ['9'.repeat(400), 8],
    [65536, 1],
  ])('a field at %s of %s bytes is never read', (offset, size) => {
    const format = parseEventFormat('s', text(field('int fd', offset, size)));
    expect(format?.fields.some(({ name }) => name === 'fd') ?? false).toBe(false);
  });

  it('does not keep more fields than an event can have', () => {
    const many = Array.from({ length: 10_000 }, (_, i) => field(`int f${i}`, 8, 4)).join('');
    expect(parseEventFormat('s', text(many))?.fields.length ?? 0).toBeLessThanOrEqual(256);
  });

  it('value names without an end are read as far as they go', () => {
    const head =
      'name: x\nID: 5\nformat:\nprint fmt: "%s", __print_symbolic(REC->reason, { 1, "ONE" }, { 0x2, "TWO" }, { 3, "THR';
    const format = parseEventFormat('s', head);
    expect(format).not.toBeNull();
    if (format !== null)
      expect([...symbolsOf(format, 'reason')]).toEqual([
        [1, 'ONE'],
        [2, 'TWO'],
      ]);
  });
});

describe('a decoder made from a format', () => {
  const sizes = [0, 1, 2, 3, 4, 5, 7, 8, 16, 28, 64];
  const EVENTS: readonly (readonly [system: string, name: string, field: string])[] = [
    ['sock', 'inet_sock_set_state', 'const void * skaddr'],
    ['sock', 'inet_sock_set_state', 'int oldstate'],
    ['tcp', 'tcp_send_reset', '__u8 saddr[28]'],
    ['skb', 'kfree_skb', 'enum skb_drop_reason reason'],
    ['skb', 'kfree_skb', 'void * location'],
    ['syscalls', 'sys_enter_bind', 'struct sockaddr * umyaddr'],
    ['syscalls', 'sys_exit_accept', 'long ret'],
  ];

  it.each(EVENTS)('%s:%s stays within a record whatever the size of %s', (system, name, declaration) => {
    for (const littleEndian of [true, false]) {
      for (const size of sizes) {
        const head = `name: ${name}\nID: 5\nformat:\n`;
        const format = parseEventFormat(system, text(field(declaration, 8, size), head));
        if (format === null) throw new Error('it is a format');
        const decoder = compileTracepoint(format, littleEndian, new Dictionaries());
        if (decoder === null) throw new Error('it is an event of ours');
        expect(decoder.minimumSize).toBe(8 + size);
        const rows = new EventBatch(1);
        const row = rows.push(0, decoder.type.code, 0, 1, 1, 0);
        for (const byte of [0, 2, 255]) {
          const view = new DataView(new Uint8Array(decoder.minimumSize).fill(byte).buffer);
          expect(() => decoder.decode(view, 0, rows, row), `size ${size}, bytes ${byte}`).not.toThrow();
        }
      }
    }
  });

  it('is not made for events of other systems or names', () => {
    const head = 'name: sk_data_ready\nID: 5\nformat:\n';
    const format = parseEventFormat('net', text('', head));
    expect(format).not.toBeNull();
    expect(format === null ? null : compileTracepoint(format, true, new Dictionaries())).toBeNull();
    expect(compileTracepoint(real('sched__sched_switch'), true, new Dictionaries())).toBeNull();
    expect(compileTracepoint(real('raw_syscalls__sys_enter'), true, new Dictionaries())).toBeNull();
  });
});
