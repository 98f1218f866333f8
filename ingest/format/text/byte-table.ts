// A fixed set of names, found by comparing bytes: what text readers use instead of making a string of every word.

/** The bytes of an ASCII text, for comparing. */
export const asciiBytes = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));

export class ByteTable {
  /** The names by index. */
  readonly names: readonly string[];
  private readonly slots: Int16Array;
  private readonly mask: number;
  private readonly text: Uint8Array;
  private readonly starts: Int32Array;

  /** `names` are distinct and ASCII; fewer than 32768. */
  constructor(names: readonly string[]) {
    this.names = names;
    let size = 8;
    while (size < names.length * 4) size *= 2;
    this.mask = size - 1;
    this.slots = new Int16Array(size).fill(-1);
    this.starts = new Int32Array(names.length + 1);
    this.text = asciiBytes(names.join(''));
    for (let i = 0, at = 0; i < names.length; i++) {
      this.starts[i] = at;
      at += names[i].length;
      this.starts[i + 1] = at;
      let slot = this.slotOf(this.text, this.starts[i], at);
      while (this.slots[slot] >= 0) slot = (slot + 1) & this.mask;
      this.slots[slot] = i;
    }
  }

  /** Index of the name that the bytes are; -1 when they are none. */
  find(bytes: Uint8Array, from: number, to: number): number {
    if (to <= from) return -1;
    const { starts, text, slots, mask } = this;
    const length = to - from;
    for (let slot = this.slotOf(bytes, from, to); ; slot = (slot + 1) & mask) {
      const index = slots[slot];
      if (index < 0) return -1;
      const start = starts[index];
      if (starts[index + 1] - start !== length) continue;
      let i = 0;
      while (i < length && text[start + i] === bytes[from + i]) i++;
      if (i === length) return index;
    }
  }

  /** Length, both ends and the middle tell nearly all names of one set apart. */
  private slotOf(bytes: Uint8Array, from: number, to: number): number {
    const length = to - from;
    const middle = from + (length >> 1);
    const mixed =
      ((bytes[from] * 31 + bytes[middle]) * 31 + bytes[to - 1]) * 31 + length + bytes[from + (length >> 2)] * 7;
    return (mixed ^ (mixed >> 7)) & this.mask;
  }
}
