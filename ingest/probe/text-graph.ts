// function_graph as text: entries, leaves and closing braces, which are given their functions as the kernel's printer matches them.
import { ABSENT, UNKNOWN } from '../../core/event/event-batch.ts';
import type { TextCursor } from '../format/text/text-cursor.ts';
import type { Outcome, TextContext } from './text-context.ts';
import type { TextEvents } from './text-event.ts';
import { nameEnd } from './text-functions.ts';

const SPACE = 32;
const BAR = 124;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const OPEN_PAREN = 40;
const CLOSE_PAREN = 41;
const SEMICOLON = 59;
const SLASH = 47;
const STAR = 42;
const EQUALS = 61;
const DOT = 46;
const MINUS = 45;
/** kernel/trace/fgraph.c: a task's shadow stack holds fewer calls. */
const DEEPEST = 256;
const MOST_CPUS = 8192;
const OTHER_FUNCTION = 0;
/** kernel/trace/trace_functions_graph.c indents by two columns for each call, and the outermost by one call. */
const OUTERMOST = 1;

const isDigit = (byte: number): boolean => byte >= 48 && byte <= 57;

export class TextGraph {
  private readonly context: TextContext;
  private readonly events: TextEvents;
  /** Functions by CPU and depth: interned names, OTHER_FUNCTION for those without a use. */
  private readonly entered = new Map<number, Int32Array>();
  /** The task on each CPU, told when it changes. */
  private readonly tids = new Map<number, number>();

  constructor(context: TextContext, events: TextEvents) {
    this.context = context;
    this.events = events;
  }

  /** Whether the line is of this tracer: `[time |] cpu) …`. Leaves the cursor behind the CPU and its time in the clock. */
  private start(cursor: TextCursor): { timed: boolean } | null {
    const { clock } = this.context;
    cursor.skipSpaces();
    const from = cursor.at;
    let timed = false;
    if (clock.read(cursor) && !clock.ticks) {
      cursor.skipSpaces();
      if (!cursor.take(BAR)) return null;
      cursor.skipSpaces();
      timed = true;
    } else cursor.at = from;
    const cpu = cursor.decimal();
    if (!(cpu >= 0 && cpu < MOST_CPUS) || !cursor.take(CLOSE_PAREN)) return null;
    this.context.cpu = cpu;
    return { timed };
  }

  /** A line of tracefs text; false when it is none of this tracer's. */
  isLine(cursor: TextCursor): boolean {
    const { at } = cursor;
    const started = this.start(cursor) !== null;
    cursor.at = at;
    return started;
  }

  line(cursor: TextCursor): Outcome {
    const { context } = this;
    context.reset();
    const start = this.start(cursor);
    if (start === null) return 'neither an event nor a function: the line has another shape than the others';
    context.at = start.timed ? context.clock.now() : context.clock.untimed();
    if (Number.isNaN(context.at)) return 'a time far from all others';
    context.tid = this.tids.get(context.cpu) ?? UNKNOWN;
    if (this.isSwitch(cursor)) return null;
    for (let column = 0; column < 4; column++) {
      const from = cursor.at;
      if (!cursor.skipPast(BAR)) return null;
      const to = cursor.at - 1;
      if (isDuration(cursor.bytes, from, to)) {
        cursor.at = from;
        return this.body(cursor, start.timed);
      }
      this.noteTask(cursor.bytes, from, to);
    }
    return null;
  }

  /** ` 0)  acceptl-127   =>   ksoftir-11  `: names are cut to seven columns, so only the ids are of use. */
  private isSwitch(cursor: TextCursor): boolean {
    const { bytes, at, end } = cursor;
    for (let i = at; i + 1 < end; i++) {
      if (bytes[i] === BAR) return false;
      if (bytes[i] !== EQUALS || bytes[i + 1] !== 62) continue;
      this.noteTask(bytes, i + 2, end);
      return true;
    }
    return false;
  }

  /** The `-127` at the end of a column. */
  private noteTask(bytes: Uint8Array, from: number, to: number): void {
    let at = to - 1;
    while (at > from && bytes[at] === SPACE) at--;
    let tid = 0;
    let scale = 1;
    for (; at > from && isDigit(bytes[at]) && scale < 1e9; at--) {
      tid += (bytes[at] - 48) * scale;
      scale *= 10;
    }
    if (scale === 1 || bytes[at] !== MINUS) return;
    this.tids.set(this.context.cpu, tid);
    this.context.tid = tid;
  }

  /** `+ 82.218 us   |      inet_csk_listen_start();`, from the duration on. `timed`: the line has a time of its own. */
  body(cursor: TextCursor, timed: boolean): Outcome {
    const { context, events } = this;
    const duration = durationAt(cursor);
    if (!cursor.skipPast(BAR)) return null;
    const { bytes, end } = cursor;
    const indent = cursor.at;
    while (cursor.peek() === SPACE) cursor.at++;
    const depth = (cursor.at - indent) >> 1;
    const from = cursor.at;
    if (from >= end) return null;
    if (bytes[from] === SLASH) return this.comment(cursor);
    if (bytes[from] === CLOSE_BRACE) return this.leave(cursor, depth - OUTERMOST, duration);
    const to = nameEnd(bytes, from, end);
    const func = events.functions.find(bytes, from, to);
    cursor.at = to;
    const close = argumentsEnd(bytes, to, end);
    const leaf = close < end && bytes[close] === SEMICOLON;
    if (!leaf) this.remember(depth - OUTERMOST, func < 0 ? OTHER_FUNCTION : func);
    if (func < 0) return null;
    if (!leaf && !opens(bytes, close, end)) return 'a function without its end: the line was cut';
    events.functions.entered(func, cursor);
    if (!leaf) return undefined;
    context.at =
      timed && !Number.isNaN(duration) ? context.at + duration : timed ? context.at : context.clock.untimed();
    cursor.at = close;
    events.functions.returned(func, this.printedResult(cursor), duration);
    return undefined;
  }

  /** `}`, `} /* foo *\/`, `} /* foo = 0x0 *\/`: the name stands there when the entry above it is not of the same call. */
  private leave(cursor: TextCursor, depth: number, duration: number): Outcome {
    const { bytes, end } = cursor;
    const stack = this.entered.get(this.context.cpu);
    const inside = depth >= 0 && depth < DEEPEST;
    let func = stack !== undefined && inside ? stack[depth] : OTHER_FUNCTION;
    if (stack !== undefined && inside) stack[depth] = OTHER_FUNCTION;
    const star = commentStart(bytes, cursor.at, end);
    if (star < end) {
      const to = nameEnd(bytes, star, end);
      const named = bytes[to] !== EQUALS && to > star;
      if (named) func = Math.max(OTHER_FUNCTION, this.events.functions.find(bytes, star, to));
    }
    if (func === OTHER_FUNCTION) return null;
    this.events.functions.returned(func, this.printedResult(cursor), duration);
    return undefined;
  }

  /** Tracepoints among the functions are printed as comments. */
  private comment(cursor: TextCursor): Outcome {
    const { bytes } = cursor;
    const from = commentStart(bytes, cursor.at, cursor.end);
    let { end } = cursor;
    if (end - from > 2 && bytes[end - 1] === SLASH && bytes[end - 2] === STAR) end -= 2;
    while (end > from && bytes[end - 1] === SPACE) end--;
    cursor.set(bytes, from, end);
    return this.events.decode(cursor);
  }

  /** The value of `/* = 0xfffffff5 *\/` or `/* ret=-11 *\/`. */
  private printedResult(cursor: TextCursor): number {
    const star = commentStart(cursor.bytes, cursor.at, cursor.end);
    cursor.at = star;
    if (star >= cursor.end || !cursor.skipPast(EQUALS)) return ABSENT;
    cursor.skipSpaces();
    return this.events.functions.value(cursor);
  }

  private remember(depth: number, func: number): void {
    if (depth < 0 || depth >= DEEPEST) return;
    let stack = this.entered.get(this.context.cpu);
    if (stack === undefined) {
      stack = new Int32Array(DEEPEST);
      this.entered.set(this.context.cpu, stack);
    }
    stack[depth] = func;
  }
}

/** Whether a column is blank or a duration: ` + 12.3 us `. */
function isDuration(bytes: Uint8Array, from: number, to: number): boolean {
  let end = to;
  while (end > from && bytes[end - 1] === SPACE) end--;
  if (end === from) return true;
  return end - from > 3 && bytes[end - 1] === 115 && bytes[end - 2] === 117 && bytes[end - 3] === SPACE;
}

/** Nanoseconds of `! 301.560 us`; ABSENT for a blank column. */
function durationAt(cursor: TextCursor): number {
  while (cursor.at < cursor.end && !isDigit(cursor.peek()) && cursor.peek() !== BAR) cursor.at++;
  const whole = cursor.decimal();
  if (!(whole >= 0 && whole < 9e12)) return ABSENT;
  let nanoseconds = whole * 1000;
  if (!cursor.take(DOT)) return nanoseconds;
  for (let scale = 100; isDigit(cursor.peek()); scale /= 10) {
    if (scale >= 1) nanoseconds += (cursor.peek() - 48) * scale;
    cursor.at++;
  }
  return nanoseconds;
}

/** One behind the parenthesis that closes `(…)` at `from`. Values may hold parentheses of their own. */
function argumentsEnd(bytes: Uint8Array, from: number, end: number): number {
  if (bytes[from] !== OPEN_PAREN) return from;
  let depth = 0;
  for (let at = from; at < end; at++) {
    if (bytes[at] === OPEN_PAREN) depth++;
    else if (bytes[at] === CLOSE_PAREN && --depth === 0) return at + 1;
  }
  return end;
}

const opens = (bytes: Uint8Array, from: number, end: number): boolean => bytes.subarray(from, end).includes(OPEN_BRACE);

/** Where the text of the first comment from `at` on starts; `end` when there is none. */
function commentStart(bytes: Uint8Array, at: number, end: number): number {
  for (let i = at; i + 2 < end; i++) {
    if (bytes[i] !== SLASH || bytes[i + 1] !== STAR) continue;
    let from = i + 2;
    while (from < end && bytes[from] === SPACE) from++;
    return from;
  }
  return end;
}
