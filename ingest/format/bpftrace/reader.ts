// Reads bpftrace's output: text out of JSON objects or plain, lines of acceptq's own program into rows, losses into gaps.
import { eventCode } from '../../../core/event/event-type.ts';
import type { Outcome } from '../../probe/text-context.ts';
import { type ByteSource, CaptureError } from '../format.ts';
import { mentioned } from '../text/mentions.ts';
import type { TextCursor } from '../text/text-cursor.ts';
import { TextReader } from '../text/text-reader.ts';
import { readHeader } from './header.ts';
import { JsonLine } from './json-line.ts';
import { OwnLines } from './own-line.ts';
import { PrintedLines } from './printed-lines.ts';

const LOST = eventCode('lost');
const LOST_WORD = Uint8Array.from('Lost ', (char) => char.charCodeAt(0));

/** Whether a kernel has the tracepoint, which the program then attaches: of a stream, none may have fired yet. It came with 6.3. */
const hasDataReady = (release: string | null): boolean => {
  const [major, minor] = (release ?? '').split('.').map((word) => Number.parseInt(word, 10));
  return major > 6 || (major === 6 && minor >= 3);
};

export class BpftraceReader extends TextReader {
  private readonly own = new OwnLines(this.context);
  private readonly json = new JsonLine();
  private readonly printed = new PrintedLines((cursor) => this.textLine(cursor));

  constructor(source: ByteSource) {
    super(source, 'bpftrace');
    const { info, context, cursor } = this;
    let header: ReturnType<typeof readHeader> = null;
    const times: number[] = [];
    this.survey(() => {
      const text = this.textOf(cursor);
      header ??= text === null ? null : readHeader(text);
      return header === null;
    });
    if (header === null) {
      throw new CaptureError(
        source.name,
        1,
        "this is the output of another bpftrace program than acceptq's, and of none of the tools that it knows",
        'record with the program that acceptq probe bpftrace prints',
        'line',
      );
    }
    const { nsecs, wall, release, host, tier } = header as NonNullable<ReturnType<typeof readHeader>>;
    times.push(Number(nsecs / 1_000_000_000n));
    context.clock.baseOn(times);
    info.tool = `bpftrace with acceptq's program (${tier})`;
    info.kernel = release;
    info.host = host;
    info.clock = 'nsecs (time since boot)';
    info.wallOffset = wall === null ? null : String(wall - nsecs);
    info.pointers = true;
    this.addProbe('sock:inet_sock_set_state');
    this.addProbe('syscalls:sys_enter_listen');
    if (mentioned(source, ['\nr ', '"r ']).length > 0 || (source.live === true && hasDataReady(release)))
      this.addProbe('sock:sk_data_ready');
    if (tier !== 'light') this.addProbe('tcp:tcp_retransmit_skb');
    if (tier === 'full') this.addProbe('acceptq:queue_drop');
  }

  protected override probeName(event: string): string | null {
    return super.probeName(event) ?? `acceptq:${event}`;
  }

  protected line(): Outcome {
    const { cursor, json } = this;
    if (!JsonLine.isMeant(cursor.bytes, cursor.at, cursor.end)) return this.textLine(cursor);
    switch (json.read(cursor.bytes, cursor.at, cursor.end)) {
      case 'lost':
        this.lost(json.lost);
        return undefined;
      case 'other':
        return null;
      case 'damaged':
        return 'an object of bpftrace that is not whole';
      case 'text':
        return this.printed.print(json.text, json.length);
    }
  }

  private textLine(cursor: TextCursor): Outcome {
    const { bytes, at, end } = cursor;
    if (bytes[at] === LOST_WORD[0] && LOST_WORD.every((byte, k) => at + k < end && bytes[at + k] === byte)) {
      cursor.at = at + LOST_WORD.length;
      const count = cursor.decimal();
      if (count >= 0) {
        this.lost(count);
        return undefined;
      }
      cursor.at = at;
    }
    return this.own.read(cursor);
  }

  /** bpftrace says how many, not where: somewhere before this. */
  private lost(count: number): void {
    const { context } = this;
    context.reset();
    context.at = context.clock.untimed();
    const row = context.push(LOST);
    context.rows.args[0][row] = count;
  }

  /** The text of a line of the survey. */
  private textOf(cursor: TextCursor): string | null {
    const { json } = this;
    if (!JsonLine.isMeant(cursor.bytes, cursor.at, cursor.end))
      return Buffer.from(cursor.bytes.subarray(cursor.at, cursor.end)).toString('latin1');
    return json.read(cursor.bytes, cursor.at, cursor.end) === 'text'
      ? Buffer.from(json.text.subarray(0, json.length)).toString('latin1')
      : null;
  }
}
