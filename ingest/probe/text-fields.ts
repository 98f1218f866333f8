// The `name=value` pairs of an event's text: where each value is, without a string of any of them.
import { asciiBytes, ByteTable } from '../format/text/byte-table.ts';
import type { TextCursor } from '../format/text/text-cursor.ts';

/** Names of fields as the kernel's print formats, `fields` text and raw text spell them. */
const NAMES = [
  'family',
  'protocol',
  'sport',
  'dport',
  'saddr',
  'daddr',
  'saddrv6',
  'daddrv6',
  'saddr_v6',
  'daddr_v6',
  'oldstate',
  'newstate',
  'state',
  'skaddr',
  'sk',
  'req',
  'rx_sk',
  'location',
  'reason',
  'src',
  'dest',
  'pid',
  'old_pid',
  'clone_flags',
  'ret',
  'id',
] as const;

export type FieldName = (typeof NAMES)[number];
const TABLE = new ByteTable(NAMES);
/** Index of a field in the scan's arrays. */
export const field = (name: FieldName): number => NAMES.indexOf(name);

/** Names as bytes, each with the `=` behind it. */
const WORDS = NAMES.map((name) => asciiBytes(`${name}=`));

const SPACE = 32;
const EQUALS = 61;
const COLON = 58;
const COMMA = 44;
const CAPITAL_A = 65;
const OPEN = 91;
const CLOSE = 93;
/** More fields than this are looked up each time. */
const REMEMBERED = 32;

export class TextFields {
  /** Where each field's value starts and ends; -1 where the text has no such field. */
  readonly from = new Int32Array(NAMES.length);
  readonly to = new Int32Array(NAMES.length);
  /** Which field stood in which place the last time: events of one kind list theirs in one order. */
  private readonly order = new Int8Array(REMEMBERED).fill(-1);

  has(index: number): boolean {
    return this.from[index] >= 0;
  }

  /** Finds the pairs from the cursor to the end: `name=value` and `name: value`. The first of equal names counts. */
  scan({ bytes, at: start, end }: TextCursor): void {
    const { from, to } = this;
    for (let i = 0; i < from.length; i++) from[i] = -1;
    let at = start;
    for (let place = 0; at < end; place++) {
      while (at < end && (bytes[at] === SPACE || bytes[at] === COMMA)) at++;
      const key = at;
      let index = this.expected(bytes, key, end, place);
      if (index >= 0) at = key + WORDS[index].length;
      else {
        while (at < end && bytes[at] !== EQUALS && bytes[at] !== SPACE && bytes[at] !== COLON) at++;
        if (at >= end || bytes[at] === SPACE) continue; // a word without a value
        const keyEnd = at++;
        if (bytes[keyEnd] === COLON) {
          if (at >= end || bytes[at] !== SPACE) continue;
          at++;
        }
        index = TABLE.find(bytes, key, keyEnd);
        if (place < REMEMBERED && bytes[keyEnd] === EQUALS) this.order[place] = index;
      }
      const value = at;
      // arrays are printed as `ARRAY[7f, 00, 00, 01]`, with spaces inside
      if (bytes[at] === CAPITAL_A && bytes[at + 5] === OPEN) while (at < end && bytes[at] !== CLOSE) at++;
      while (at < end && bytes[at] !== SPACE) at++;
      if (index < 0 || from[index] >= 0) continue;
      from[index] = value;
      to[index] = at > value && bytes[at - 1] === COMMA ? at - 1 : at;
    }
  }

  /** The field that stood in this place the last time, if it does again; -1 otherwise. */
  private expected(bytes: Uint8Array, key: number, end: number, place: number): number {
    const index = place < REMEMBERED ? this.order[place] : -1;
    if (index < 0) return -1;
    const word = WORDS[index];
    if (key + word.length > end) return -1;
    for (let i = 0; i < word.length; i++) if (bytes[key + i] !== word[i]) return -1;
    return index;
  }
}
