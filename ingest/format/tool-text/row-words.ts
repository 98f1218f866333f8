// The words of a row, counted from both ends, because the name in between may look like anything.
import type { TextCursor } from '../text/text-cursor.ts';
import type { Column, Layout } from './columns.ts';

const SPACE = 32;
const COMMA = 44;
const QUOTE = 39;
const LETTER_B = 98;
/** More words are in no tool's row: fifteen bytes of name hold eight. */
const MOST_WORDS = 64;

export class RowWords {
  count = 0;
  bytes: Uint8Array = new Uint8Array(0);
  private readonly starts = new Int32Array(MOST_WORDS);
  private readonly ends = new Int32Array(MOST_WORDS);
  private layout: Layout | null = null;
  private places: ReadonlyMap<Column, number> = new Map();

  use(layout: Layout): void {
    this.layout = layout;
    this.places = new Map(
      layout.columns.map((column, k) => [column, !layout.hasComm || k < layout.left ? k : k - layout.columns.length]),
    );
  }

  /** Splits the line; false when it has fewer words than columns, or too many. */
  split(cursor: TextCursor): boolean {
    const { bytes, at, end } = cursor;
    const { csv, left, right } = this.layout as Layout;
    this.bytes = bytes;
    const fits = csv ? this.splitAt(COMMA, bytes, at, end) : this.splitWords(bytes, at, end);
    return fits && this.count >= left + right;
  }

  /** Index of a column's word; -1 where the tool has no such column. */
  of(column: Column): number {
    const place = this.places.get(column);
    return place === undefined ? -1 : place >= 0 ? place : this.count + place;
  }

  from(word: number): number {
    return this.starts[word];
  }

  to(word: number): number {
    return this.ends[word];
  }

  /** Where the command's name begins and ends. Python's b'name' is taken for the name. */
  comm(): readonly [from: number, to: number] {
    const { left, right } = this.layout as Layout;
    const { bytes } = this;
    const last = this.count - right - 1;
    if (last < left) return [0, 0];
    const from = this.starts[left];
    const to = this.ends[last];
    const quoted = to - from >= 3 && bytes[from] === LETTER_B && bytes[from + 1] === QUOTE && bytes[to - 1] === QUOTE;
    return quoted ? [from + 2, to - 1] : [from, to];
  }

  private splitWords(bytes: Uint8Array, start: number, end: number): boolean {
    let count = 0;
    for (let at = start; at < end; ) {
      while (at < end && (bytes[at] === SPACE || bytes[at] === 9)) at++;
      if (at === end) break;
      if (count === MOST_WORDS) return false;
      this.starts[count] = at;
      while (at < end && bytes[at] !== SPACE && bytes[at] !== 9) at++;
      this.ends[count++] = at;
    }
    this.count = count;
    return true;
  }

  private splitAt(separator: number, bytes: Uint8Array, start: number, end: number): boolean {
    let count = 0;
    let from = start;
    for (let at = start; at <= end; at++) {
      if (at < end && bytes[at] !== separator) continue;
      if (count === MOST_WORDS) return false;
      this.starts[count] = from;
      this.ends[count++] = at;
      from = at + 1;
    }
    this.count = count;
    return true;
  }
}
