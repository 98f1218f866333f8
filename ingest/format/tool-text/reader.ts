// Reads the text that the stock tools of bcc, libbpf-tools and bpftrace print, plain or inside bpftrace's JSON. What they show is less than a
// trace: processes without threads, whole seconds, and of the path only the end that the tool looks at.
import { eventCode } from '../../../core/event/event-type.ts';
import type { Outcome } from '../../probe/text-context.ts';
import { JsonLine } from '../bpftrace/json-line.ts';
import { PrintedLines } from '../bpftrace/printed-lines.ts';
import { type ByteSource, CaptureError } from '../format.ts';
import type { TextCursor } from '../text/text-cursor.ts';
import { TextReader } from '../text/text-reader.ts';
import { readHeader } from './columns.ts';
import { recogniseTool } from './recognise.ts';
import { clockOf, ORDER } from './row-times.ts';
import { SynblLines } from './synbl.ts';
import { ToolRows } from './tool-rows.ts';

const LOST = eventCode('lost');
/** bpftrace's, bcc's and libbpf-tools' notices. */
const LOSS = /^(?:Possibly lost|Lost|lost) (\d{1,15}) (?:samples|events)/;
const LONGEST_NOTICE = 80;

const latin1 = new TextDecoder('latin1');
const isCapital = (byte: number): boolean => byte >= 65 && byte <= 90;

export class ToolTextReader extends TextReader {
  private readonly rows = new ToolRows(this.context);
  private readonly synbl = new SynblLines(this.context);
  private readonly json = new JsonLine();
  private readonly printed = new PrintedLines((cursor) => this.textLine(cursor));

  /** Throws CaptureError when the text is none of a tool. */
  constructor(source: ByteSource) {
    super(source, 'tool text');
    const recognised = recogniseTool(source);
    if (recognised === null) {
      throw new CaptureError(
        source.name,
        1,
        'no header of tcpaccept, solisten, tcpstates, tcplife, tcpdrop, tcpretrans, tcpconnect or tcpsynbl is in it',
        'keep the first lines that the tool prints',
        'line',
      );
    }
    const { layout, firstTime, inJson } = recognised;
    const { info, context } = this;
    info.tool = `${layout?.tool ?? 'tcpsynbl'}${inJson ? ' (bpftrace)' : ''}`;
    info.clock = layout === null ? ORDER : clockOf(layout, firstTime);
    info.pointers = layout?.tool === 'tcpstates';
    if (info.pointers) this.addProbe('sock:inet_sock_set_state');
    context.clock.timed = info.clock !== ORDER;
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
        return this.map(cursor);
      case 'damaged':
        return 'an object of bpftrace that is not whole';
      case 'text':
        return this.printed.print(json.text, json.length);
    }
  }

  protected override finish(): void {
    this.rows.flush();
    this.synbl.finish();
    super.finish();
  }

  private textLine(cursor: TextCursor): Outcome {
    const { bytes, at, end } = cursor;
    if (at === end) return null;
    const first = bytes[at];
    if (isCapital(first) || first === 108 || first === 64 || first === 91 || first === 98) {
      const outcome = this.remark(latin1.decode(bytes.subarray(at, Math.min(end, at + 512))));
      if (outcome !== null) return outcome;
      if (isCapital(first)) return null;
    } else if (end - at < 256 && (bytes[end - 1] === 124 || bytes[end - 1] === 46 || bytes[end - 1] === 110)) {
      // a row of a histogram, `dropping a SYN.`, or the title above its columns
      const outcome = this.synbl.read(latin1.decode(bytes.subarray(at, end)));
      if (outcome !== null) return outcome;
    }
    return this.rows.read(cursor);
  }

  /** Headers, banners, notices of loss, and the maps that bpftrace prints in the end. */
  private remark(text: string): Outcome {
    const layout = readHeader(text);
    if (layout !== null) {
      this.rows.use(layout);
      return undefined;
    }
    const loss = text.length < LONGEST_NOTICE ? LOSS.exec(text) : null;
    if (loss === null) return this.synbl.read(text);
    this.lost(Number(loss[1]));
    return undefined;
  }

  private map({ bytes, at, end }: TextCursor): Outcome {
    if (end - at > 1 << 16) return null;
    const text = new TextDecoder().decode(bytes.subarray(at, end));
    return text.includes('"hist"') && text.includes('"@backlog"') ? this.synbl.readJson(text) : null;
  }

  /** They say how many, not where: somewhere before this. */
  private lost(count: number): void {
    const { context } = this;
    this.rows.flush();
    context.reset();
    context.at = context.clock.untimed();
    const row = context.push(LOST);
    context.rows.args[0][row] = count;
  }
}
