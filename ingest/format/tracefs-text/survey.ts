// A first look at the text: which of tracefs's line formats it has, where its columns are, its clock, its machine.

import { SyscallArchGuess } from '../../probe/syscall-arch.ts';
import type { TextContext } from '../../probe/text-context.ts';
import type { TextGraph } from '../../probe/text-graph.ts';
import { latin1 } from '../byte-window.ts';
import type { ContextLine } from '../text/context-line.ts';
import type { LatencyLine } from '../text/latency-line.ts';
import type { TextCursor } from '../text/text-cursor.ts';
import { readHeaderLine } from './header.ts';

/** How lines begin. `bare`: context-info is off, lines are events alone. */
export type LineFormat = 'default' | 'latency' | 'verbose latency' | 'graph' | 'bare';

/** Why a text has no events to read: what it is instead, and what to do. */
export interface Refusal {
  readonly line: number;
  readonly message: string;
  readonly next: string;
}

const RAW = /^ *\d+ \d+ \d+ type: \d+/;
const HEX = /^[0-9a-f]{8} [0-9a-f]{8} [0-9a-f]{16} type: \d+/;
const BARE = /^(?:sys_\w+\(|sys_\w+ -> |[a-z_]\w*: )/;
const NUMBER = /^(?:sys_enter|sys_exit): NR (\d{1,4})\b/;
const PROFILE = /^ *Function +Hit +Time/;
const TURN_OFF = (option: string): string => `turn it off and save the trace again: echo 0 > options/${option}`;

export class Survey {
  format: LineFormat = 'default';
  refusal: Refusal | null = null;
  /** The first time was printed without a dot. */
  ticks = false;
  timed = true;
  readonly highs: number[] = [];
  private readonly counts = { default: 0, latency: 0, 'verbose latency': 0, graph: 0, bare: 0 };
  private readonly columns = new Map<number, number>();
  private readonly arch = new SyscallArchGuess();
  private times = 0;
  private raw: Refusal | null = null;

  /** Looks at one line. */
  look(
    cursor: TextCursor,
    context: TextContext,
    lines: { bracket: ContextLine; latency: LatencyLine; graph: TextGraph },
  ): void {
    const { at } = cursor;
    const { bytes, end } = cursor;
    if (at >= end) return;
    if (bytes[at] === 35) {
      if (readHeaderLine(cursor)?.kind === 'histogram') this.refuse(context.line, HISTOGRAM);
      return;
    }
    lines.bracket.column = -1;
    if (lines.bracket.read(cursor)) {
      this.found('default', context);
      const { column } = lines.bracket;
      if (column >= 0) this.columns.set(column, (this.columns.get(column) ?? 0) + 1);
      this.noteNumber(cursor);
      return;
    }
    cursor.at = at;
    if (lines.latency.read(cursor)) {
      this.found('latency', context);
      return;
    }
    cursor.at = at;
    if (lines.latency.readVerbose(cursor)) {
      this.found('verbose latency', context);
      return;
    }
    cursor.at = at;
    if (lines.graph.isLine(cursor)) {
      this.counts.graph++;
      if (context.clock.high !== 0 && bytes.subarray(at, end).indexOf(124) < bytes.subarray(at, end).indexOf(41))
        this.found('graph', context);
      return;
    }
    const text = latin1(bytes.subarray(at, Math.min(end, at + 256)));
    if (RAW.test(text)) this.raw ??= { line: context.line, ...NUMBERS('raw') };
    else if (HEX.test(text)) this.raw ??= { line: context.line, ...NUMBERS('hex') };
    else if (PROFILE.test(text)) this.refuse(context.line, FUNCTION_PROFILE);
    else if (BARE.test(text)) this.counts.bare++;
  }

  /** Draws the conclusions, and tells the readers of lines. */
  conclude(context: TextContext, bracket: ContextLine): void {
    const { counts } = this;
    const best = Math.max(...Object.values(counts));
    const order: LineFormat[] = ['default', 'latency', 'verbose latency', 'graph', 'bare'];
    this.format = order.find((format) => counts[format] === best) ?? 'default';
    if (this.format === 'bare' && counts.default + counts.latency + counts.graph > 0) this.format = 'default';
    if (best === 0 && this.raw !== null) this.refusal ??= this.raw;
    let most = 0;
    bracket.column = -1;
    for (const [column, count] of this.columns) {
      if (count <= most) continue;
      most = count;
      bracket.column = column;
    }
    this.timed = this.times > 0;
    context.clock.timed = this.timed;
    context.clock.baseOn(this.highs);
  }

  get machine(): 'x86_64' | 'aarch64' {
    return this.arch.arch;
  }

  private found(format: LineFormat, context: TextContext): void {
    this.counts[format]++;
    if (this.times++ === 0) this.ticks = context.clock.ticks;
    this.highs.push(context.clock.high);
  }

  private refuse(line: number, what: Omit<Refusal, 'line'>): void {
    this.refusal ??= { line, ...what };
  }

  private noteNumber({ bytes, at, end }: TextCursor): void {
    if (bytes[at] !== 115) return;
    const match = NUMBER.exec(latin1(bytes.subarray(at, Math.min(end, at + 24))));
    if (match !== null) this.arch.note(Number(match[1]));
  }
}

const HISTOGRAM = {
  message: "this is the output of a hist trigger: sums of events, without the events' times",
  next: 'record the events themselves: save the file trace, not events/*/*/hist',
};
const FUNCTION_PROFILE = {
  message: 'this is a function profile: sums of calls, without their times',
  next: 'use the function or function_graph tracer, and save the file trace',
};
const NUMBERS = (option: string) => ({
  message: `the trace was printed with the option ${option}: numbers whose meaning is not in the text`,
  next: TURN_OFF(option),
});
