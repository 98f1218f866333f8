// raw_syscalls records, byte by byte: the call is told by its number, arguments by their C types.
import { describe, expect, it } from 'vitest';
import { EventBatch } from '../../../core/event/event-batch.ts';
import { type EventFormat, parseEventFormat } from '../../../ingest/format/event-format/parse.ts';
import { compileRawSyscall, type RawSyscallDecoder } from '../../../ingest/probe/raw-syscalls.ts';
import { type SyscallTable, syscallTable } from '../../../ingest/probe/syscall-table.ts';

const X86_64 = syscallTable('x86_64') as SyscallTable;

function formatOf(name: string, long: 4 | 8): EventFormat {
  const values =
    name === 'sys_enter'
      ? `unsigned long args[6];\toffset:${8 + long};\tsize:${6 * long}`
      : `long ret;\toffset:${8 + long};\tsize:${long}`;
  const text = `name: ${name}\nID: 9\nformat:\n\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n\tfield:long id;\toffset:8;\tsize:${long};\tsigned:1;\n\tfield:${values};\tsigned:0;\n`;
  return parseEventFormat('raw_syscalls', text) as EventFormat;
}

describe.each([
  { big: false, long: 8 as const },
  { big: true, long: 8 as const },
  { big: false, long: 4 as const },
  { big: true, long: 4 as const },
])('long of $long bytes, big-endian $big', ({ big, long }) => {
  const write = (view: DataView, at: number, value: bigint): void => {
    if (long === 8) view.setBigUint64(at, BigInt.asUintN(64, value), !big);
    else view.setUint32(at, Number(BigInt.asUintN(32, value)), !big);
  };
  const record = (number: bigint, ...values: bigint[]): DataView => {
    const view = new DataView(new ArrayBuffer(8 + 7 * long));
    for (const [k, value] of [number, ...values].entries()) write(view, 8 + k * long, value);
    return view;
  };
  const decode = (name: string, view: DataView): unknown => {
    const decoder = compileRawSyscall(formatOf(name, long), X86_64, !big) as RawSyscallDecoder;
    const type = decoder.typeOf(view, 0);
    if (type === undefined) return undefined;
    const batch = new EventBatch(1);
    const row = batch.push(0, type.code, 0, 0, 0, 0);
    decoder.decode(type, view, 0, batch, row);
    return [type.name, ...type.args.map((_, k) => batch.args[k][row])];
  };

  it('entries', () => {
    expect(decode('sys_enter', record(50n, 3n, -1n))).toEqual(['sys_enter_listen', 3, -1]);
    expect(decode('sys_enter', record(288n, 4n, 0n, 5n, 0x80800n))).toEqual(['sys_enter_accept4', 4, 0, 1, 0x80800]);
    expect(decode('sys_enter', record(436n, 3n, 0xffffffffn, 0n))).toEqual(['sys_enter_close_range', 3, 0xffffffff, 0]);
    expect(decode('sys_enter', record(57n))).toEqual(['sys_enter_fork']);
    // the upper half of a register means nothing to an int
    if (long === 8) expect(decode('sys_enter', record(3n, 0x5500000007n))).toEqual(['sys_enter_close', 7]);
    if (long === 8)
      expect(decode('sys_enter', record(72n, 1n, 2n, 1n << 60n))).toEqual(['sys_enter_fcntl', 1, 2, Number.NaN]);
  });

  it('exits', () => {
    expect(decode('sys_exit', record(288n, -11n))).toEqual(['sys_exit_accept4', -11]);
    expect(decode('sys_exit', record(41n, 7n))).toEqual(['sys_exit_socket', 7]);
  });

  it('calls of no use, and numbers of no call', () => {
    for (const number of [0n, 1n, 400n, 1023n, 1024n, 100000n, -1n])
      expect(decode('sys_enter', record(number))).toBe(undefined);
  });
});

describe('formats', () => {
  it('that lack what every kernel has are refused', () => {
    const good = formatOf('sys_enter', 8);
    expect(compileRawSyscall(good, X86_64, true)).not.toBe(null);
    expect(compileRawSyscall({ ...good, system: 'syscalls' }, X86_64, true)).toBe(null);
    expect(compileRawSyscall({ ...good, name: 'sys_other' }, X86_64, true)).toBe(null);
    expect(compileRawSyscall({ ...good, fields: good.fields.slice(0, 2) }, X86_64, true)).toBe(null);
    const narrow = good.fields.map((field) => (field.name === 'args' ? { ...field, size: 40 } : field));
    expect(compileRawSyscall({ ...good, fields: narrow }, X86_64, true)).toBe(null);
  });
});
