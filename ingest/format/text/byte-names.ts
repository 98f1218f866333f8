// Interns names straight from their bytes: a string is made once per name, not once per line.
import type { StringDictionary } from '../../../core/event/dictionary.ts';

const utf8 = new TextDecoder('utf-8', { fatal: false });
const SLOTS = 1 << 12;
/** Longer names go past the cache. */
const LONGEST = 64;
/** A path of AF_UNIX has 108 bytes and a command 15: what is longer than this is damage, and its rest not kept. */
const LONGEST_KEPT = 256;

export class ByteNames {
  private readonly strings: StringDictionary;
  private readonly ids = new Int32Array(SLOTS);
  private readonly lengths = new Uint8Array(SLOTS);
  private readonly text = new Uint8Array(SLOTS * LONGEST);

  constructor(strings: StringDictionary) {
    this.strings = strings;
  }

  /** The id of a name: UTF-8 where it is valid, replacement characters where not. */
  intern(bytes: Uint8Array, from: number, to: number): number {
    const length = to - from;
    if (length > LONGEST)
      return this.strings.intern(utf8.decode(bytes.subarray(from, Math.min(to, from + LONGEST_KEPT))));
    let hash = length;
    for (let i = from; i < to; i++) hash = (Math.imul(hash, 31) + bytes[i]) | 0;
    const slot = (hash ^ (hash >>> 12)) & (SLOTS - 1);
    const { text } = this;
    const base = slot * LONGEST;
    if (this.ids[slot] !== 0 && this.lengths[slot] === length) {
      let i = 0;
      while (i < length && text[base + i] === bytes[from + i]) i++;
      if (i === length) return this.ids[slot];
    }
    const id = this.strings.intern(utf8.decode(bytes.subarray(from, to)));
    this.ids[slot] = id;
    this.lengths[slot] = length;
    for (let i = 0; i < length; i++) text[base + i] = bytes[from + i];
    return id;
  }
}
