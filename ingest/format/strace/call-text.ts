// The text of one call, `name(arguments) = result`: where its arguments are, and what they are worth. Strings, structures and
// names of files may hold every character that means something outside of them.
import { TextCursor } from '../text/text-cursor.ts';
import { constantValue } from './constants.ts';

const QUOTE = 34;
const OPEN_PAREN = 40;
const CLOSE_PAREN = 41;
const COMMA = 44;
const MINUS = 45;
const LESS = 60;
const GREATER = 62;
const OPEN_SQUARE = 91;
const BACKSLASH = 92;
const CLOSE_SQUARE = 93;
const OPEN_BRACE = 123;
const BAR = 124;
const CLOSE_BRACE = 125;
const SPACE = 32;
const MOST_ARGS = 8;
/** PATH_MAX: what stands between `<` and `>` is no longer, and looking further for each of many `<` would take forever. */
const LONGEST_DECORATION = 4096;

export const isDigit = (byte: number): boolean => byte >= 48 && byte <= 57;
const isWord = (byte: number): boolean =>
  (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122) || isDigit(byte) || byte === 95;

/** One behind the quote that ends the string at `open`; `end` when there is none. */
export function stringEnd(bytes: Uint8Array, open: number, end: number): number {
  let at = open + 1;
  while (at < end && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return Math.min(at + 1, end);
}

/** One behind the `>` that ends what `-y` says of a descriptor, `<TCP:[127.0.0.1:1->127.0.0.1:2]>`; `end` when there is none. */
export function decorationEnd(bytes: Uint8Array, open: number, end: number): number {
  let depth = 0;
  let first = -1;
  const last = Math.min(end, open + LONGEST_DECORATION);
  for (let at = open + 1; at < last; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) at = stringEnd(bytes, at, last) - 1;
    else if (byte === OPEN_SQUARE) depth++;
    else if (byte === CLOSE_SQUARE) depth--;
    else if (byte === GREATER && bytes[at - 1] !== MINUS) {
      if (depth <= 0) return at + 1;
      if (first < 0) first = at + 1; // a file's name may have a bracket without its pair
    }
  }
  return first < 0 ? end : first;
}

export class CallText {
  /** Where each argument starts and ends. */
  readonly from = new Int32Array(MOST_ARGS);
  readonly to = new Int32Array(MOST_ARGS);
  count = 0;
  /** One behind the closing parenthesis; -1 when the call had not returned yet. */
  end = -1;
  private readonly cursor = new TextCursor();

  /** Finds the arguments from `at`, which is behind the opening parenthesis. */
  scan(bytes: Uint8Array, at: number, end: number): void {
    this.count = 0;
    this.end = -1;
    let depth = 0;
    let start = at;
    let i = at;
    for (; i < end; i++) {
      switch (bytes[i]) {
        case QUOTE:
          i = stringEnd(bytes, i, end) - 1;
          break;
        case LESS:
          if (i > at && isWord(bytes[i - 1])) i = decorationEnd(bytes, i, end) - 1;
          else if (depth === 0 && bytes[i + 1] === 117) {
            this.add(bytes, start, i); // <unfinished ...>
            return;
          }
          break;
        case OPEN_PAREN:
        case OPEN_SQUARE:
        case OPEN_BRACE:
          depth++;
          break;
        case CLOSE_SQUARE:
        case CLOSE_BRACE:
          depth--;
          break;
        case CLOSE_PAREN:
          if (depth <= 0) {
            this.add(bytes, start, i);
            this.end = i + 1;
            return;
          }
          depth--;
          break;
        case COMMA:
          if (depth <= 0) {
            this.add(bytes, start, i);
            start = i + 1;
          }
      }
    }
    this.add(bytes, start, Math.min(i, end));
  }

  private add(bytes: Uint8Array, from: number, to: number): void {
    while (from < to && bytes[from] === SPACE) from++;
    while (to > from && bytes[to - 1] === SPACE) to--;
    if (from === to || this.count === MOST_ARGS) return;
    this.from[this.count] = from;
    this.to[this.count++] = to;
  }

  /** The value of an argument: a number, a constant, or several or-ed together; NaN for anything else. */
  value(bytes: Uint8Array, index: number): number {
    return index < this.count ? this.valueAt(bytes, this.from[index], this.to[index]) : Number.NaN;
  }

  valueAt(bytes: Uint8Array, from: number, to: number): number {
    const { cursor } = this;
    let sum = 0;
    for (let at = from; ; ) {
      if (isDigit(bytes[at]) || bytes[at] === MINUS) {
        cursor.set(bytes, at, to);
        const value = cursor.integer();
        if (Number.isNaN(value)) return Number.NaN;
        sum += value;
        at = cursor.at;
      } else {
        const word = at;
        while (at < to && isWord(bytes[at])) at++;
        sum += constantValue(bytes, word, at); // bits of their own, so that adding is or-ing, beyond 32 bits too
      }
      if (at >= to || bytes[at] !== BAR) return sum;
      at++;
    }
  }

  /** The value behind `name=` inside a structure or a named argument; NaN when it is not there. */
  member(bytes: Uint8Array, name: Uint8Array, from: number, to: number): number {
    for (let at = from; at + name.length < to; at++) {
      let i = 0;
      while (i < name.length && bytes[at + i] === name[i]) i++;
      if (i < name.length || (at > from && isWord(bytes[at - 1]))) continue;
      const start = at + i;
      let end = start;
      while (end < to && (isWord(bytes[end]) || bytes[end] === BAR || bytes[end] === MINUS)) end++;
      return this.valueAt(bytes, start, end);
    }
    return Number.NaN;
  }
}
