// What all text formats do alike: walk the lines, count what is used, unused and unreadable, and hand rows on in rounds.
import { type CaptureInfo, newTotals, reject } from '../../../core/event/capture.ts';
import { Dictionaries } from '../../../core/event/dictionary.ts';
import { EVENT_TYPES } from '../../../core/event/event-type.ts';
import { addFunctionProbes } from '../../probe/function-probe.ts';
import { type Outcome, TextContext } from '../../probe/text-context.ts';
import { SYSTEM_OF } from '../../probe/tracepoint.ts';
import type { ByteSource, CaptureReader, RowSink } from '../format.ts';
import { LineWalk } from './line-walk.ts';
import { mentioned } from './mentions.ts';
import { TextCursor } from './text-cursor.ts';

/** Texts are nearly in order: a round of this many rows lets the sorter release the one before. */
const ROUND = 1 << 14;
const YIELD_BYTES = 1 << 20;
/** Lines looked at before the first is read: enough to see the columns, the clock and the dialect. */
const SURVEY_LINES = 512;

export const blankInfo = (format: string): CaptureInfo => ({
  format,
  tool: null,
  kernel: null,
  arch: null,
  host: null,
  cmdline: null,
  clock: 'unknown',
  wallOffset: null,
  probes: [],
  unit: 'line',
  pointers: false,
});

export abstract class TextReader implements CaptureReader {
  readonly info: CaptureInfo;
  readonly totals = newTotals();
  readonly dictionaries = new Dictionaries();
  protected readonly context = new TextContext(this.dictionaries);
  protected readonly cursor = new TextCursor();
  protected readonly source: ByteSource;
  protected readonly walk: LineWalk;

  constructor(source: ByteSource, format: string) {
    this.source = source;
    this.walk = new LineWalk(source);
    this.info = blankInfo(format);
  }

  /** Reads the line under the cursor. */
  protected abstract line(): Outcome;

  /** What a probe's rows are called in the capture's list of probes. */
  protected probeName(event: string): string | null {
    if (event.startsWith('sys_')) return `syscalls:${event}`;
    const system = SYSTEM_OF[event];
    return system === undefined ? null : `${system}:${event}`;
  }

  get base(): bigint | null {
    const { clock } = this.context;
    return clock.used ? clock.base : null;
  }

  /** Calls `look` with the cursor at each of the first lines, until it returns false. */
  protected survey(look: () => boolean): void {
    const { walk, cursor } = this;
    for (let lines = 0; lines < SURVEY_LINES && walk.next(); lines++) {
      this.context.line = walk.number;
      cursor.set(walk.bytes, walk.start, walk.end);
      if (!look()) break;
    }
    walk.rewind();
  }

  /** Notes which of the tracepoints that matter to the fold the text names at all. */
  protected noteProbes(): void {
    for (const name of mentioned(this.source, ['inet_sock_set_state', 'sk_data_ready'])) this.addProbe(`sock:${name}`);
  }

  protected addProbe(name: string): void {
    if (!this.info.probes.includes(name)) this.info.probes.push(name);
  }

  *read(sink: RowSink): Generator<number, void> {
    const { walk, cursor, totals, context } = this;
    context.rows = sink.rows;
    let yielded = 0;
    let round = context.pushed + ROUND;
    while (walk.next()) {
      if (walk.tooLong) {
        totals.records++;
        reject(totals, walk.number, 'a line of more than a megabyte: something binary is in the text');
      } else if (walk.end > walk.start) {
        totals.records++;
        cursor.set(walk.bytes, walk.start, walk.end);
        context.line = walk.number;
        const outcome = this.line();
        if (outcome === null) totals.ignored++;
        else if (outcome !== undefined) reject(totals, walk.number, outcome);
      }
      if (context.pushed >= round) {
        round = context.pushed + ROUND;
        sink.endRound();
      }
      if (walk.offset - yielded >= YIELD_BYTES) {
        yielded = walk.offset;
        yield yielded;
      }
    }
    this.finish();
  }

  /** The end of the text. */
  protected finish(): void {
    this.learn();
  }

  learn(): void {
    EVENT_TYPES.forEach(({ name, code }) => {
      const probe = this.context.seen[code] === 1 ? this.probeName(name) : null;
      if (probe !== null) this.addProbe(probe);
    });
    addFunctionProbes(this.info.probes, this.context.seen);
  }
}
