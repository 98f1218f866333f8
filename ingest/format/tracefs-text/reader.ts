// Reads tracefs text: trace, trace_pipe, per_cpu/*/trace, in every format of lines and also several pasted into one file.

import type { Outcome } from '../../probe/text-context.ts';
import { TextEvents } from '../../probe/text-event.ts';
import { TextGraph } from '../../probe/text-graph.ts';
import { BEFORE_START, type ByteSource, CaptureError } from '../format.ts';
import { ContextLine } from '../text/context-line.ts';
import { LatencyLine } from '../text/latency-line.ts';
import { pushLoss, readBufferStart, readLoss } from '../text/loss-line.ts';
import { TextReader } from '../text/text-reader.ts';
import { realtimeOf } from './clock-sync.ts';
import { readHeaderLine } from './header.ts';
import { type LineFormat, Survey } from './survey.ts';

const HASH = 35;
const SPACE = 32;
const EQUALS = 61;
const MINUS = 45;
const CARET = 94;
const OTHER_SHAPE = 'neither an event nor a function: the line has another shape than the others';
const FAR_TIME = 'a time far from all others';
const OTHER_UNIT = 'a time in another unit than the first one';
/** The epoch's seconds passed this in 2001; no machine is up for that long. */
const WALL_CLOCK_SECONDS = 1e9;

export class TracefsTextReader extends TextReader {
  private readonly events = new TextEvents(this.context);
  private readonly bracket = new ContextLine(this.context);
  private readonly latency = new LatencyLine(this.context);
  private readonly graph = new TextGraph(this.context, this.events);
  private readonly ticks: boolean;
  private format: LineFormat;
  /** Where the event of the last line starts. */
  private eventAt = 0;

  constructor(source: ByteSource) {
    super(source, 'tracefs text');
    const survey = new Survey();
    const lines = { bracket: this.bracket, latency: this.latency, graph: this.graph };
    this.survey(() => {
      survey.look(this.cursor, this.context, lines);
      return survey.refusal === null;
    });
    survey.conclude(this.context, this.bracket);
    const { refusal } = survey;
    if (refusal !== null) throw new CaptureError(source.name, refusal.line, refusal.message, refusal.next, 'line');
    this.format = survey.format;
    this.ticks = survey.ticks;
    this.events.syscalls.arch = survey.machine;
    this.noteProbes();
    this.info.clock = this.clockName(survey);
  }

  private clockName(survey: Survey): string {
    const { clock } = this.context;
    if (!survey.timed) return 'order of lines (no times)';
    if (survey.ticks) return 'integer ticks (unit unknown)';
    if (survey.format === 'latency') return 'microseconds since the buffer started';
    if (clock.baseHigh > WALL_CLOCK_SECONDS) return 'realtime or tai (by its values)';
    return 'trace_clock (not named in the text)';
  }

  protected line(): Outcome {
    const { cursor } = this;
    const first = cursor.peek();
    if (first === HASH) return this.header();
    const from = cursor.at;
    if (this.begins(this.format)) return this.event();
    cursor.at = from;
    return this.otherLine();
  }

  /** Reads the start of a line in a format; false when the line has another. */
  private begins(format: LineFormat): boolean {
    const { cursor } = this;
    switch (format) {
      case 'default':
        return this.bracket.read(cursor);
      case 'latency':
        return this.latency.read(cursor);
      case 'verbose latency':
        return this.latency.readVerbose(cursor);
      case 'graph':
        return this.graph.isLine(cursor);
      case 'bare':
        this.context.reset();
        return cursor.peek() !== SPACE;
    }
  }

  private event(): Outcome {
    const { context, cursor } = this;
    const { clock } = context;
    if (this.format === 'graph') return this.graph.line(cursor);
    if (this.format === 'bare') context.at = clock.untimed();
    else {
      if (clock.ticks !== this.ticks) return OTHER_UNIT;
      context.at = clock.now();
      if (Number.isNaN(context.at)) return FAR_TIME;
    }
    this.eventAt = cursor.at;
    const outcome = this.events.decode(cursor);
    if (outcome === null) this.noteMarker();
    return outcome;
  }

  /** Lines without a context, and those of another capture that was pasted behind the first. */
  private otherLine(): Outcome {
    const { cursor } = this;
    if (this.isNoEvent()) return null;
    if (readLoss(cursor, this.context)) return undefined;
    const from = cursor.at;
    for (const format of OTHERS) {
      if (format === this.format) continue;
      cursor.at = from;
      if (!this.begins(format)) continue;
      this.format = format;
      return this.event();
    }
    return OTHER_SHAPE;
  }

  /** Blank lines, stacks, rules, and the `^C` of a terminal. */
  private isNoEvent(): boolean {
    const { bytes, at: from, end } = this.cursor;
    let at = from;
    while (at < end && bytes[at] === SPACE) at++;
    if (at === end) return true;
    if (bytes[at] === EQUALS && bytes[at + 1] === 62) return true;
    if (bytes[at] === CARET && end - at === 2) return true;
    if (bytes[at] !== MINUS) return false;
    while (at < end && bytes[at] === MINUS) at++;
    return at === end;
  }

  private header(): Outcome {
    const { context, cursor } = this;
    const line = readHeaderLine(cursor);
    switch (line?.kind) {
      case 'tracer':
        this.format = line.name === 'function_graph' ? 'graph' : this.format === 'bare' ? 'bare' : 'default';
        return null;
      case 'latency':
        this.format = 'latency';
        this.info.kernel ??= line.kernel;
        return null;
      case 'entries':
        if (line.written <= line.inBuffer) return null;
        pushLoss(context, context.clock.used ? context.clock.last : BEFORE_START, -1, line.written - line.inBuffer);
        return undefined;
      case 'buffer started':
        return readBufferStart(cursor, context) ? undefined : null;
      default:
        return null;
    }
  }

  /** A marker may tie the clock to the wall clock; it is looked for only among lines without another use. */
  private noteMarker(): void {
    const { info, context, cursor } = this;
    const { clock } = context;
    if (info.wallOffset !== null || this.ticks || this.format !== 'default') return;
    const milliseconds = realtimeOf(cursor, this.eventAt);
    if (Number.isNaN(milliseconds) || clock.base === null) return;
    info.wallOffset = String(BigInt(milliseconds) * 1_000_000n - clock.base - BigInt(context.at));
  }
}

const OTHERS: readonly LineFormat[] = ['default', 'latency', 'verbose latency', 'graph'];
