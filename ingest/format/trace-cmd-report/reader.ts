// Reads what `trace-cmd report` prints: default, -t, -l and -R, of one buffer or several, with its plugins for functions.

import { SyscallArchGuess } from '../../probe/syscall-arch.ts';
import type { Outcome } from '../../probe/text-context.ts';
import { TextEvents } from '../../probe/text-event.ts';
import { nameEnd } from '../../probe/text-functions.ts';
import { TextGraph } from '../../probe/text-graph.ts';
import { latin1 } from '../byte-window.ts';
import type { ByteSource } from '../format.ts';
import { asciiBytes } from '../text/byte-table.ts';
import { ContextLine } from '../text/context-line.ts';
import { LatencyLine } from '../text/latency-line.ts';
import { readLoss } from '../text/loss-line.ts';
import { TextReader } from '../text/text-reader.ts';
import { BufferPrefix } from './buffer-prefix.ts';

const SPACE = 32;
const HASH = 35;
const EQUALS = 61;
const F = 102;
const OPEN_PAREN = 40;
const PLUS = 43;
const NUMBER = /^sys_(?:enter|exit): +NR (\d{1,4})\b/;
/** Lines that are no events. */
const NOTICE = /^(?:cpus=\d+|version = \S+|CPU \d+ is empty|trace-cmd:.*|-+)$/;
const LONGEST_NOTICE = 256;
/** tools/lib/traceevent prints names as `%16s`, and as `%8.8s` in the latency format. */
const NAME_COLUMNS = 16;
const LATENCY_COLUMNS = 8;
/** `file: buffer: ` */
const MOST_PREFIXES = 2;
const OTHER_SHAPE = 'no line of trace-cmd report: it has no task, CPU and time';

const FUNCTION = asciiBytes('function:');
const FUNCGRAPH_ENTRY = asciiBytes('funcgraph_entry:');
const FUNCGRAPH_EXIT = asciiBytes('funcgraph_exit:');

export class TraceCmdReportReader extends TextReader {
  private readonly events = new TextEvents(this.context);
  private readonly graph = new TextGraph(this.context, this.events);
  private readonly bracket = new ContextLine(this.context);
  private readonly latency = new LatencyLine(this.context);
  private readonly prefix = new BufferPrefix();
  private ticks = false;
  /** The line was of the latency format. */
  private isLatency = false;

  constructor(source: ByteSource) {
    super(source, 'trace-cmd report');
    const highs: number[] = [];
    const columns = new Map<number, number>();
    const guess = new SyscallArchGuess();
    this.survey(() => {
      const { cursor, context, bracket } = this;
      bracket.column = -1;
      if (!this.begins()) return true;
      if (highs.length === 0) this.ticks = context.clock.ticks;
      highs.push(context.clock.high);
      columns.set(bracket.column, (columns.get(bracket.column) ?? 0) + 1);
      const match = NUMBER.exec(latin1(cursor.bytes.subarray(cursor.at, Math.min(cursor.end, cursor.at + 64))));
      if (match !== null) guess.note(Number(match[1]));
      return true;
    });
    const most = Math.max(...columns.values());
    this.bracket.column = [...columns].find(([, count]) => count === most)?.[0] ?? -1;
    this.context.clock.baseOn(highs);
    this.events.syscalls.arch = guess.arch;
    this.info.tool = 'trace-cmd';
    this.info.clock = this.ticks ? 'integer ticks (unit unknown)' : 'trace_clock (not named in the text)';
    this.noteProbes();
  }

  protected line(): Outcome {
    const { cursor, context } = this;
    if (cursor.peek() === HASH) return null;
    const from = cursor.at;
    if (!this.begins()) {
      cursor.at = from;
      return this.noEvent();
    }
    const { clock } = context;
    if (clock.ticks !== this.ticks) return 'a time in another unit than the first one';
    context.at = clock.now();
    if (Number.isNaN(context.at)) return 'a time far from all others';
    if (cursor.peek() === OPEN_PAREN && cursor.bytes[cursor.at + 1] === PLUS) {
      cursor.skipPast(SPACE); // the (+77) of --ts-diff
      cursor.skipSpaces();
    }
    return cursor.peek() === F ? this.function() : this.events.decode(cursor);
  }

  /** Reads the start of an event's line. Names have columns of their own: what is wider has a prefix, or two, in front. */
  private begins(): boolean {
    const { cursor, prefix } = this;
    const from = cursor.at;
    if (cursor.peek() === SPACE) return this.beginsAt(from);
    const same = prefix.same(cursor);
    if (same >= 0 && this.beginsAt(same) && this.fits(same)) return true;
    let widest = -1;
    for (let start = from, count = 0; start >= 0 && count <= MOST_PREFIXES; count++) {
      if (this.beginsAt(start)) {
        if (this.fits(start)) {
          if (start > from) prefix.keep(cursor, from, start);
          return true;
        }
        widest = start;
      }
      start = prefix.next(cursor, start);
    }
    cursor.at = from;
    return widest >= 0 && this.beginsAt(widest);
  }

  private beginsAt(start: number): boolean {
    const { cursor } = this;
    cursor.at = start;
    this.isLatency = false;
    if (this.bracket.read(cursor)) return true;
    cursor.at = start;
    this.isLatency = true;
    return this.latency.read(cursor);
  }

  /** Whether the name of the line just read is no wider than trace-cmd prints names. */
  private fits(start: number): boolean {
    const { isLatency, latency, bracket } = this;
    return isLatency ? latency.nameEnd - start <= LATENCY_COLUMNS : bracket.nameEnd - start <= NAME_COLUMNS;
  }

  private noEvent(): Outcome {
    const { cursor, context } = this;
    const from = cursor.at;
    if (readLoss(cursor, context)) return undefined;
    cursor.at = this.prefix.next(cursor, from);
    if (cursor.at > from && readLoss(cursor, context)) return undefined;
    cursor.at = from;
    cursor.skipSpaces();
    const { bytes, at, end } = cursor;
    if (at === end || (bytes[at] === EQUALS && bytes[at + 1] === 62)) return null;
    return end - from <= LONGEST_NOTICE && NOTICE.test(latin1(bytes.subarray(from, end))) ? null : OTHER_SHAPE;
  }

  /** Events of ftrace itself: `function:  inet_listen <-- __sys_listen`, `funcgraph_entry:  + 1.2 us  |  inet_listen();`. */
  private function(): Outcome {
    const { cursor } = this;
    const from = cursor.at;
    if (this.take(FUNCTION)) {
      const { bytes, at, end } = cursor;
      return this.events.functions.traced(cursor, at, nameEnd(bytes, at, end));
    }
    if (this.take(FUNCGRAPH_ENTRY) || this.take(FUNCGRAPH_EXIT)) return this.graph.body(cursor, true);
    cursor.at = from;
    return this.events.decode(cursor);
  }

  private take(word: Uint8Array): boolean {
    const { cursor } = this;
    const { bytes, at, end } = cursor;
    if (at + word.length > end) return false;
    for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word[i]) return false;
    cursor.at = at + word.length;
    cursor.skipSpaces();
    return true;
  }
}
