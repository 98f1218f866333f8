// Every decoded event against what `trace-cmd report` prints of the same recording, field by field.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findEventType } from '../../../core/event/event-type.ts';
import { group } from '../../support/needs.ts';
import { type Printed, parseReport, printedArgs, type Report, traceCmdReport } from './report-text.ts';
import { eventsOf, RECORDED, type ReadTrace, type Row, readTrace, TRACE_DAT, traceBytes, traceDatOf } from './rows.ts';

/** Names of instances in the recordings, which begin their lines. */
const BUFFERS = ['f_a', 'f_b', 'one', 'two', 'big', 'over', 'full'];

/** Ours that the report does not print. */
const NOT_PRINTED: Readonly<Record<string, readonly string[]>> = {
  inet_sock_set_state: ['sk'],
  sk_data_ready: ['sk'],
  kfree_skb: ['location'],
};

/** Both sides of one event as text. `commToo`: where no events in the file tell names, both have those of the file's list. */
function show(event: Pick<Row, 'cpu' | 'tid' | 'comm' | 'name' | 'args'>, time: bigint, commToo: boolean): string {
  const { cpu, tid, comm, name, args } = event;
  return JSON.stringify([String(time), cpu, tid, commToo ? comm : null, name, Object.entries(args).sort()]);
}

function ofPrinted(event: Printed, commToo: boolean): string {
  const type = findEventType(event.name);
  const names = type?.args.map(({ name }) => name) ?? [];
  const args = printedArgs(event, names, type?.args.map(({ kind }) => kind) ?? []);
  return show({ ...event, args }, event.time, commToo);
}

function ofOurs(row: Row, shift: bigint, digits: number, commToo: boolean): string {
  const time = (row.time as bigint) + shift;
  const printed = digits === 6 ? ((time + 500n) / 1000n) * 1000n : time;
  const hidden = NOT_PRINTED[row.name] ?? [];
  const args = Object.fromEntries(Object.entries(row.args).filter(([name]) => !hidden.includes(name)));
  return show({ ...row, args }, printed, commToo);
}

/** Our trace against a report of all of it, or of its first events. */
function compare(ours: ReadTrace, report: Report, whole: boolean): void {
  const used = report.events.filter(({ name }) => findEventType(name) !== undefined);
  const commToo = !ours.rows.some(({ name, time }) => name.startsWith('task_') && time !== null);
  const shift = BigInt(ours.info.wallOffset ?? 0);
  const printed = used.map((event) => ofPrinted(event, commToo));
  const digits = used[0]?.digits ?? 9;
  const decoded = eventsOf(ours).map((row) => ofOurs(row, shift, digits, commToo));
  const some = whole ? decoded : decoded.slice(0, printed.length);
  expect(some.length).toBe(printed.length);
  // events of one instant on several CPUs have no order
  const wanted = new Set(printed);
  expect(some.filter((line) => !wanted.has(line)).slice(0, 3)).toEqual([]);
  expect(some.sort()).toEqual(printed.sort());
}

const plain = (name: string): boolean =>
  !/^(function|function-graph|kprobe|raw-syscalls|v6-raw-syscalls|instances-same-events|large-pages)$/.test(name);

group('decoded events equal trace-cmd report', ['trace-cmd'], () => {
  it.each(RECORDED.filter(plain))('%s', (name) => {
    const report = parseReport(traceCmdReport(traceDatOf(name)), BUFFERS);
    const ours = readTrace(traceBytes(name));
    compare(ours, report, true);
    expect(ours.totals).toMatchObject({ records: report.events.length, rejected: 0 });
    expect(ours.outOfOrder).toBe(0);
    const losses = ours.rows.filter(({ name: type }) => type === 'lost' || type === 'lost_unknown');
    expect(losses.map(({ cpu, args }) => ({ cpu, count: args.count ?? null }))).toEqual(report.losses);
  });
});

describe('decoded events equal recorded text of trace-cmd report', () => {
  it.each(['v7-zstd', 'v7-two-instances'])('%s', (name) => {
    const text = readFileSync(join(TRACE_DAT, `${name}.report.txt`), 'latin1');
    const report = parseReport(text, BUFFERS);
    expect(report.events.length).toBeGreaterThan(250);
    compare(readTrace(traceBytes(name)), report, false); // the texts hold the first 300 lines
  });
});
