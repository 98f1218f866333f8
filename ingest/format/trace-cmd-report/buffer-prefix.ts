// The name of the buffer (instance), and of the file where there are several, that stands before a line: `f_a:     bash-17 …`.
import type { TextCursor } from '../text/text-cursor.ts';

const SPACE = 32;
const COLON = 58;
const OPEN_SQUARE = 91;
/** `file: buffer: ` */
const MOST = 2;
const LONGEST = 512;

export class BufferPrefix {
  /** The prefix of the line before: most lines repeat it. */
  private last = new Uint8Array(0);

  /** Where the line goes on behind its prefixes; its start when it has none. Names of tasks are right-aligned, so those stand behind spaces. */
  end({ bytes, at: from, end }: TextCursor): number {
    const { last } = this;
    if (last.length > 0 && from + last.length < end) {
      let i = 0;
      while (i < last.length && bytes[from + i] === last[i]) i++;
      if (i === last.length) return from + i;
    }
    let at = from;
    for (let count = 0; count < MOST && bytes[at] !== SPACE; count++) {
      const next = prefixEnd(bytes, at, Math.min(end, at + LONGEST));
      if (next < 0) break;
      at = next;
    }
    if (at > from) this.last = bytes.slice(from, at);
    return at;
  }
}

/** One behind the `: ` that ends a name; -1 when a bracket comes first: what precedes the time is no prefix. */
function prefixEnd(bytes: Uint8Array, from: number, end: number): number {
  for (let at = from; at + 1 < end; at++) {
    if (bytes[at] === OPEN_SQUARE && at > from && bytes[at - 1] === SPACE) return -1;
    if (bytes[at] === COLON && bytes[at + 1] === SPACE) return at + 2;
  }
  return -1;
}
