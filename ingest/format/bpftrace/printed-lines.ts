// Lines out of what bpftrace's JSON objects print: a printf may print part of a line, or several.
import type { Outcome } from '../../probe/text-context.ts';
import { TextCursor } from '../text/text-cursor.ts';

const NEWLINE = 10;
/** Text of a line that the program has not ended yet; more than this is none of ours. */
const MAX_PENDING = 65536;

export class PrintedLines {
  private readonly inner = new TextCursor();
  /** What has been printed of a line that is not over. */
  private pending: Uint8Array = new Uint8Array(1024);
  private pendingLength = 0;
  private readonly line: (cursor: TextCursor) => Outcome;

  /** `line` reads each line that is whole. */
  constructor(line: (cursor: TextCursor) => Outcome) {
    this.line = line;
  }

  /** Takes the text of one object; returns what became of its lines: the last outcome that is not null. */
  print(bytes: Uint8Array, length: number): Outcome {
    const { inner } = this;
    let outcome: Outcome = null;
    let from = 0;
    for (let at = 0; at < length; at++) {
      if (bytes[at] !== NEWLINE) continue;
      if (this.pendingLength > 0) {
        this.wait(bytes, from, at);
        inner.set(this.pending, 0, this.pendingLength);
        this.pendingLength = 0;
      } else inner.set(bytes, from, at);
      from = at + 1;
      const own = this.line(inner);
      if (own !== null) outcome = own;
    }
    if (from < length) this.wait(bytes, from, length);
    return outcome;
  }

  private wait(bytes: Uint8Array, from: number, to: number): void {
    const length = Math.min(to - from, MAX_PENDING - this.pendingLength);
    if (this.pending.length < this.pendingLength + length) {
      const wider = new Uint8Array(2 * (this.pendingLength + length));
      wider.set(this.pending.subarray(0, this.pendingLength));
      this.pending = wider;
    }
    this.pending.set(bytes.subarray(from, from + length), this.pendingLength);
    this.pendingLength += length;
  }
}
