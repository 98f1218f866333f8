// Reads what `perf script` prints: default lines, -F in its usual variants, --ns, call chains, side-band and header.

import { SyscallArchGuess } from '../../probe/syscall-arch.ts';
import type { Outcome } from '../../probe/text-context.ts';
import { TextEvents } from '../../probe/text-event.ts';
import { latin1 } from '../byte-window.ts';
import { BEFORE_START, type ByteSource, CaptureError } from '../format.ts';
import { isDigit } from '../text/context-line.ts';
import { TextReader } from '../text/text-reader.ts';
import { readScriptHeader } from './header.ts';
import { ScriptLine } from './script-line.ts';
import { isSideBand, readSideBand } from './side-band.ts';

const HASH = 35;
const TAB = 9;
const SPACE = 32;
const COLON = 58;
const CAPITAL_P = 80;
const NUMBER = /raw_syscalls:sys_(?:enter|exit): NR (\d{1,4})\b/;

export class PerfScriptReader extends TextReader {
  private readonly events = new TextEvents(this.context);
  private readonly script = new ScriptLine(this.context);
  /** Number of the last line of the header block. */
  private readonly headerEnd: number;

  constructor(source: ByteSource) {
    super(source, 'perf script');
    const header = readScriptHeader(this.walk);
    this.headerEnd = header?.lastLine ?? 0;
    const highs: number[] = [];
    const guess = new SyscallArchGuess();
    this.survey(() => {
      const { cursor, context } = this;
      if (context.line <= this.headerEnd || !this.script.read(cursor)) return true;
      if (context.clock.high > 0) highs.push(context.clock.high);
      const match = NUMBER.exec(latin1(cursor.bytes.subarray(cursor.at, Math.min(cursor.end, cursor.at + 256))));
      if (match !== null) guess.note(Number(match[1]));
      return true;
    });
    if (highs.length === 0 && header === null) {
      throw new CaptureError(
        source.name,
        1,
        'perf script printed these events without their times',
        'print them again with times: perf script -F comm,pid,tid,cpu,time,event,trace',
        'line',
      );
    }
    this.context.clock.baseOn(highs);
    const { info } = this;
    info.clock = header?.clock ?? 'perf, or as chosen with -k (not in the text)';
    if (header === null) this.events.syscalls.arch = guess.arch;
    else {
      const field = (name: string): string | null => header.fields.get(name)?.trim() || null;
      const version = field('perf version');
      info.tool = version === null ? null : `perf ${version}`;
      info.kernel = field('os release');
      info.arch = field('arch');
      info.host = field('hostname');
      info.cmdline = field('cmdline');
      info.wallOffset = header.wallOffset;
      this.events.syscalls.arch = info.arch === 'aarch64' ? 'aarch64' : info.arch === 'x86_64' ? 'x86_64' : guess.arch;
      for (const event of header.events) if (event.includes(':')) this.addProbe(event);
    }
    this.noteProbes();
  }

  protected line(): Outcome {
    const { cursor, context } = this;
    const first = cursor.peek();
    if (first === HASH || first === TAB || context.line <= this.headerEnd) return null; // the header, and stacks
    if (!this.script.read(cursor)) return this.isBlank() ? null : 'no line of perf script: it has no task and time';
    const { clock } = context;
    context.at = clock.high === 0 && clock.low === 0 ? BEFORE_START : clock.now();
    if (Number.isNaN(context.at)) return 'a time far from all others';
    if (cursor.peek() === CAPITAL_P && isSideBand(cursor)) return readSideBand(cursor, context);
    if (isDigit(cursor.peek())) this.skipPeriod();
    return this.event();
  }

  /** `sock:inet_sock_set_state: payload`; the first `: ` ends the name. */
  private event(): Outcome {
    const { cursor } = this;
    const { bytes, at: from, end } = cursor;
    let name = from;
    let at = from;
    for (; at < end && bytes[at] !== SPACE; at++) {
      if (bytes[at] !== COLON) continue;
      if (at + 1 === end || bytes[at + 1] === SPACE) break;
      if (name === from) name = at + 1;
    }
    if (at === end) return 'an event without a text: the line was cut';
    if (bytes[at] !== COLON) return null;
    cursor.at = at + 1;
    cursor.skipSpaces();
    return this.events.named(cursor, name, at);
  }

  /** With -F period, how often the event happened stands before it. */
  private skipPeriod(): void {
    const { cursor } = this;
    const from = cursor.at;
    cursor.decimal();
    if (cursor.peek() === SPACE) cursor.skipSpaces();
    else cursor.at = from;
  }

  private isBlank(): boolean {
    const { bytes, end } = this.cursor;
    for (let at = this.walk.start; at < end; at++) if (bytes[at] !== SPACE) return false;
    return true;
  }
}
