// The name of the buffer (instance), and of the file where there are several, that stands before a line: `f_a:     bash-17 …`.
import type { TextCursor } from '../text/text-cursor.ts';

const COLON = 58;
const SPACE = 32;
const LONGEST = 512;

export class BufferPrefix {
  /** The prefix of the line before: most lines repeat it. */
  private last = new Uint8Array(0);

  /** Where the line goes on behind the prefix of the line before; -1 when it has another. */
  same({ bytes, at: from, end }: TextCursor): number {
    const { last } = this;
    if (last.length === 0 || from + last.length >= end) return -1;
    for (let i = 0; i < last.length; i++) if (bytes[from + i] !== last[i]) return -1;
    return from + last.length;
  }

  /** Where the line goes on behind one `name: ` at `from`; -1 when there is none. */
  next({ bytes, end }: TextCursor, from: number): number {
    const last = Math.min(end, from + LONGEST);
    for (let at = from + 1; at + 1 < last; at++) if (bytes[at] === COLON && bytes[at + 1] === SPACE) return at + 2;
    return -1;
  }

  /** Takes note of a line's prefix. */
  keep({ bytes }: TextCursor, from: number, to: number): void {
    this.last = bytes.slice(from, to);
  }
}
