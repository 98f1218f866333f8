// Random damage to texts of every dialect: reading ends soon, with rows that make sense or a CaptureError, and never otherwise.
import { describe, expect, it } from 'vitest';
import { EventBatch } from '../../../core/event/event-batch.ts';
import { EVENT_TYPES } from '../../../core/event/event-type.ts';
import { CaptureError, type CaptureFormat } from '../../../ingest/format/format.ts';
import { perfScript } from '../../../ingest/format/perf-script/format.ts';
import { strace } from '../../../ingest/format/strace/format.ts';
import { traceCmdReport } from '../../../ingest/format/trace-cmd-report/format.ts';
import { tracefsText } from '../../../ingest/format/tracefs-text/format.ts';
import { memorySource } from '../perf-data/bytes.ts';
import { textOf, textsOf } from './read-text.ts';

const CASES = Number(process.env.ACCEPTQ_FUZZ_CASES ?? 24_000);
const FORMATS: readonly (readonly [folder: string, format: CaptureFormat])[] = [
  ['tracefs', tracefsText],
  ['perf-script', perfScript],
  ['trace-cmd', traceCmdReport],
  ['strace', strace],
];

/** A small generator of its own, so that a case can be found again by its number. */
function chance(seed: number): (below: number) => number {
  let state = (seed * 2654435761) >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** What readers look for, put where it does not belong. */
const WORDS = [
  ' [',
  '] ',
  '-',
  '-1 ',
  ': ',
  '(',
  ')',
  '<',
  '>',
  '"',
  '\\',
  '=',
  '|',
  '{',
  '}',
  '/*',
  '*/',
  '0x',
  ' = ',
  '\n',
  '\r',
  '\x1b[',
  '\0',
  '\xff',
  '99999999999999999999',
  ' -> ',
  ' <-',
  '<unfinished ...>',
  '<... accept4 resumed>',
  '+++ exited',
  'CPU:1 [LOST ',
  'NR 50 (',
  'strace: Process 1 attached',
  'PERF_RECORD_COMM: ',
  ' child_pid=',
  'ARRAY[',
  '# tracer: function_graph\n',
  '# ========\n',
  '::',
  'sk=',
];

function damaged(lines: readonly string[], next: (below: number) => number): Buffer {
  const from = next(lines.length);
  let text = lines.slice(from, from + 1 + next(12)).join('\n');
  for (let changes = 1 + next(6); changes > 0; changes--) {
    const at = next(text.length + 1);
    switch (next(6)) {
      case 0: {
        const bit = String.fromCharCode((text.charCodeAt(at) || 0) ^ (1 << next(8)));
        text = text.slice(0, at) + bit + text.slice(at + 1);
        break;
      }
      case 1:
        text = text.slice(0, at);
        break;
      case 2:
        text = text.slice(0, at) + text.slice(at + 1 + next(40));
        break;
      case 3:
        text = text.slice(0, at) + WORDS[next(WORDS.length)] + text.slice(at);
        break;
      case 4: {
        const other = lines[next(lines.length)];
        text = text.slice(0, at) + other.slice(next(other.length + 1)) + text.slice(at + next(20));
        break;
      }
      default:
        text = text.slice(0, at) + WORDS[next(WORDS.length)].repeat(1 + next(50)) + text.slice(at);
    }
  }
  return Buffer.from(text, 'latin1');
}

const batch = new EventBatch(64);

/** Reads with one format, whether or not it would be chosen. Returns the number of rows; -1 for a refusal. */
function read(format: CaptureFormat, bytes: Uint8Array): number {
  batch.clear();
  format.sniff(bytes.subarray(0, 4096));
  let reader: ReturnType<CaptureFormat['open']>;
  try {
    reader = format.open(memorySource(bytes));
    for (const _ of reader.read({ rows: batch, endRound: () => undefined, releaseBefore: () => undefined }));
  } catch (error) {
    if (error instanceof CaptureError) return -1;
    throw error;
  }
  const { addresses, endpoints, strings } = reader.dictionaries;
  const sizes: Record<string, number> = {
    socket: addresses.entries.length,
    address: addresses.entries.length,
    endpoint: endpoints.length,
    string: strings.entries.length,
  };
  const { totals } = reader;
  const lines = bytes.filter((byte) => byte === 10).length + 1;
  const wrong: string[] = [];
  const check = (what: string, holds: boolean): void => {
    if (!holds) wrong.push(what);
  };
  check('records', totals.records <= lines && totals.ignored + totals.rejected <= totals.records);
  check('rows', batch.length <= 6 * lines);
  for (let row = 0; row < batch.length; row++) {
    const at = batch.at[row];
    check(`time ${at}`, at === Number.NEGATIVE_INFINITY || Number.isSafeInteger(at));
    check('line', batch.source[row] >= 1 && batch.source[row] <= lines);
    check('comm', batch.comm[row] === -1 || (batch.comm[row] >= 1 && batch.comm[row] <= sizes.string));
    check('task', batch.pid[row] >= -1 && batch.tid[row] >= -1 && batch.cpu[row] >= -1);
    EVENT_TYPES[batch.type[row]].args.forEach(({ kind, name }, k) => {
      const value = batch.args[k][row];
      const most = sizes[kind] ?? Number.MAX_SAFE_INTEGER;
      const least = kind in sizes ? 1 : Number.MIN_SAFE_INTEGER;
      check(`${name} ${value}`, Number.isNaN(value) || (Number.isInteger(value) && value >= least && value <= most));
    });
  }
  if (wrong.length > 0) throw new Error(wrong.slice(0, 3).join(', '));
  return batch.length;
}

describe('damaged texts', () => {
  it.each(FORMATS)('of %s', (folder, format) => {
    const lines = textsOf(folder).flatMap((name) => textOf(folder, name).split('\n').slice(0, 400));
    const seen = { refused: 0, rows: 0, empty: 0 };
    for (let seed = 1; seed <= CASES / FORMATS.length; seed++) {
      const bytes = damaged(lines, chance(seed));
      try {
        const rows = read(format, bytes);
        if (rows < 0) seen.refused++;
        else if (rows > 0) seen.rows++;
        else seen.empty++;
      } catch (error) {
        throw new Error(`case ${seed}: ${JSON.stringify(bytes.toString('latin1'))}`, { cause: error });
      }
    }
    expect(seen.rows).toBeGreaterThan(CASES / FORMATS.length / 10);
  });

  it.each(FORMATS)('of %s read as those of others', (folder) => {
    const lines = textsOf(folder).flatMap((name) => textOf(folder, name).split('\n').slice(0, 100));
    for (const [other, format] of FORMATS) {
      if (other === folder) continue;
      for (let seed = 1; seed <= CASES / 24; seed++) read(format, damaged(lines, chance(seed)));
    }
  });

  /** Lines long enough that what is quadratic would not end. */
  it.each([
    '[',
    ' [1] ',
    'a<[>',
    'a<"',
    '"',
    '(',
    ')',
    '|',
    ' | ',
    '{',
    '=',
    'a=',
    ' a=1',
    ': ',
    'f: ',
    '-1 [',
    ' 1 ',
    '0) ',
    '<... ',
    '/*',
    '__',
    'clone(',
    '[0] 1ms (',
    ' pid=',
    '\\',
    '9',
    ' ',
    'x',
    '->',
    '<',
  ])('with a line of %j only', (unit) => {
    const long = unit.repeat(Math.floor(250_000 / unit.length));
    const starts = [
      '',
      '             srv-42      [001] .....     7.000001: sys_execve(filename: 0x1 ',
      '             srv-42    [001]  7.000001: kfree_skb: ',
      ' 0)               |  ',
      '7 15:00:00 accept4(',
      '            srv    42 [001]     7.000001: probe:inet_listen: (',
      '# ',
    ];
    for (const [, format] of FORMATS)
      for (const start of starts)
        expect(read(format, Buffer.from(`${start}${long}\n${start}x\n`, 'latin1'))).toBeLessThan(20);
  });
});
